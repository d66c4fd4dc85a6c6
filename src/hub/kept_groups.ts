import type { ChainedMessage } from "./chained_message.ts";

/** Bytes that the kept groups of all publications may have together. */
export class GroupBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Takes bytes, or gives back a negative number of them; false when they are too many. */
  takeRoom(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
}

/**
 * The group of pictures that runs, and the one before it, kept from their key frames on for
 * newcomers, within limits.
 */
export class KeptGroups {
  readonly #limit: number;
  readonly #budget: GroupBudget;
  /** The messages before their key frames, the older one first. */
  #starts: ChainedMessage[] = [];
  #size = 0;

  /** @param limit in bytes of both together */
  constructor(limit: number, budget: GroupBudget) {
    this.#limit = limit;
    this.#budget = budget;
  }

  /** The message before that many groups, or before those that are kept; undefined for none. */
  start(groups: number): ChainedMessage | undefined {
    return groups === 0 ? undefined : this.#starts.at(-groups) ?? this.#starts[0];
  }

  /** A key frame follows this message. */
  begin(before: ChainedMessage): void {
    this.#starts = [...this.#starts.slice(-1), before];
  }

  /** The publication has grown to `position`: of groups that are too large the older one goes first. */
  grow(position: number): void {
    while (this.#starts.length > 0) {
      const size = position - this.#starts[0]!.position;
      if (size <= this.#limit && this.#budget.takeRoom(size - this.#size)) {
        this.#size = size;
        return;
      }
      this.#starts.shift();
    }
    this.drop();
  }

  drop(): void {
    this.#budget.takeRoom(-this.#size);
    this.#size = 0;
    this.#starts = [];
  }
}
