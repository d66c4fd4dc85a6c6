import { ProtocolError } from "../bytes/mod.ts";

/** Exponents past this are no number of a header. */
const MAX_GOLOMB = 31;

/** Reads bits front to back, the highest of each byte first. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;

  /** @param start the byte to begin at */
  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = bytes;
    this.#at = start * 8;
  }

  /** The next `count` bits, up to 53, as a number. @throws ProtocolError when they are not there */
  take(count: number): number {
    if (this.#at + count > this.#bytes.length * 8) {
      throw new ProtocolError(`${count} bits wanted past the end`, this.#at >> 3);
    }
    let value = 0;
    for (let left = count; left > 0; left--, this.#at++) {
      value = value * 2 + ((this.#bytes[this.#at >> 3]! >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  flag(): boolean {
    return this.take(1) === 1;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** Goes on at the next whole byte. */
  align(): void {
    this.#at = (this.#at + 7) & ~7;
  }

  /** An unsigned Exp-Golomb number (Rec. ITU-T H.264 §9.1). */
  golomb(): number {
    let zeros = 0;
    while (this.take(1) === 0) {
      if (++zeros > MAX_GOLOMB) throw new ProtocolError("a number too large", this.#at >> 3);
    }
    return 2 ** zeros - 1 + this.take(zeros);
  }

  /** A signed one (§9.1.1). */
  signedGolomb(): number {
    const value = this.golomb();
    return value % 2 === 1 ? (value + 1) / 2 : -value / 2;
  }
}

/** The bytes of a NAL unit without those that keep start codes out of it (H.264 §7.4.1). */
export function unescaped(unit: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(unit.length);
  let length = 0;
  let zeros = 0;
  for (const byte of unit) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}
