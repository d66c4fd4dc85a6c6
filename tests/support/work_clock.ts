import type { Clock, Timer } from "../../src/base/mod.ts";

/** A clock for work that takes time: time passes while something runs, and timers fire after it. */
export class WorkClock implements Clock {
  #now = 1000;
  #timers: { due: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  epoch(): number {
    return this.#now;
  }

  after(delay: number, run: () => void): Timer {
    const timer = { due: this.#now + delay, run };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((each) => each !== timer)) };
  }

  every(): Timer {
    throw new Error("nothing that works asks for it");
  }

  /** Something takes so many milliseconds. */
  work(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** One turn of the event loop: the timers that are due fire, those that they start do not. */
  turn(): void {
    const due = this.#timers.filter((timer) => timer.due <= this.#now);
    this.#timers = this.#timers.filter((timer) => timer.due > this.#now);
    for (const { run } of due) run();
  }

  get timers(): number {
    return this.#timers.length;
  }
}
