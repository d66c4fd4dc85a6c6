import { systemClock } from "../../base/mod.ts";

/** Milliseconds in which files are read before the server does something else. */
const SLICE = 8;

/**
 * The time that reading of files takes, all players' together: parts of a file that are in memory
 * are looked at without any I/O, and thousands of them would let no other work have a turn.
 */
class Slices {
  #end = 0;
  #isDue = false;
  readonly #waiting: (() => void)[] = [];

  /** Undefined while there is time left; else it is resolved when the others had theirs. */
  rest(): Promise<void> | undefined {
    if (systemClock.now() < this.#end) return undefined;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#await();
    });
  }

  #await(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    systemClock.after(0, this.#turn);
  }

  readonly #turn = (): void => {
    this.#isDue = false;
    this.#end = systemClock.now() + SLICE;
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) this.#await();
  };
}

export const slices = new Slices();
