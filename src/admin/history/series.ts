/** Samples of the last hour: one each five seconds. */
export const SAMPLES = 720;

const FIRST_SIZE = 60;

/** The newest numbers of one kind, in memory that grows up to a limit. */
export class Series {
  #values = new Float32Array(FIRST_SIZE);
  /** How many were added, of which the newest are kept. */
  #count = 0;

  add(value: number): void {
    if (this.#count === this.#values.length && this.#count < SAMPLES) {
      const grown = new Float32Array(Math.min(SAMPLES, 2 * this.#count));
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#count++ % this.#values.length] = value;
  }

  /** The newest; 0 before the first. */
  get last(): number {
    return this.#count === 0 ? 0 : this.#values[(this.#count - 1) % this.#values.length]!;
  }

  /** The newest values, up to that number, the newest last. */
  newest(count: number): number[] {
    const size = this.#values.length;
    const length = Math.min(count, this.length);
    return Array.from({ length }, (_, at) => this.#values[(this.#count - length + at) % size]!);
  }

  get length(): number {
    return Math.min(this.#count, this.#values.length);
  }

  /** From the oldest to the newest, each rounded to what curves show. */
  *[Symbol.iterator](): Generator<number> {
    const size = this.#values.length;
    for (let at = this.#count - this.length; at < this.#count; at++) {
      yield Math.round(this.#values[at % size]! * 100) / 100;
    }
  }
}
