import type { Clock, Timer } from "../base/mod.ts";

/** What was opened, or is being opened. */
export interface Opened {
  /** Ends it; {@link OnDemand.ended} follows, at once or later. */
  close(reason: string): void;
}

export interface OnDemandOptions {
  readonly clock: Clock;
  readonly isWanted: () => boolean;
  /** Begins to open it; undefined where that cannot be now. */
  readonly open: () => Opened | undefined;
  /** It is neither open nor about to be, until {@link OnDemand.look} finds it wanted. */
  readonly onIdle?: () => void;
}

/**
 * Keeps something open while it is wanted, such as a stream of another server: opens it, closes it
 * when it is wanted no more, and opens it again, after a pause, when it ends by itself.
 */
export class OnDemand {
  readonly #options: OnDemandOptions;
  #opened: Opened | undefined;
  #isClosing = false;
  #pause: Timer | undefined;
  #isOver = false;

  constructor(options: OnDemandOptions) {
    this.#options = options;
  }

  /** True from its opening to its end. */
  get isOpen(): boolean {
    return this.#opened !== undefined;
  }

  /** Looks whether it is wanted, as that may have changed. */
  look(): void {
    if (this.#isOver) return;
    const isWanted = this.#options.isWanted();
    if (this.#opened !== undefined) {
      if (!isWanted) this.#close("no players left");
      return;
    }
    if (this.#pause !== undefined) return;
    if (isWanted) this.#opened = this.#options.open();
    if (this.#opened === undefined) this.#options.onIdle?.();
  }

  /**
   * What was opened has ended; told once for each opening.
   * @param pause milliseconds until it is opened again, unless it was closed here
   */
  ended(pause: number): void {
    this.#opened = undefined;
    const isClosing = this.#isClosing;
    this.#isClosing = false;
    if (isClosing) this.look();
    else this.#wait(pause);
  }

  /** Closes it for `pause` milliseconds, wanted or not. */
  suspend(pause: number, reason: string): void {
    this.#wait(pause);
    this.#close(reason);
  }

  /** Closes it for good. */
  close(reason: string): void {
    this.#isOver = true;
    this.#pause?.cancel();
    this.#close(reason);
  }

  #close(reason: string): void {
    if (this.#isClosing || this.#opened === undefined) return;
    this.#isClosing = true;
    this.#opened.close(reason);
  }

  #wait(pause: number): void {
    if (this.#isOver) return;
    this.#pause?.cancel();
    this.#pause = this.#options.clock.after(pause, () => {
      this.#pause = undefined;
      this.look();
    });
  }
}
