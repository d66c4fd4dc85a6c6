/** The client that an event's instructions are charged to. */
export interface Payer {
  /** `host:port` of the peer. */
  readonly peer: string;
  charge(instructions: number): void;
  /** Milliseconds until it may run more, when it has used up its share. */
  readonly delay?: number;
  /** Functions of its events that wait, where they end with it. */
  readonly waiting?: Set<Waiting>;
  /** Who is charged for what goes on without the client. */
  readonly lasting?: Payer;
  /** The client is no more. */
  readonly isGone?: boolean;
}

/** A function that waits. */
export interface Waiting {
  close(reason?: string): void;
}

/** What an event may do, and the setting that says so. */
export interface Allowance {
  /** Infinity for no limit. */
  readonly instructions: number;
  readonly key: string;
}

/** Instructions that one millisecond counts as: about what a slow machine runs in it. */
export const PER_MILLISECOND = 100_000;
/**
 * Milliseconds between two checks of the clock that count at most: a process that had to wait for the machine
 * is not the script's fault.
 */
const MOST_COUNTED = 20;

/**
 * Counts what an event has done, in instructions. One that takes longer than a simple one counts as
 * as many of these as its time; the clock is read only when the machine looks, every some thousand.
 */
export class Budget {
  readonly #now: () => number;
  readonly #cpuTime: () => number;
  #allowance: Allowance;
  #spent = 0;
  /** Counted since the last look, and when that was; -1 before an event's first. */
  #counted = 0;
  #lookedAt = -1;
  /** Instructions alone, and the processor's time at the second look; -1 before it. */
  #done = 0;
  #cpuAt = -1;
  #payer: Payer | undefined;
  /** The last interval's length by the clock, in instructions. */
  elapsed = 0;

  /** `allowance` of one event; `now` and `cpuTime`, the processor's, in milliseconds. */
  constructor(allowance: Allowance, now: () => number, cpuTime: () => number = now) {
    this.#cpuTime = cpuTime;
    this.#allowance = allowance;
    this.#now = now;
  }

  /** An event begins, from outside of any other. */
  begin(payer: Payer | undefined): void {
    this.#payer = payer;
    this.#spent = 0;
    this.#counted = 0;
    this.#done = 0;
    this.#lookedAt = -1;
    this.#cpuAt = -1;
  }

  /** Whose event it is. */
  get payer(): Payer | undefined {
    return this.#payer;
  }

  /** It ended: what it spent is charged. */
  end(): void {
    const spent = this.#spent + this.#counted;
    if (spent > 0) this.#payer?.charge(spent);
    this.#payer = undefined;
  }

  count(instructions: number): void {
    this.#counted += instructions;
  }

  /** Compares with the clock what was counted. */
  look(): void {
    const now = this.#now();
    const time = this.#lookedAt < 0 ? 0 : now - this.#lookedAt;
    // Asking costs some microseconds, so that an event of one look does not.
    if (this.#lookedAt >= 0 && this.#cpuAt < 0) this.#cpuAt = this.#cpuTime();
    this.#lookedAt = now;
    this.elapsed = time * PER_MILLISECOND;
    this.#spent += Math.max(this.#counted, Math.min(time, MOST_COUNTED) * PER_MILLISECOND);
    this.#done += this.#counted;
    this.#counted = 0;
    if (this.isOver) this.#correct();
  }

  /** On a busy machine the clock goes on while the script stands still: the processor's does not. */
  #correct(): void {
    if (this.#cpuAt < 0) return;
    const time = (this.#cpuTime() - this.#cpuAt) * PER_MILLISECOND;
    this.#spent = Math.max(this.#done, Math.min(this.#spent, time));
  }

  /** What the event may still spend. */
  get left(): number {
    return this.#allowance.instructions - this.#spent - this.#counted;
  }

  get isOver(): boolean {
    return this.left < 0;
  }

  /** What is wrong with an event that {@link isOver}. */
  get fault(): string {
    const { key, instructions } = this.#allowance;
    return `too many instructions in one event: ${key} allows ${instructions}`;
  }

  /** Runs something with an allowance of its own, which counts for no event around it. */
  within<R>(allowance: Allowance, run: () => R): R {
    const outer = [this.#allowance, this.#spent, this.#counted, this.#done] as const;
    this.#allowance = allowance;
    this.#spent = this.#counted = this.#done = 0;
    try {
      return run();
    } finally {
      [this.#allowance, this.#spent, this.#counted, this.#done] = outer;
      this.#lookedAt = -1;
      this.#cpuAt = -1;
    }
  }
}
