import type { Clock, Timer } from "../../src/base/mod.ts";

interface Pending extends Timer {
  due: number;
  readonly order: number;
  readonly interval: number | undefined;
  readonly run: () => void;
}

/** A clock that stands still until told to move; due timers run in order, each at its own time. */
export class FakeClock implements Clock {
  #now: number;
  readonly #epoch: number;
  #order = 0;
  readonly #pending = new Set<Pending>();

  /** Both in milliseconds. The epoch default is 2026-01-01T00:00:00Z. */
  constructor(now = 1000, epoch = 1_767_225_600_000) {
    this.#now = now;
    this.#epoch = epoch - now;
  }

  now(): number {
    return this.#now;
  }

  epoch(): number {
    return this.#epoch + this.#now;
  }

  after(delay: number, run: () => void): Timer {
    return this.#add(delay, undefined, run);
  }

  every(interval: number, run: () => void): Timer {
    return this.#add(interval, interval, run);
  }

  /** How many timers wait: 0 shows that a closed object left none behind. */
  get timers(): number {
    return this.#pending.size;
  }

  /** The time of the next timer, undefined when none waits. */
  get nextDue(): number | undefined {
    return this.#next()?.due;
  }

  /** Moves on by `milliseconds`, running every timer that falls due on the way. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let next = this.#next(); next && next.due <= end; next = this.#next()) this.#fire(next);
    this.#now = end;
  }

  /** Moves to the next timer and runs it; false when none waits. */
  step(): boolean {
    const next = this.#next();
    if (next) this.#fire(next);
    return next !== undefined;
  }

  #add(delay: number, interval: number | undefined, run: () => void): Timer {
    const pending: Pending = {
      due: this.#now + Math.max(0, delay),
      order: this.#order++,
      interval,
      run,
      cancel: () => void this.#pending.delete(pending),
    };
    this.#pending.add(pending);
    return pending;
  }

  #next(): Pending | undefined {
    let next: Pending | undefined;
    for (const pending of this.#pending) {
      if (
        !next || pending.due < next.due ||
        (pending.due === next.due && pending.order < next.order)
      ) next = pending;
    }
    return next;
  }

  #fire(pending: Pending): void {
    this.#now = Math.max(this.#now, pending.due);
    if (pending.interval === undefined) this.#pending.delete(pending);
    else pending.due += Math.max(1, pending.interval);
    pending.run();
  }
}
