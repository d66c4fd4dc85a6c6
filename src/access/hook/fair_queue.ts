/** How much may run, and wait. */
export interface FairQueueOptions {
  /** Jobs at one time. */
  readonly slots: number;
  /** Jobs that wait, of all and of one owner. */
  readonly limit: number;
  readonly limitOfOwner: number;
}

interface Job {
  readonly run: () => void;
}

/** Jobs that wait for one of a few slots: owners take turns, whatever one of them asks for. */
export class FairQueue {
  readonly #options: FairQueueOptions;
  /** Those that wait, by owner; the first owner is next. */
  readonly #waiting = new Map<string, Set<Job>>();
  #running = 0;
  #size = 0;

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  /** Jobs that wait. */
  get size(): number {
    return this.#size;
  }

  get running(): number {
    return this.#running;
  }

  /**
   * Runs a job when it is its turn; undefined when too many wait.
   * @param signal takes back a job that waits: its promise rejects with the signal's reason
   */
  add<T>(owner: string, job: () => Promise<T>, signal: AbortSignal): Promise<T> | undefined {
    if (this.#running < this.#options.slots) return this.#run(job);
    const { limit, limitOfOwner } = this.#options;
    const own = this.#waiting.get(owner) ?? new Set();
    if (this.#size >= limit || own.size >= limitOfOwner) return undefined;
    this.#waiting.set(owner, own);
    this.#size++;
    return new Promise((resolve, reject) => {
      const waiting: Job = {
        run: () => {
          signal.removeEventListener("abort", leave);
          this.#run(job).then(resolve, reject);
        },
      };
      const leave = () => {
        if (!own.delete(waiting)) return;
        this.#size--;
        if (own.size === 0) this.#waiting.delete(owner);
        reject(signal.reason);
      };
      own.add(waiting);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  async #run<T>(job: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await job();
    } finally {
      this.#running--;
      this.#next();
    }
  }

  #next(): void {
    for (const [owner, jobs] of this.#waiting) {
      this.#waiting.delete(owner);
      const [job] = jobs;
      if (job === undefined) continue;
      jobs.delete(job);
      this.#size--;
      // Behind all others.
      if (jobs.size > 0) this.#waiting.set(owner, jobs);
      return job.run();
    }
  }
}
