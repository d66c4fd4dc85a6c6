import type { Clock, Timer } from "../../../base/mod.ts";

/**
 * A deadline that moves often. Moving it later costs nothing: the timer that is running finds out
 * when it fires.
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

  /** The time it is set to; Infinity when it is not. */
  get deadline(): number {
    return this.#deadline;
  }

  /** Fires at `time` of the clock, instead of when it was to fire before. */
  set(time: number): void {
    this.#deadline = time;
    if (this.#timer && this.#fires <= time) return;
    this.#timer?.cancel();
    this.#start();
  }

  /** Like {@link cancel}, for one that is soon set again: its timer runs on and finds out. */
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
