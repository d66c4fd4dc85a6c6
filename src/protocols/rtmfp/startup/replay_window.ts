const WINDOW = 1024;
const WORD = 32;

/**
 * Which session sequence numbers have been seen (RFC 7425 §4.6.5): exact for the last 1024, and
 * everything older counts as seen.
 */
export class ReplayWindow {
  readonly #bits = new Uint32Array(WINDOW / WORD);
  #highest = -1;

  has(sequence: number): boolean {
    if (sequence > this.#highest) return false;
    if (sequence <= this.#highest - WINDOW) return true;
    const bit = sequence % WINDOW;
    return (this.#bits[bit >>> 5]! & (1 << (bit & 31))) !== 0;
  }

  addSequence(sequence: number): void {
    if (sequence > this.#highest) {
      const first = Math.max(this.#highest + 1, sequence - WINDOW + 1);
      for (let skipped = first; skipped < sequence; skipped++) this.#set(skipped % WINDOW, false);
      this.#highest = sequence;
    } else if (sequence <= this.#highest - WINDOW) return;
    this.#set(sequence % WINDOW, true);
  }

  #set(bit: number, seen: boolean): void {
    const mask = 1 << (bit & 31);
    if (seen) this.#bits[bit >>> 5]! |= mask;
    else this.#bits[bit >>> 5]! &= ~mask;
  }
}
