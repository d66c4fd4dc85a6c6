import { TokenBuckets } from "../base/mod.ts";
import { GUESS_BURST, GUESS_PAUSE, GUESS_RATE, MAX_ADDRESSES } from "./params.ts";

/** Wrong keys by address: who guesses is made to wait, a right one in between included. */
export class Guesses {
  readonly #buckets = new TokenBuckets(GUESS_RATE, GUESS_BURST);
  /** Until when keys of an address are not looked at, in milliseconds of the clock. */
  readonly #pauses = new Map<string, number>();

  /** True while no key of this address is looked at. */
  isPaused(host: string, now: number): boolean {
    const until = this.#pauses.get(host);
    if (until === undefined) return false;
    if (now < until) return true;
    this.#pauses.delete(host);
    return false;
  }

  /** Counts a wrong key; true when the address has to wait from now on. */
  add(host: string, now: number): boolean {
    if (this.#buckets.take(host, now)) return false;
    if (this.#pauses.size >= MAX_ADDRESSES) {
      for (const [other, until] of this.#pauses) if (until <= now) this.#pauses.delete(other);
      // Those that have waited longest make room.
      const [oldest] = this.#pauses.keys();
      if (this.#pauses.size >= MAX_ADDRESSES && oldest !== undefined) this.#pauses.delete(oldest);
    }
    this.#pauses.set(host, now + GUESS_PAUSE);
    return true;
  }
}
