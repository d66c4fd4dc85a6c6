import type { Modulus } from "./engine.ts";

/** Bits of an exponent that one multiplication takes. */
const DIGIT_BITS = 4;
const DIGITS = 2 ** DIGIT_BITS;

/** {@link Modulus} by the runtime's own integers. */
export class PlainModulus implements Modulus {
  readonly #modulus: bigint;
  readonly #length: number;
  /** For each digit of an exponent, the lowest first, the powers of 2 that it stands for. */
  readonly #powersOfTwo: (readonly bigint[])[] = [];

  /** @throws RangeError for an even number */
  constructor(modulus: Uint8Array) {
    this.#modulus = toNumber(modulus);
    this.#length = modulus.length;
    if (this.#modulus % 2n === 0n) throw new RangeError("the modulus is no odd number");
  }

  power(base: Uint8Array, exponent: Uint8Array): Uint8Array<ArrayBuffer> {
    const modulus = this.#modulus;
    const powers = this.#powersOf(toNumber(base) % modulus);
    let result = 1n % modulus;
    for (const digit of digits(exponent)) {
      for (let bit = 0; bit < DIGIT_BITS; bit++) result = (result * result) % modulus;
      result = (result * powers[digit]!) % modulus;
    }
    return this.#toBytes(result);
  }

  /** A multiplication for each digit: four fifths of the work are in the tables. */
  powerOfTwo(exponent: Uint8Array): Uint8Array<ArrayBuffer> {
    const modulus = this.#modulus;
    let result = 1n % modulus;
    for (const [place, digit] of digits(exponent).reverse().entries()) {
      result = (result * this.#powersOfTwoAt(place)[digit]!) % modulus;
    }
    return this.#toBytes(result);
  }

  #powersOfTwoAt(place: number): readonly bigint[] {
    const tables = this.#powersOfTwo;
    while (tables.length <= place) {
      const last = tables.at(-1);
      const first = last === undefined ? 2n : last[1]! * last[DIGITS - 1]!;
      tables.push(this.#powersOf(first % this.#modulus));
    }
    return tables[place]!;
  }

  /** From the power of 0 on, one for each digit. */
  #powersOf(base: bigint): bigint[] {
    const powers = [1n % this.#modulus];
    while (powers.length < DIGITS) powers.push((powers.at(-1)! * base) % this.#modulus);
    return powers;
  }

  #toBytes(number: bigint): Uint8Array<ArrayBuffer> {
    return Uint8Array.fromHex(number.toString(16).padStart(this.#length * 2, "0"));
  }
}

/** Of big-endian bytes. */
export function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x0${bytes.toHex()}`);
}

/** The digits of a number of big-endian bytes, the highest first. */
function digits(bytes: Uint8Array): number[] {
  const found: number[] = [];
  for (const byte of bytes) found.push(byte >>> DIGIT_BITS, byte % DIGITS);
  return found;
}
