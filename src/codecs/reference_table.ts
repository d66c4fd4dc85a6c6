import type { ByteReader } from "../bytes/mod.ts";
import { ProtocolError } from "../bytes/mod.ts";
import type { CopyBudget } from "./budget.ts";
import type { DataWriter, Ref } from "./data.ts";
import { discard } from "./discard_writer.ts";

/**
 * What a message's references can point at: where each container starts and ends in the input, and
 * what the writer called it. Entries are keyed by their offset, so that a range of the input can be
 * read a second time (to write a copy) without entering its containers twice.
 */
export class ReferenceTable {
  readonly #starts: number[] = [];
  /** End offset; 0 while the container is still open. */
  readonly #ends: number[] = [];
  readonly #refs: Ref[] = [];

  get length(): number {
    return this.#starts.length;
  }

  /** Enters the container whose marker is at `start`; returns its index. */
  open(start: number): number {
    const last = this.#starts.length - 1;
    if (last < 0 || start > this.#starts[last]!) {
      this.#ends.push(0);
      this.#refs.push(0);
      return this.#starts.push(start) - 1;
    }
    const index = lastAtMost(this.#starts, start);
    this.#ends[index] = 0;
    return index;
  }

  name(index: number, ref: Ref): void {
    if (ref !== 0) this.#refs[index] = ref;
  }

  close(index: number, end: number): void {
    this.#ends[index] = end;
  }

  /** Forgets the containers from `length` on. */
  truncate(length: number): void {
    this.#starts.length = this.#ends.length = this.#refs.length = length;
  }

  /**
   * Writes the container with this index again: by reference when the writer can, null for one that
   * is still open, else as a copy for which `reread` is called with the input at its start.
   */
  repeat(
    index: number,
    input: ByteReader,
    writer: DataWriter,
    budget: CopyBudget,
    reread: () => void,
  ): void {
    const start = this.#starts[index];
    if (start === undefined) {
      throw new ProtocolError(
        `reference ${index} is out of range, ${this.length} known`,
        input.offset,
      );
    }
    const ref = this.#refs[index]!;
    if (writer === discard || (ref !== 0 && writer.reference(ref))) return;
    const end = this.#ends[index]!;
    if (end === 0) return writer.null();
    budget.spend(end - start, input.offset);
    const after = input.offset;
    input.offset = start;
    reread();
    input.offset = after;
  }
}

/** Index of the last entry of the ascending `list` that is not above `value`; -1 without one. */
export function lastAtMost(list: readonly number[], value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
