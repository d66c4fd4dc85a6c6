import { SAMPLES, Series } from "./series.ts";

/** What an answer shows of curves: the newest value of each is that of `to`. */
export interface ShownCurves {
  /** Milliseconds between two samples. */
  readonly interval: number;
  /** When the oldest sample was taken, in milliseconds since the Unix epoch. */
  readonly from: number;
  readonly series: Readonly<Record<string, readonly number[]>>;
}

/** Several series that are sampled together. */
export class Curves<K extends string> {
  readonly #series: Readonly<Record<K, Series>>;

  constructor(names: readonly K[]) {
    this.#series = Object.fromEntries(names.map((name) => [name, new Series()])) as Record<
      K,
      Series
    >;
  }

  add(values: Readonly<Record<K, number>>): void {
    for (const [name, series] of this.#all) series.add(values[name]);
  }

  last(name: K): number {
    return this.#series[name].last;
  }

  /** The newest values, up to that number, the newest last. */
  newest(name: K, count: number): number[] {
    return this.#series[name].newest(count);
  }

  /** Those not older than `samples` of them. @param at when the newest was taken */
  show(at: number, interval: number, samples: number = SAMPLES): ShownCurves {
    const shown: Record<string, number[]> = {};
    let length = 0;
    for (const [name, series] of this.#all) {
      shown[name] = [...series].slice(-samples);
      length = shown[name].length;
    }
    return { interval, from: at - Math.max(0, length - 1) * interval, series: shown };
  }

  get #all(): [K, Series][] {
    return Object.entries(this.#series) as [K, Series][];
  }
}
