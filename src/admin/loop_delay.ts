import type { Clock, Timer } from "../base/mod.ts";
import type { Metric } from "./metric.ts";

/** Milliseconds between two looks. */
const INTERVAL = 100;

/** In seconds. */
const BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

/** How late a timer comes: what every packet and every request waits as well. */
export class LoopDelay {
  readonly #clock: Clock;
  readonly #counts: number[] = Array(BOUNDS.length + 1).fill(0);
  #sum = 0;
  #worst = 0;
  #timer: Timer;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#timer = this.#wait();
  }

  /** The metric, as it is now. */
  metric(): Metric {
    return {
      name: "event_loop_delay_seconds",
      help: "How late timers come, which is what everything else waits as well.",
      type: "histogram",
      distribution: { bounds: BOUNDS, counts: this.#counts, sum: this.#sum },
    };
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
    this.#sum += seconds;
    this.#worst = Math.max(this.#worst, seconds);
    const bound = BOUNDS.findIndex((bound) => seconds <= bound);
    this.#counts[bound === -1 ? BOUNDS.length : bound]!++;
  }
}
