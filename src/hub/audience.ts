import type { Clock, Timer } from "../base/mod.ts";
import type { Listener } from "./listener.ts";
import { CHECKS_PER_LIMIT, type LiveRules, MANY_LISTENERS } from "./params.ts";

/**
 * The listeners of one publication. A message to hundreds of them must not touch those who are
 * still busy with the last one: only who has taken everything is told.
 */
export class Audience {
  readonly listeners: Map<string, Listener> = new Map();
  readonly #clock: Clock;
  /** Milliseconds that sound may wait for a picture, so that one write carries both. */
  readonly #soundWait: number;
  /** Bytes of media after which the limits of all listeners are applied again. */
  readonly #limitStep: number;
  #limitAt = 0;
  /** Who has taken everything, and some who left. */
  #resting: Listener[] = [];
  #soundTimer: Timer | undefined;

  constructor(clock: Clock, { soundWait, limits }: LiveRules) {
    this.#clock = clock;
    this.#soundWait = soundWait;
    this.#limitStep = limits.video / CHECKS_PER_LIMIT;
  }

  add(listener: Listener): void {
    this.listeners.set(listener.id, listener);
    this.#resting.push(listener);
  }

  remove(listener: Listener): void {
    this.listeners.delete(listener.id);
    // Those that left are dropped when they are the most: each costs a constant time.
    if (this.#resting.length > 2 * this.listeners.size) {
      this.#resting = this.#resting.filter(({ closed }) => !closed);
    }
  }

  /** Only a listener calls this: it has taken everything. */
  rest(listener: Listener): void {
    this.#resting.push(listener);
  }

  /**
   * There are new messages.
   * @param position bytes of all messages so far
   * @param isPatient there is only sound, and pictures come: for many listeners it waits for one
   */
  tell(position: number, isPatient: boolean): void {
    if (position >= this.#limitAt) {
      this.#limitAt = position + this.#limitStep;
      for (const listener of this.listeners.values()) listener.limit();
    }
    if (isPatient && this.#soundWait > 0 && this.listeners.size >= MANY_LISTENERS) {
      this.#soundTimer ??= this.#clock.after(this.#soundWait, this.#wake);
    } else {
      this.#wake();
    }
  }

  readonly #wake = (): void => {
    this.#soundTimer?.cancel();
    this.#soundTimer = undefined;
    const resting = this.#resting;
    this.#resting = [];
    for (const listener of resting) listener.wake();
  };
}
