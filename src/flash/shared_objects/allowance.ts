import type { Clock, Timer } from "../../base/mod.ts";
import type { Client } from "../../hub/mod.ts";
import { BYTES_PER_CHANGE, RATE_BURST } from "./params.ts";
import type { Author } from "./update.ts";

/** What one client has in objects, and how fast it may change them: a faster one waits. */
export class Allowance implements Author {
  /** Bytes in objects that this client set. */
  bytes = 0;
  readonly client: Client;
  readonly #clock: Clock;
  /** Changes in a second; 0 for any number. */
  readonly #rate: number;
  #left: number;
  #filledAt: number;
  #timer: Timer | undefined;

  constructor(client: Client, clock: Clock, rate: number) {
    this.client = client;
    this.#clock = clock;
    this.#rate = rate;
    this.#left = rate * RATE_BURST;
    this.#filledAt = clock.now();
  }

  /** Counts a change of that many bytes; when it is one too many, the client's next requests wait. */
  spend(bytes: number): void {
    if (this.#rate === 0) return;
    const now = this.#clock.now();
    const filled = this.#left + (now - this.#filledAt) * this.#rate / 1000;
    this.#left = Math.min(this.#rate * RATE_BURST, filled) - 1 -
      Math.floor(bytes / BYTES_PER_CHANGE);
    this.#filledAt = now;
    if (this.#left >= 0 || this.#timer !== undefined) return;
    this.client.input?.hold();
    this.#wait();
  }

  /** The client is gone. */
  close(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    this.client.input?.release();
  }

  /** Until what is left is no debt. */
  #wait(): void {
    const debt = -this.#left - (this.#clock.now() - this.#filledAt) * this.#rate / 1000;
    if (debt <= 0 && this.#timer !== undefined) return this.close();
    this.#timer = this.#clock.after(Math.ceil(1000 * debt / this.#rate), () => this.#wait());
  }
}
