/**
 * The arithmetic of AES (FIPS 197): bytes are polynomials over GF(2) modulo x^8+x^4+x^3+x+1. No
 * lookup or branch depends on a byte of a key or a block, so timing tells nothing of them.
 */
export function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = a;
  for (let bit = 0; bit < 8; bit++) {
    product ^= -((b >> bit) & 1) & shifted;
    shifted = (shifted << 1) ^ (-(shifted >> 7) & 0x11b);
  }
  return product & 0xff;
}

export function power(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if ((rest & 1) === 1) result = multiply(result, square);
    square = multiply(square, square);
  }
  return result;
}

/** 0 for 0. */
export function inverse(value: number): number {
  return power(value, 254);
}

/** The linear part of the S-box's affine transformation (§5.1.1). */
export function affine(value: number): number {
  const twice = value | (value << 8);
  return (value ^ (twice >> 7) ^ (twice >> 6) ^ (twice >> 5) ^ (twice >> 4)) & 0xff;
}

/** What the S-box adds after it. */
export const AFFINE_CONSTANT = 0x63;
export const BLOCK = 16;
export const ROUNDS = 10;
/** Bytes of all round keys. */
export const KEYS_LENGTH = BLOCK * (ROUNDS + 1);

/** InvMixColumns (§5.3.3): the factors of a byte and of those below it in its column. */
export const UNMIX = [14, 11, 13, 9] as const;

/** The round keys of a key of 16 bytes, one block each (§5.2). */
export function expandKey(key: Uint8Array): Uint8Array[] {
  const words = new Uint8Array(KEYS_LENGTH);
  words.set(key);
  let constant = 1;
  for (let at = BLOCK; at < words.length; at++) {
    const isFirst = at % BLOCK < 4;
    // The word before, of which the first of each block takes the bytes one further on.
    const before = words[at - (isFirst && at % 4 !== 3 ? 3 : isFirst ? 7 : 4)]!;
    const added = isFirst ? affine(inverse(before)) ^ AFFINE_CONSTANT : before;
    words[at] = words[at - BLOCK]! ^ added;
    if (at % BLOCK !== 0) continue;
    words[at]! ^= constant;
    constant = multiply(constant, 2);
  }
  return Array.from({ length: ROUNDS + 1 }, (_, r) => words.subarray(r * BLOCK, (r + 1) * BLOCK));
}

/** A block whose columns are multiplied by the factors of {@link UNMIX}. */
export function unmixColumns(block: Uint8Array): Uint8Array {
  const mixed = new Uint8Array(BLOCK);
  for (let at = 0; at < BLOCK; at++) {
    const column = at - at % 4;
    for (let below = 0; below < 4; below++) {
      mixed[at]! ^= multiply(UNMIX[below]!, block[column + (at + below) % 4]!);
    }
  }
  return mixed;
}

/**
 * For each position of a block the position that its byte comes from, when rows are shifted as in
 * encryption (§5.1.2), as in decryption or not at all, and columns are then rotated up by `below`.
 */
export function shiftedRows(how: "encrypt" | "decrypt" | "not", below: number): Uint8Array {
  const step = { encrypt: 1, decrypt: 3, not: 0 }[how];
  return Uint8Array.from({ length: BLOCK }, (_, at) => {
    const row = (at + below) % 4;
    const column = Math.floor(at / 4);
    return row + 4 * ((column + step * row) % 4);
  });
}
