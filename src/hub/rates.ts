import { TokenBucket, TokenBuckets } from "../base/mod.ts";
import { hostOf } from "./ban_list.ts";
import type { Client } from "./client.ts";
import { RATE_BURST, RATE_PATIENCE } from "./params.ts";
import { Refusal } from "./refusal.ts";

/** What may be created in a second: streams, publications, players, memberships; 0 for any number. */
export interface CreationRates {
  readonly client: number;
  /** All clients of an address together, and their connections. */
  readonly address: number;
}

/** What one client has left to create, and of refusals before it is cut. */
interface Allowance {
  readonly creations: TokenBucket;
  readonly refusals: TokenBucket;
}

/** Keeps one client, and one address, from creating more than others can bear. */
export class Rates {
  #limits: CreationRates;
  #clients = new WeakMap<Client, Allowance>();
  #hosts: TokenBuckets;
  readonly #told = new WeakSet<Client>();
  readonly #tell: (client: Client, text: string) => void;

  /** @param tell told of the first refusal of each client, and of its end */
  constructor(limits: CreationRates, tell: (client: Client, text: string) => void) {
    this.#limits = limits;
    this.#hosts = new TokenBuckets(limits.address, limits.address * RATE_BURST);
    this.#tell = tell;
  }

  /** Other limits from now on; what was counted so far is forgotten. */
  set limits(limits: CreationRates) {
    this.#limits = limits;
    this.#clients = new WeakMap();
    this.#hosts = new TokenBuckets(limits.address, limits.address * RATE_BURST);
  }

  /**
   * Counts one more thing that a client creates.
   * @throws Refusal with this code when there were too many lately
   */
  countCreation(client: Client, code: string, now: number): void {
    const limit = this.#limits.client;
    if (limit > 0) {
      let allowance = this.#clients.get(client);
      if (allowance === undefined) {
        allowance = {
          creations: new TokenBucket(limit, now, limit * RATE_BURST),
          refusals: new TokenBucket(limit, now, RATE_PATIENCE),
        };
        this.#clients.set(client, allowance);
      }
      if (!allowance.creations.take(now)) {
        // A client that ignores refusals would have each of its requests read and answered without end.
        if (!allowance.refusals.take(now)) this.#cut(client);
        this.#refuse(client, code, `${limit} a second, [limits] clientRate`);
      }
    }
    this.takeHost(client, code, now);
  }

  #cut(client: Client): void {
    if (client.writer.isClosed) return;
    client.end("limits", `cut after ${RATE_PATIENCE} refusals, [limits] clientRate`);
  }

  /** The same for what counts for its address only, such as a connection. @throws Refusal */
  takeHost(client: Client, code: string, now: number): void {
    if (this.#hosts.take(hostOf(client.address), now)) return;
    const { address } = this.#limits;
    this.#refuse(client, code, `${address} a second of one address, [limits] addressRate`);
  }

  #refuse(client: Client, code: string, limit: string): never {
    const text = `too much at once: more than ${limit}`;
    if (!this.#told.has(client)) {
      this.#told.add(client);
      this.#tell(client, `refused: ${text}`);
    }
    throw new Refusal(code, text, { reason: "busy", by: "limit" });
  }
}
