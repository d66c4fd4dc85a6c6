/** Bytes of a subject between two counts. */
const SLICE = 65_536;

/**
 * Finds bytes in others without going back in them (Knuth, Morris and Pratt, 1977): however alike
 * the two are, it takes time in proportion to the subject.
 */
export class PlainSearch {
  readonly wanted: Uint8Array;
  /** For each length of a match so far: how much of it also begins the wanted bytes. */
  readonly #borders: Uint32Array;
  readonly #count: (steps: number) => void;

  /** @param count told of the bytes that were looked at; it may throw */
  constructor(wanted: Uint8Array, count: (steps: number) => void) {
    this.wanted = wanted;
    this.#count = count;
    const borders = this.#borders = new Uint32Array(wanted.length + 1);
    for (let i = 1, border = 0; i < wanted.length; i++) {
      while (border > 0 && wanted[i] !== wanted[border]) border = borders[border] as number;
      if (wanted[i] === wanted[border]) border++;
      borders[i + 1] = border;
    }
    count(wanted.length);
  }

  /** Where the first match from `start` on begins; -1 without one. */
  next(subject: Uint8Array, start: number): number {
    const { wanted } = this;
    const borders = this.#borders;
    if (wanted.length === 0) return start;
    let matched = 0;
    for (let at = start; at < subject.length;) {
      const begin = at;
      const end = Math.min(at + SLICE, subject.length);
      for (; at < end; at++) {
        while (matched > 0 && subject[at] !== wanted[matched]) matched = borders[matched] as number;
        if (subject[at] === wanted[matched]) matched++;
        if (matched < wanted.length) continue;
        this.#count(at + 1 - begin);
        return at + 1 - wanted.length;
      }
      this.#count(end - begin);
    }
    return -1;
  }
}
