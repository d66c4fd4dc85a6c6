import type { Clock, Timer } from "../../base/mod.ts";

/** What is due in one millisecond, behind one timer. */
interface Due {
  readonly at: number;
  readonly runs: Set<() => void>;
  readonly timer: Timer;
}

/**
 * A clock that reads the system's time once per datagram or timer, since reading it at each step of
 * a packet would cost more than some of the steps. For the same reason all that is due in one
 * millisecond shares a timer of the system.
 */
export class TurnClock implements Clock {
  readonly #clock: Clock;
  readonly #due = new Map<number, Due>();
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
    const now = this.now();
    const at = Math.ceil(now + delay);
    const due = this.#due.get(at) ?? this.#begin(at, at - now);
    // A function of its own, since the same one may be due twice.
    const once = () => run();
    due.runs.add(once);
    return { cancel: () => this.#cancel(due, once) };
  }

  every(interval: number, run: () => void): Timer {
    return this.#clock.every(interval, () => this.hold(run));
  }

  /** Runs `run`, during which the time does not change. */
  hold(run: () => void): void {
    if (this.#held !== undefined) return run();
    this.#held = this.#clock.now();
    try {
      run();
    } finally {
      this.#held = undefined;
    }
  }

  #begin(at: number, delay: number): Due {
    const due: Due = {
      at,
      runs: new Set(),
      timer: this.#clock.after(delay, () => this.#run(due)),
    };
    this.#due.set(at, due);
    return due;
  }

  #run(due: Due): void {
    this.#due.delete(due.at);
    let failure: { readonly error: unknown } | undefined;
    for (const run of due.runs) {
      try {
        this.hold(run);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure) throw failure.error;
  }

  #cancel(due: Due, run: () => void): void {
    if (!due.runs.delete(run) || due.runs.size > 0) return;
    due.timer.cancel();
    if (this.#due.get(due.at) === due) this.#due.delete(due.at);
  }
}
