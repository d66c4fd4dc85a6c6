import type { Clock, Timer } from "../base/mod.ts";
import { Listener } from "./listener.ts";
import type { MediaCursor } from "./media_cursor.ts";
import { CHECKS_PER_LIMIT, type LiveRules, MANY_LISTENERS } from "./params.ts";

/**
 * Who takes the media of one publication: listeners and taps. A message to hundreds of them must
 * not touch those that are still busy with the last one: only a cursor that has taken everything is
 * told.
 */
export class Audience {
  /** Those that are clients, by id. */
  readonly listeners: Map<string, Listener> = new Map();
  readonly #cursors = new Set<MediaCursor>();
  #passive = 0;
  readonly #clock: Clock;
  /** Milliseconds that sound may wait for a picture, so that one write carries both. */
  readonly #soundWait: number;
  /** Bytes of media after which the limits of all listeners are applied again. */
  readonly #limitStep: number;
  #limitAt = 0;
  /** Told when one of them has taken everything; called while it takes. */
  onRest: (() => void) | undefined = undefined;
  /** Those that have taken everything, and some that have left. */
  #resting: MediaCursor[] = [];
  #soundTimer: Timer | undefined;

  constructor(clock: Clock, { soundWait, limits }: LiveRules) {
    this.#clock = clock;
    this.#soundWait = soundWait;
    this.#limitStep = limits.video / CHECKS_PER_LIMIT;
  }

  /** How many there are, taps included. */
  get size(): number {
    return this.#cursors.size;
  }

  /** True while one of them wants the publication to be fetched from elsewhere. */
  get isWanting(): boolean {
    return this.#cursors.size > this.#passive;
  }

  addCursor(cursor: MediaCursor): void {
    if (cursor instanceof Listener) this.listeners.set(cursor.id, cursor);
    this.#cursors.add(cursor);
    if (cursor.isPassive) this.#passive++;
    this.#resting.push(cursor);
  }

  remove(cursor: MediaCursor): void {
    if (cursor instanceof Listener) this.listeners.delete(cursor.id);
    if (this.#cursors.delete(cursor) && cursor.isPassive) this.#passive--;
    // Those that left are dropped when they are the most: each costs a constant time.
    if (this.#resting.length > 2 * this.#cursors.size) {
      this.#resting = this.#resting.filter(({ isClosed }) => !isClosed);
    }
  }

  /** Brings the rates of all up to date. */
  sample(): void {
    for (const cursor of this.#cursors) cursor.sample();
  }

  /** They are told that the codecs have changed. */
  recode(): void {
    for (const cursor of [...this.#cursors]) cursor.recode();
  }

  /** Only a cursor calls this: it has taken everything. */
  rest(cursor: MediaCursor): void {
    this.#resting.push(cursor);
    this.onRest?.();
  }

  /**
   * There are new messages.
   * @param position bytes of all messages so far
   * @param isPatient there is only sound, and pictures come: for many listeners it waits for one
   */
  tell(position: number, isPatient: boolean): void {
    if (position >= this.#limitAt) {
      this.#limitAt = position + this.#limitStep;
      for (const cursor of this.#cursors) cursor.limit();
    }
    if (isPatient && this.#soundWait > 0 && this.#cursors.size >= MANY_LISTENERS) {
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
    for (const cursor of resting) cursor.wake();
  };
}
