import { TokenBucket, TokenBuckets } from "../base/mod.ts";
import { hostOf } from "./ban_list.ts";
import type { Client } from "./client.ts";
import { RATE_BURST } from "./params.ts";
import { Refusal } from "./refusal.ts";

/** What may be created in a second: streams, publications, players, memberships; 0 for any number. */
export interface CreationRates {
  readonly client: number;
  /** All clients of an address together, and their connections. */
  readonly address: number;
}

/** Keeps one client, and one address, from creating more than others can bear. */
export class Rates {
  readonly #limits: CreationRates;
  readonly #clients = new WeakMap<Client, TokenBucket>();
  readonly #hosts: TokenBuckets;
  readonly #told = new WeakSet<Client>();
  readonly #tell: (client: Client, text: string) => void;

  /** @param tell told of the first refusal of each client */
  constructor(limits: CreationRates, tell: (client: Client, text: string) => void) {
    this.#limits = limits;
    this.#hosts = new TokenBuckets(limits.address, limits.address * RATE_BURST);
    this.#tell = tell;
  }

  /**
   * Counts one more thing that a client creates; those of other servers are not counted.
   * @throws Refusal with this code when there were too many lately
   */
  take(client: Client, code: string, now: number): void {
    if (client.protocol === "Server") return;
    const limit = this.#limits.client;
    if (limit > 0) {
      let bucket = this.#clients.get(client);
      if (bucket === undefined) {
        bucket = new TokenBucket(limit, now, limit * RATE_BURST);
        this.#clients.set(client, bucket);
      }
      if (!bucket.take(now)) this.#refuse(client, code, `${limit} a second, [limits] clientRate`);
    }
    this.takeHost(client, code, now);
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
      this.#tell(client, text);
    }
    throw new Refusal(code, text, { reason: "busy" });
  }
}
