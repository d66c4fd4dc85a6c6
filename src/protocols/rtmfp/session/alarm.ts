import type { Clock, Timer } from "../../../base/mod.ts";

/**
 * A deadline that moves often. Moving it later starts no timer: the one that is running checks the
 * deadline when it fires.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #run: () => void;
  #timer: Timer | undefined;
  #fires = 0;
  #deadline = Infinity;

  constructor(clock: Clock, run: () => void) {
    this.#clock = clock;
    this.#run = run;
  }

  /** The time of the clock that the alarm is set to; Infinity when it is not set. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Sets the deadline to `time` of the clock. */
  set(time: number): void {
    this.#deadline = time;
    if (this.#timer && this.#fires <= time) return;
    this.#timer?.cancel();
    this.#start();
  }

  /** As {@link cancel}, for an alarm that is soon set again: the timer keeps running. */
  rest(): void {
    this.#deadline = Infinity;
  }

  cancel(): void {
    this.#deadline = Infinity;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #start(): void {
    this.#fires = this.#deadline;
    this.#timer = this.#clock.after(Math.max(0, this.#deadline - this.#clock.now()), () => {
      this.#timer = undefined;
      if (this.#deadline === Infinity) return;
      // A timer may come a fraction of a millisecond early.
      if (this.#clock.now() + 0.5 < this.#deadline) return this.#start();
      this.#deadline = Infinity;
      this.#run();
    });
  }
}
