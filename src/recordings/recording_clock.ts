import { LONGEST_STEP } from "./params.ts";

/**
 * The time within a recording, in milliseconds: 0 at its first frame. A publisher's clock that jumps
 * does not make it jump.
 */
export class RecordingClock {
  /** Of the newest frame. */
  time: number;
  /** The publisher's time of the same frame, and when it came; undefined before the first. */
  #last: { readonly time: number; readonly at: number } | undefined;

  /** @param start what its first frame has, for a file that goes on */
  constructor(start = 0) {
    this.time = start;
  }

  /**
   * The time of a frame.
   * @param time of the publisher, 32 bits
   * @param now of the server's clock
   */
  advance(time: number, now: number): number {
    if (this.#last !== undefined) {
      const step = (time - this.#last.time) | 0;
      const passed = now - this.#last.at;
      const isJump = Math.abs(step) > LONGEST_STEP && Math.abs(step - passed) > LONGEST_STEP;
      this.time = Math.max(0, this.time + (isJump ? Math.max(0, Math.round(passed)) : step));
    }
    this.#last = { time, at: now };
    return this.time;
  }
}
