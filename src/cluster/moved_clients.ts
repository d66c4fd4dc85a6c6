import type { Clock } from "../base/mod.ts";
import type { Client, Hub, HubObserver } from "../hub/mod.ts";
import type { Broadcaster } from "./servers.ts";

/** Whether a client could be asked to go to a server. */
export function canMove(hub: Hub, servers: Broadcaster): boolean {
  return [...hub.clients.values()].some(({ move }) =>
    move !== undefined && servers.redirectionsFor(move.port).length > 0
  );
}

/** The clients of a server that were asked to go to others, until they have gone. */
export class MovedClients implements HubObserver {
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #clients = new Set<Client>();
  readonly #gone = Promise.withResolvers<void>();

  /** Asks those that understand it to go to the servers, in turn. */
  constructor(hub: Hub, servers: Broadcaster, clock: Clock) {
    this.#hub = hub;
    this.#clock = clock;
    for (const client of hub.clients.values()) {
      if (client.move === undefined) continue;
      const targets = servers.redirectionsFor(client.move.port);
      const target = targets[this.#clients.size % targets.length];
      if (target === undefined) continue;
      this.#clients.add(client);
      client.move.ask(target);
    }
  }

  /** How many are here still. */
  get count(): number {
    return this.#clients.size;
  }

  /** Resolves when all have gone, or when the milliseconds are over. */
  async gone(patience: number): Promise<void> {
    this.#hub.observers.push(this);
    const timer = this.#clock.after(patience, () => this.#gone.resolve());
    await this.#gone.promise;
    timer.cancel();
    this.#hub.observers.splice(this.#hub.observers.indexOf(this), 1);
  }

  onDisconnected(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.#gone.resolve();
  }
}
