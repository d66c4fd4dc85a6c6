import { ProtocolError } from "../bytes/mod.ts";
import { COPY_BUDGET, COPY_COST, COPY_FACTOR } from "./limits.ts";

/** Counts what a message makes its reader read again; past the limit the message is refused. */
export class CopyBudget {
  #left: number;

  /** For a message of `size` bytes. */
  constructor(size: number) {
    this.#left = Math.max(COPY_BUDGET, size * COPY_FACTOR);
  }

  /** Throws ProtocolError when copying `bytes` more goes past the budget. */
  spend(bytes: number, offset?: number): void {
    this.#left -= bytes + COPY_COST;
    if (this.#left < 0) {
      throw new ProtocolError("the message repeats too much by reference", offset);
    }
  }
}
