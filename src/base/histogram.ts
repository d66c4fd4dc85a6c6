import type { Distribution } from "./metric.ts";

/** Counts how often something took at most so long. */
export class Histogram implements Distribution {
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;

  /** @param bounds upper bounds, growing; what is above them all has a count of its own */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = Array(bounds.length + 1).fill(0);
  }

  add(value: number): void {
    this.sum += value;
    const bounds = this.bounds;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at++;
    this.counts[at]!++;
  }
}
