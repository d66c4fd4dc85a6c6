import { ProtocolError } from "../bytes/mod.ts";
import type { DataReader } from "./data.ts";
import { COPY_BUDGET, COPY_COST, COPY_FACTOR } from "./limits.ts";
import { SizeWriter } from "./size_writer.ts";

/** Counts what a message makes its reader read again; past the limit the message is refused. */
export class CopyBudget {
  readonly #limit: number;
  #left: number;

  /** For a message of `size` bytes. */
  constructor(size: number) {
    this.#left = this.#limit = copyLimit(size);
  }

  /** Throws ProtocolError when copying `bytes` more goes past the budget. */
  spend(bytes: number, offset?: number): void {
    this.#left -= bytes + COPY_COST;
    if (this.#left < 0) {
      throw repeatsTooMuch(this.#limit, offset);
    }
  }
}

/** The refusal of values that grow past `limit` bytes where references are copies. */
export function repeatsTooMuch(limit: number, offset?: number): ProtocolError {
  return new ProtocolError(`more than ${limit} bytes by repeating the same values`, offset);
}

/**
 * How many bytes the values of a reader may grow to where their references are copies. They are
 * measured for it, each container once: only those that passed COPY_BUDGET are worth it.
 */
export function growthLimit(values: DataReader): number {
  const size = new SizeWriter();
  values.read(size);
  return copyLimit(size.total);
}

function copyLimit(size: number): number {
  return Math.max(COPY_BUDGET, size * COPY_FACTOR);
}
