import { AtOnce } from "./at_once.ts";

/** What was read of a file, and what it takes of the memory. */
interface Kept<T> {
  readonly value: Promise<T>;
  weight: number;
}

export interface ReadOnceOptions<T> {
  /** Bytes of memory that a value takes, about. */
  readonly weigh: (value: T) => number;
  /** Of all that is kept, but the newest one is. */
  readonly limit: number;
  /** How many are read at a time; others wait. */
  readonly atOnce: number;
}

/**
 * What was read of files: once, however many ask for it at the same time, and kept for those who
 * ask later, up to a limit of memory. What was not asked for longest is forgotten first.
 */
export class ReadOnce<T> {
  readonly #options: ReadOnceOptions<T>;
  readonly #kept = new Map<string, Kept<T>>();
  readonly #reads: AtOnce;
  #weight = 0;

  constructor(options: ReadOnceOptions<T>) {
    this.#options = options;
    this.#reads = new AtOnce(options.atOnce);
  }

  /** What is kept, or is being read. */
  find(key: string): Promise<T> | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.value;
  }

  /** What is kept, or else what `read` gives; what it rejects with is not kept. */
  get(key: string, read: () => Promise<T>): Promise<T> {
    const known = this.find(key);
    if (known !== undefined) return known;
    const kept: Kept<T> = { value: this.#reads.run(read), weight: 0 };
    this.#kept.set(key, kept);
    kept.value.then(
      (value) => {
        kept.weight = this.#options.weigh(value);
        this.#weight += kept.weight;
        this.#forget();
      },
      () => this.#kept.delete(key),
    );
    return kept.value;
  }

  #forget(): void {
    for (const [key, { weight }] of this.#kept) {
      if (this.#weight <= this.#options.limit || this.#kept.size <= 1) return;
      // What is being read has no weight yet.
      if (weight === 0) continue;
      this.#kept.delete(key);
      this.#weight -= weight;
    }
  }
}
