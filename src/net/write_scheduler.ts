import { clearImmediate, setImmediate } from "node:timers";
import type { Clock, Timer } from "../base/mod.ts";
import { Turns } from "./turns.ts";

/**
 * Connections that are written to before those writes are looked after. Each that is under way takes
 * memory of the runtime; those of thousands at once outlive two collections, which then copy them.
 */
const SLICE = 128;

/**
 * Decides when output that may wait is written: at the end of the event loop's turn, or when a
 * merge window has passed since the first of it. Many connections share one, so that all of them
 * are written in one round. Their input has its {@link turns}.
 */
export class WriteScheduler {
  readonly #clock: Clock;
  /** Milliseconds that output to listeners may wait to be joined; 0 = the turn's end. */
  readonly window: number;
  /** Whose input is worked off next. */
  readonly turns: Turns;
  #urgent: (() => void)[] = [];
  #merged: (() => void)[] = [];
  #immediate: ReturnType<typeof setImmediate> | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock, window = 0) {
    this.#clock = clock;
    this.window = window;
    this.turns = new Turns(clock);
  }

  /** Runs `write` at the turn's end. */
  soon(write: () => void): void {
    this.#urgent.push(write);
    this.#immediate ??= setImmediate(this.#runUrgent);
  }

  /** Runs `write` in the round that ends the merge window. */
  merged(write: () => void): void {
    this.#merged.push(write);
    if (this.#merged.length > 1) return;
    if (this.window > 0) this.#timer = this.#clock.after(this.window, this.#runMerged);
    else this.soon(this.#runMerged);
  }

  /** Forgets everything that was scheduled. */
  close(): void {
    this.turns.close();
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#immediate = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#urgent = [];
    this.#merged = [];
  }

  readonly #runUrgent = (): void => {
    this.#immediate = undefined;
    const writes = this.#urgent;
    this.#urgent = [];
    this.#run(writes);
  };

  readonly #runMerged = (): void => {
    this.#timer = undefined;
    const writes = this.#merged;
    this.#merged = [];
    this.#run(writes);
  };

  /** Runs as many as go at once; the others are the first of the next turn. */
  #run(writes: (() => void)[]): void {
    if (writes.length > SLICE) {
      this.#urgent = [...writes.splice(SLICE), ...this.#urgent];
      this.#immediate ??= setImmediate(this.#runUrgent);
    }
    for (const write of writes) write();
  }
}
