import type { SequenceRange } from "../wire/acknowledgement.ts";

/**
 * A set of sequence numbers as ascending ranges that never touch. The first range starts at 0, so
 * that its end is the cumulative acknowledgement.
 */
export class SequenceSet {
  readonly #ranges: { from: number; to: number }[] = [{ from: 0, to: 0 }];

  /** Everything up to here is in the set. */
  get cumulative(): number {
    return this.#ranges[0]!.to;
  }

  /** How many gaps there are below the highest number. */
  get gaps(): number {
    return this.#ranges.length - 1;
  }

  get ranges(): readonly SequenceRange[] {
    return this.#ranges;
  }

  has(number: number): boolean {
    const at = this.#at(number);
    return number <= this.#ranges[at]!.to;
  }

  /** True when adding `number` would leave one gap more. */
  opensGap(number: number): boolean {
    const at = this.#at(number);
    const next = this.#ranges[at + 1];
    return number > this.#ranges[at]!.to + 1 && number + 1 !== next?.from;
  }

  addSequence(number: number): void {
    const ranges = this.#ranges;
    const at = this.#at(number);
    const range = ranges[at]!;
    if (number <= range.to) return;
    const next = ranges[at + 1];
    if (number === range.to + 1) {
      range.to = number;
      if (next?.from === number + 1) {
        range.to = next.to;
        ranges.splice(at + 1, 1);
      }
    } else if (next?.from === number + 1) next.from = number;
    else ranges.splice(at + 1, 0, { from: number, to: number });
  }

  /** Adds every number up to `number`; returns how many of them were missing. */
  addThrough(number: number): number {
    const ranges = this.#ranges;
    const first = ranges[0]!;
    if (number <= first.to) return 0;
    let missing = number - first.to;
    first.to = number;
    let merged = 1;
    while (merged < ranges.length && ranges[merged]!.from <= first.to + 1) {
      const { from, to } = ranges[merged]!;
      missing -= Math.max(0, Math.min(to, number) - from + 1);
      first.to = Math.max(first.to, to);
      merged++;
    }
    ranges.splice(1, merged - 1);
    return missing;
  }

  /** Index of the last range that starts at or before `number`; new numbers are mostly the highest. */
  #at(number: number): number {
    const ranges = this.#ranges;
    let high = ranges.length - 1;
    if (number >= ranges[high]!.from) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (ranges[middle]!.from <= number) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
