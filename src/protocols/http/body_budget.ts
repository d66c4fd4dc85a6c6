import { hostOf } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { HttpSettings } from "./params.ts";
import { HttpError } from "./wire/error.ts";

/** How many bytes of request bodies may be held, and of one. */
export type BodyLimits = Pick<HttpSettings, "maxBody" | "maxAddressBodies" | "maxBodies">;

/** Bytes that are held, and whether it was told that they are too many. */
interface Held {
  bytes: number;
  isTold: boolean;
}

/**
 * The bytes of all request bodies that are held, from the first one that came to the answer: many
 * clients with a body each, all of them short enough, would fill the memory together.
 */
export class BodyBudget {
  readonly #limits: BodyLimits;
  readonly #log: Log;
  readonly #longest: number;
  readonly #ofAll: Held = { bytes: 0, isTold: false };
  readonly #hosts = new Map<string, Held>();

  /** @param log told when a limit has begun to refuse bodies */
  constructor(limits: BodyLimits, log: Log) {
    this.#limits = limits;
    this.#log = log;
    // A request by itself is taken, with what it inflates to.
    this.#longest = 2 * limits.maxBody;
  }

  /** Bytes that are held now. */
  get bytes(): number {
    return this.#ofAll.bytes;
  }

  /** Addresses that have some of them. */
  get hosts(): number {
    return this.#hosts.size;
  }

  /** What a request of `host:port` holds: nothing as yet. */
  charge(address: string): BodyCharge {
    return new BodyCharge(this, hostOf(address));
  }

  /**
   * Looks whether so many bytes more may be held for a host.
   * @throws HttpError 503
   */
  check(host: string, bytes: number): void {
    const { maxAddressBodies, maxBodies } = this.#limits;
    const held = this.#hosts.get(host);
    if (held !== undefined && this.#isOver(maxAddressBodies, held, bytes)) {
      this.#refuse(held, `${maxAddressBodies} bytes of one address, [HTTP] maxAddressBodies`, host);
    }
    if (this.#isOver(maxBodies, this.#ofAll, bytes)) {
      this.#refuse(this.#ofAll, `${maxBodies} bytes, [HTTP] maxBodies`);
    }
  }

  /** @throws HttpError 503, and holds nothing more */
  take(host: string, bytes: number): void {
    this.check(host, bytes);
    const held = this.#hosts.get(host);
    if (held === undefined) this.#hosts.set(host, { bytes, isTold: false });
    else held.bytes += bytes;
    this.#ofAll.bytes += bytes;
  }

  giveBack(host: string, bytes: number): void {
    const { maxAddressBodies, maxBodies } = this.#limits;
    const held = this.#hosts.get(host);
    if (held === undefined) return;
    lessen(held, bytes, maxAddressBodies);
    if (held.bytes === 0) this.#hosts.delete(host);
    lessen(this.#ofAll, bytes, maxBodies);
  }

  #isOver(limit: number, held: Held, bytes: number): boolean {
    return limit > 0 && held.bytes + bytes > Math.max(limit, this.#longest);
  }

  #refuse(held: Held, limit: string, host?: string): never {
    const log = host === undefined ? this.#log : this.#log.child(host);
    if (!held.isTold) log.warn(`bodies refused: more than ${limit}`);
    held.isTold = true;
    const text = host === undefined
      ? "Too many request bodies at this time"
      : "Too many request bodies from this address at this time";
    throw new HttpError(503, text, [["retry-after", "1"]]);
  }
}

/** What was told is told again when half of it was given back in between. */
function lessen(held: Held, bytes: number, limit: number): void {
  held.bytes -= bytes;
  if (held.bytes <= limit / 2) held.isTold = false;
}

/** What one request holds of a {@link BodyBudget}. */
export class BodyCharge {
  readonly #budget: BodyBudget;
  readonly #host: string;
  #bytes = 0;
  #isOver = false;

  constructor(budget: BodyBudget, host: string) {
    this.#budget = budget;
    this.#host = host;
  }

  /** Looks whether a body of so many bytes may come. @throws HttpError 503 */
  check(bytes: number): void {
    this.#budget.check(this.#host, bytes);
  }

  /** Holds so many bytes more. @throws HttpError 503 */
  take(bytes: number): void {
    if (this.#isOver || bytes === 0) return;
    this.#budget.take(this.#host, bytes);
    this.#bytes += bytes;
  }

  /** The request is over, and holds nothing any more. */
  end(): void {
    this.#isOver = true;
    if (this.#bytes > 0) this.#budget.giveBack(this.#host, this.#bytes);
    this.#bytes = 0;
  }
}
