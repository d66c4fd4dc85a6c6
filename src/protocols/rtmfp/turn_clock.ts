import type { Clock, Timer } from "../../base/mod.ts";

/**
 * A clock that is asked once for all that a datagram or a timer sets off: asking the system for each
 * of a packet's steps would cost more than some of the steps.
 */
export class TurnClock implements Clock {
  readonly #clock: Clock;
  #held: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#held ?? this.#clock.now();
  }

  epoch(): number {
    return this.#clock.epoch();
  }

  after(delay: number, run: () => void): Timer {
    return this.#clock.after(delay, () => this.hold(run));
  }

  every(interval: number, run: () => void): Timer {
    return this.#clock.every(interval, () => this.hold(run));
  }

  /** Runs something during which time stands still. */
  hold(run: () => void): void {
    if (this.#held !== undefined) return run();
    this.#held = this.#clock.now();
    try {
      run();
    } finally {
      this.#held = undefined;
    }
  }
}
