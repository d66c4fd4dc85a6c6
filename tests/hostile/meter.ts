/** Milliseconds between two looks. */
const INTERVAL = 20;

/** What a process had and did not have, from its making to {@link end}. */
export interface Measured {
  /** Bytes of resident memory above those at the beginning: the most, and the last. */
  readonly peak: number;
  readonly kept: number;
  /**
   * The most milliseconds, of any time of that length, for which its main thread was ready to run
   * and the machine ran something else.
   */
  readonly stolen: (length: number) => number;
}

/** Looks at a process again and again. */
export class Meter {
  readonly #pid: number;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #start: number;
  #most = 0;
  /** When it was looked at, and the milliseconds that it had waited for the machine until then. */
  readonly #looks: { readonly at: number; readonly waited: number }[] = [];

  constructor(pid: number) {
    this.#pid = pid;
    this.#start = memoryOf(pid);
    this.#timer = setInterval(() => this.#look(), INTERVAL);
    this.#look();
  }

  end(): Measured {
    clearInterval(this.#timer);
    this.#look();
    const looks = this.#looks;
    const stolen = (length: number): number => {
      let most = 0;
      let first = 0;
      for (const { at, waited } of looks) {
        // What was waited within a time is told by the first look behind it.
        while (at - looks[first]!.at > length + 2 * INTERVAL) first++;
        most = Math.max(most, waited - looks[first]!.waited);
      }
      return Math.min(length, most);
    };
    return { peak: this.#most - this.#start, kept: memoryOf(this.#pid) - this.#start, stolen };
  }

  #look(): void {
    this.#most = Math.max(this.#most, memoryOf(this.#pid));
    this.#looks.push({ at: performance.now(), waited: waitedBy(this.#pid) });
  }
}

function memoryOf(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

/** Of the main thread, which runs all JavaScript: the second figure, in nanoseconds. */
function waitedBy(pid: number): number {
  const [, waited = "0"] = Deno.readTextFileSync(`/proc/${pid}/schedstat`).split(" ");
  return Number(waited) / 1e6;
}
