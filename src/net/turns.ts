import type { Clock, Timer } from "../base/mod.ts";

/** Milliseconds that one share works before the others have their turn. */
const SLICE = 4;

/** Milliseconds of work, of all shares, before the event loop has its turn: timers, I/O, writes. */
const PASS = 8;

/** Work (ms) after which a timer is started, which shows when the event loop had its turn. */
const WATCHED = 2;

/** Milliseconds without work after which the event loop is known to have had its turn. */
const PAUSE = 1;

/** Milliseconds after which what a share used counts half. */
const HALF_LIFE = 128;

/** Weight of work after which a turn reads the clock, which costs as much as a small message. */
const CLOCK_WEIGHT = 64;

/** Weights of messages for {@link Turn.spend}. */
export const Weight = {
  /** A message that is read and noted, such as an acknowledgement. */
  note: 1,
  /** A message that may run a script, open a stream or write a line into the log. */
  command: 8,
} as const;

/** The weight of a message that only moves `bytes`. */
export function weightOf(bytes: number): number {
  return Weight.note + (bytes >> 10);
}

/** The time that a share has now. What works in it asks {@link spend} between two messages. */
export interface Turn {
  /** When it began, by the clock. */
  readonly now: number;
  /** Notes work of that weight; true when the time is over: the rest waits for the next turn. */
  spend(weight: number): boolean;
}

/** A turn that never ends, for work that is bounded by itself. */
export const ENDLESS_TURN: Turn = Object.freeze({ now: 0, spend: () => false });

/**
 * Hands out turns, so that what one peer sends is worked off in slices and never holds up the
 * others. While there is time work is done at once; else it waits, and whose share was used least
 * in the last moments goes first.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #turn: ClockedTurn;
  /** Shares with work, the next one last. */
  readonly #waiting: Share[] = [];
  readonly #paused: (() => void)[] = [];
  #isRunning = false;
  #passStart = -Infinity;
  /** When the last work ended. */
  #lastEnd = -Infinity;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#turn = new ClockedTurn(clock);
  }

  /**
   * A share of its own, for one peer.
   * @param work does some of what there is to do; true when there is more of it
   */
  share(work: (turn: Turn) => boolean): Share {
    return new Share(this, work);
  }

  /**
   * What is done in the turn under way took long: {@link Turn.spend} says so when it is asked next,
   * however little was noted.
   */
  end(): void {
    this.#turn.end();
  }

  /** What a reader of many peers' datagrams waits for, when the event loop is to have its turn. */
  pause(): Promise<void> | undefined {
    if (this.#isClosed || this.#lastEnd - this.#passStart < PASS) return undefined;
    this.#watch();
    return new Promise((resolve) => this.#paused.push(resolve));
  }

  /** Runs nothing that waits any more. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.length = 0;
    for (const resume of this.#paused.splice(0)) resume();
    this.#unwatch();
  }

  /** Only a {@link Share} calls this. */
  ask(share: Share): void {
    if (this.#isClosed) return;
    if (this.#isRunning) return this.#wait(share);
    const now = this.#clock.now();
    if (now - this.#lastEnd >= PAUSE) this.#passStart = now;
    const passed = now - this.#passStart;
    if (passed >= PASS || share.standsBack(passed)) return this.#wait(share);
    if (passed >= WATCHED) this.#watch();
    this.#run(share, now);
  }

  /** Gives a share its turn; returns when it ended. */
  #run(share: Share, start: number): number {
    const turn = this.#turn;
    turn.begin(start);
    this.#isRunning = true;
    let isMore = false;
    try {
      isMore = share.work(turn);
    } finally {
      this.#isRunning = false;
      const end = this.#lastEnd = this.#clock.now();
      share.charge(end - start, end);
    }
    if (isMore) this.#wait(share);
    return this.#lastEnd;
  }

  #wait(share: Share): void {
    if (share.isClosed || share.isWaiting || this.#isClosed) return;
    share.isWaiting = true;
    const waiting = this.#waiting;
    // The first of those that go before it, or with it: they came earlier.
    let [low, high] = [0, waiting.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (waiting[middle]!.used <= share.used) high = middle;
      else low = middle + 1;
    }
    waiting.splice(low, 0, share);
    this.#watch();
  }

  /**
   * Waits for the event loop's turn. By a timer, since the runtime looks for I/O before it fires; in
   * front of `setImmediate` it does so only now and then (Deno 2.9: beside eight busy peers a quiet
   * one waited 183 ms for its answer, and 6 with a timer).
   */
  #watch(): void {
    this.#timer ??= this.#clock.after(0, this.#pass);
  }

  /** The event loop has had its turn. */
  readonly #pass = (): void => {
    this.#timer = undefined;
    for (const resume of this.#paused.splice(0)) resume();
    let failure: { readonly error: unknown } | undefined;
    let now = this.#passStart = this.#clock.now();
    const end = now + PASS;
    // Started now, it is due when the work is done: nothing is lost by waiting for it.
    if (this.#waiting.length > 0) this.#watch();
    for (let share = this.#waiting.pop(); share !== undefined; share = this.#waiting.pop()) {
      if (share.standsBack(now - this.#passStart)) {
        this.#waiting.push(share);
        break;
      }
      share.isWaiting = false;
      try {
        if (!share.isClosed) now = this.#run(share, now);
      } catch (error) {
        now = this.#lastEnd;
        failure ??= { error };
      }
      if (now >= end) break;
    }
    if (this.#waiting.length === 0) this.#unwatch();
    if (failure !== undefined) throw failure.error;
  };

  #unwatch(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

/** One peer's share of the time. */
export class Share {
  /** Only {@link Turns} changes what follows. */
  isWaiting = false;
  isClosed = false;
  /**
   * Orders shares by the time that they used lately: the binary logarithm of it, at the moment when
   * the clock began. In this form it stays as it is while all that was used counts less and less.
   */
  used = -Infinity;
  readonly #turns: Turns;
  readonly work: (turn: Turn) => boolean;
  /** Its last turn took longer than a pass, as a script's event may. */
  #wasLong = false;

  constructor(turns: Turns, work: (turn: Turn) => boolean) {
    this.#turns = turns;
    this.work = work;
  }

  /** There is something to do: it is done at once, or in its turn. */
  ask(): void {
    if (!this.isWaiting && !this.isClosed) this.#turns.ask(this);
  }

  /** There is nothing to do any more. */
  close(): void {
    this.isClosed = true;
  }

  /**
   * True when its next turn may be a long one and others have worked in this pass: what they wrote
   * is sent first. Once, so that it is not kept waiting for ever.
   * @param passed milliseconds since the pass began
   */
  standsBack(passed: number): boolean {
    const wasLong = this.#wasLong;
    this.#wasLong = false;
    return wasLong && passed > 0;
  }

  charge(milliseconds: number, now: number): void {
    this.#wasLong = milliseconds >= PASS;
    const at = now / HALF_LIFE;
    this.used = Math.log2(2 ** (this.used - at) + milliseconds) + at;
  }
}

class ClockedTurn implements Turn {
  now = 0;
  readonly #clock: Clock;
  #weight = 0;
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(now: number): void {
    this.now = now;
    this.#weight = 0;
    this.#isOver = false;
  }

  end(): void {
    this.#isOver = true;
  }

  spend(weight: number): boolean {
    this.#weight += weight;
    if (this.#weight < CLOCK_WEIGHT || this.#isOver) return this.#isOver;
    this.#weight = 0;
    return this.#isOver = this.#clock.now() - this.now >= SLICE;
  }
}
