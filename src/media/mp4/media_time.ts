import { JUMP, MAX_STEP } from "./params.ts";

/** Milliseconds of messages, counted on where their 32 bits wrap or the publisher's clock jumps. */
export class MediaTime {
  #message: number | undefined;
  #time = 0;

  /** The time of a message, in milliseconds, no longer of 32 bits. */
  at(message: number): number {
    if (this.#message === undefined) {
      this.#time = message;
    } else {
      const step = (message - this.#message) | 0;
      this.#time += Math.abs(step) > MAX_STEP ? JUMP : step;
    }
    this.#message = message;
    return this.#time;
  }
}
