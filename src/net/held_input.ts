import { ENDLESS_TURN, type Share, type Turn, type Turns, Weight } from "./turns.ts";

/** Limit and callbacks of a client's held requests. */
export interface HeldInputOptions {
  /** Without them, what waited is worked off at once. */
  readonly turns?: Turns | undefined;
  /** Bytes of waiting requests, from which on {@link onFull} is told. */
  readonly limit: number;
  /** More waits than is kept: the connection is not read, or is cut. */
  readonly onFull: () => void;
  /** Told after {@link onFull} when there is room again. */
  readonly onRoom?: () => void;
}

/** Bytes that a waiting request counts in addition to its length. */
const ENTRY = 64;

/**
 * The requests of one client, in order: while it is held they wait, and then they are worked off in
 * turns. What may go on meanwhile, such as media, does not come here.
 */
export class HeldInput {
  readonly #options: HeldInputOptions;
  #share: Share | undefined;
  #waiting: { readonly size: number; readonly run: (turn: Turn) => void }[] = [];
  /** The next one. */
  #at = 0;
  #size = 0;
  #holds = 0;
  #isYielding = false;
  #isFull = false;
  #isClosed = false;

  constructor(options: HeldInputOptions) {
    this.#options = options;
  }

  /** What comes next has to wait too. */
  get isWaiting(): boolean {
    return this.#holds > 0 || this.#isYielding || this.#at < this.#waiting.length;
  }

  /** The turn is over: what comes next waits for another one. */
  yield(): void {
    if (this.#isClosed || this.#options.turns === undefined) return;
    this.#isYielding = true;
    this.#goOn();
  }

  /** From now on requests wait, until as many calls of {@link release}. */
  hold(): void {
    this.#holds++;
  }

  /** Without effect once the client is gone. */
  release(): void {
    if (this.#holds > 0) this.#holds--;
    if (this.#holds === 0 && this.isWaiting) this.#goOn();
  }

  /** From now on requests wait until this is over, however it ends. */
  holdUntil(work: Promise<unknown>): void {
    this.hold();
    const release = () => this.release();
    work.then(release, release);
  }

  /** @param size bytes that are kept for it */
  holdBack(size: number, run: (turn: Turn) => void): void {
    if (this.#isClosed) return;
    this.#waiting.push({ size, run });
    this.#size += size + ENTRY;
    if (this.#holds === 0) this.#goOn();
    if (this.#isFull || this.#size <= this.#options.limit) return;
    this.#isFull = true;
    this.#options.onFull();
  }

  /** The client is gone: what waits is dropped. */
  close(): void {
    this.#isClosed = true;
    this.#share?.close();
    this.#drop();
  }

  #goOn(): void {
    if (this.#isClosed || this.#holds > 0) return;
    const { turns } = this.#options;
    if (turns === undefined) return void this.#work(ENDLESS_TURN);
    this.#share ??= turns.share((turn) => this.#work(turn));
    this.#share.ask();
  }

  /** True when there is more for the next turn. */
  #work(turn: Turn): boolean {
    this.#isYielding = false;
    while (this.#holds === 0 && this.#at < this.#waiting.length) {
      const { size, run } = this.#waiting[this.#at++]!;
      this.#size -= size + ENTRY;
      run(turn);
      if (this.#isClosed || turn.spend(Weight.command)) break;
    }
    if (this.#at === this.#waiting.length) this.#drop();
    if (this.#isFull && this.#size <= this.#options.limit / 2) {
      this.#isFull = false;
      this.#options.onRoom?.();
    }
    return this.#holds === 0 && this.#at < this.#waiting.length;
  }

  #drop(): void {
    this.#waiting = [];
    this.#at = 0;
    this.#size = 0;
  }
}
