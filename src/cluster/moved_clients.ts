import type { Clock } from "../base/mod.ts";
import type { Client, ClientMove, Hub, HubObserver } from "../hub/mod.ts";
import type { Broadcaster } from "./servers.ts";

/** A client that understands the request to go, and where it can go. */
interface Movable {
  readonly client: Client;
  readonly move: ClientMove;
  readonly targets: readonly string[];
}

function* movable(hub: Hub, servers: Broadcaster): Generator<Movable> {
  for (const client of hub.clients.values()) {
    const { move } = client;
    if (move === undefined || !move.isAnnounced) continue;
    const targets = servers.redirectionsFor(move.port);
    if (targets.length > 0) yield { client, move, targets };
  }
}

/** Whether any client can be asked to go. */
export function canMove(hub: Hub, servers: Broadcaster): boolean {
  return !movable(hub, servers).next().done;
}

/** The clients of a server that were asked to go to others, until they have gone. */
export class MovedClients implements HubObserver {
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #clients = new Set<Client>();
  readonly #gone = Promise.withResolvers<void>();

  /** Asks those that can to go to the servers, in turn. */
  constructor(hub: Hub, servers: Broadcaster, clock: Clock) {
    this.#hub = hub;
    this.#clock = clock;
    for (const { client, move, targets } of movable(hub, servers)) {
      const target = targets[this.#clients.size % targets.length]!;
      this.#clients.add(client);
      move.ask(target);
    }
  }

  /** How many are here still. */
  get count(): number {
    return this.#clients.size;
  }

  /** Resolves when all have gone, or when the milliseconds are over. */
  async gone(patience: number): Promise<void> {
    const stopObserving = this.#hub.observers.add(this);
    const timer = this.#clock.after(patience, () => this.#gone.resolve());
    await this.#gone.promise;
    timer.cancel();
    stopObserving();
  }

  onDisconnected(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.#gone.resolve();
  }
}
