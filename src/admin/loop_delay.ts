import {
  type Clock,
  Histogram,
  histogram,
  type Metered,
  type Metric,
  type Timer,
} from "../base/mod.ts";

/** Milliseconds between two looks. */
const INTERVAL = 100;

/** In seconds. */
const BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

/** How late a timer comes: what every packet and every request waits as well. */
export class LoopDelay implements Metered {
  readonly #clock: Clock;
  readonly #delays = new Histogram(BOUNDS);
  #worst = 0;
  #timer: Timer;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#timer = this.#wait();
  }

  *metrics(): Generator<Metric> {
    yield histogram(
      "event_loop_delay_seconds",
      "How late timers come, which is what everything else waits as well.",
      this.#delays,
    );
  }

  /** Milliseconds of the latest timer since this was asked last. */
  takeWorst(): number {
    const worst = this.#worst;
    this.#worst = 0;
    return worst * 1000;
  }

  close(): void {
    this.#timer.cancel();
  }

  #wait(): Timer {
    const due = this.#clock.now() + INTERVAL;
    return this.#clock.after(INTERVAL, () => {
      this.#add(Math.max(0, this.#clock.now() - due) / 1000);
      this.#timer = this.#wait();
    });
  }

  #add(seconds: number): void {
    this.#delays.add(seconds);
    this.#worst = Math.max(this.#worst, seconds);
  }
}
