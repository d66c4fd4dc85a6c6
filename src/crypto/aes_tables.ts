import {
  affine,
  AFFINE_CONSTANT,
  BLOCK,
  expandKey,
  inverse,
  KEYS_LENGTH,
  multiply,
  power,
  ROUNDS,
  unmixColumns,
} from "./aes_field.ts";

/**
 * AES by lookups of 16 bytes, which vector instructions do in a register: neither time nor caches
 * tell of the key (Hamburg, "Accelerating AES with Vector Permute Instructions", 2009).
 *
 * A byte is i·z + j·z̄ with i and j in the subfield of 16 elements, z̄ the conjugate of z and
 * z + z̄ = 1; it is held as two nibbles, i and k = i + j. With v = z·z̄ its inverse is (i·z̄ + j·z)/N,
 * N = i·j + v·k². From
 *
 *     p = j + 1/(1/i + 1/(v·k))     q = i + 1/(1/j + 1/(v·k))
 *
 * it is (z̄ + v)/p + (z + v)/q: anything linear of the inverse is the sum of a lookup by p and one by
 * q. 1/0 is INFINITE, which makes a lookup give 0: its reciprocal, and the inverse of 0.
 */
const INFINITE = 0x80;
const NIBBLES = [...Array(16).keys()];
const BYTES = [...Array(256).keys()];

const root = find((x) => x > 1 && (power(x, 4) ^ x ^ 1) === 0);
/** The subfield's elements by their nibbles: sums of the powers of a root of x⁴+x+1. */
const subfield = NIBBLES.map((nibble) =>
  [0, 1, 2, 3].reduce((sum, bit) => sum ^ ((nibble >> bit) & 1 ? power(root, bit) : 0), 0)
);
const z = find((x) => (power(x, 16) ^ x) === 1);
const conjugate = power(z, 16);
const norm = multiply(z, conjugate);

/** From a byte to its nibbles, k below. */
const split = inverseOf(unsplit);

function unsplit(nibbles: number): number {
  const i = nibbles >> 4;
  const j = i ^ (nibbles & 15);
  return multiply(subfield[i]!, z) ^ multiply(subfield[j]!, conjugate);
}

/** Two lookups whose sum is a function of a byte. */
export type Pair = readonly [Uint8Array, Uint8Array];

/** Reciprocals of nibbles, and of nibbles times v. */
export const reciprocals = byNibble((x) => nibbleOf(inverse(x)), INFINITE);
export const reciprocalsTimesV = byNibble((x) => nibbleOf(inverse(multiply(norm, x))), INFINITE);

/** One direction of the cipher. */
export interface Direction {
  readonly name: "encrypt" | "decrypt";
  /** From a block's bytes to the form in which rounds have them: by low and by high nibble. */
  readonly enter: Pair;
  /** A multiple of the substituted byte, in the form of rounds. */
  multiple(factor: number): Pair;
  /** The substituted byte itself, after the last round. */
  readonly leave: Pair;
  /** Round keys for it, in order. */
  keysOf(key: Uint8Array): Uint8Array<ArrayBuffer>;
}

/** Substitution here is inversion, then `affine`; its constant goes into the round keys. */
export const encryption: Direction = {
  name: "encrypt",
  enter: ofByte(split),
  multiple: (factor) => ofInverse((byte) => split(multiply(factor, affine(byte)))),
  leave: ofInverse(affine),
  keysOf: (key) =>
    inRounds(expandKey(key), (roundKey, round) => {
      const added = round === 0 ? 0 : AFFINE_CONSTANT;
      if (round === ROUNDS) return roundKey.map((byte) => byte ^ added);
      return roundKey.map((byte) => split(byte ^ added));
    }),
};

/** The equivalent inverse cipher (FIPS 197 §5.3.5): the affine part is undone before inversion. */
const enterDecryption = inverseOf((nibbles) => affine(unsplit(nibbles)));
export const decryption: Direction = {
  name: "decrypt",
  enter: ofByte(enterDecryption),
  multiple: (factor) => ofInverse((byte) => enterDecryption(multiply(factor, byte))),
  leave: ofInverse((byte) => byte),
  keysOf: (key) =>
    inRounds(expandKey(key).reverse(), (roundKey, round) => {
      if (round === ROUNDS) return roundKey;
      const mixed = round === 0 ? roundKey : unmixColumns(roundKey);
      return mixed.map((byte) => enterDecryption(byte ^ AFFINE_CONSTANT));
    }),
};

/** The inverse of a linear map of bytes, without a lookup. */
function inverseOf(map: (byte: number) => number): (byte: number) => number {
  const table = new Uint8Array(256);
  for (const byte of BYTES) table[map(byte)] = byte;
  return (byte) => {
    let sum = 0;
    for (let bit = 0; bit < 8; bit++) sum ^= -((byte >> bit) & 1) & table[1 << bit]!;
    return sum;
  };
}

/** Lookups by p and by q that add up to a linear function of the inverse. */
function ofInverse(map: (inverse: number) => number): Pair {
  const by = (weight: number) => byNibble((x) => map(multiply(inverse(x), weight)), 0);
  return [by(conjugate ^ norm), by(z ^ norm)];
}

/** Lookups by low and by high nibble that add up to a linear function of a byte. */
function ofByte(map: (byte: number) => number): Pair {
  return [Uint8Array.from(NIBBLES, map), Uint8Array.from(NIBBLES, (high) => map(high << 4))];
}

/** The nibble of an element of the subfield, which is i = j and so k = 0. */
function nibbleOf(element: number): number {
  return split(element) >> 4;
}

function byNibble(map: (element: number) => number, ofZero: number): Uint8Array {
  return Uint8Array.from(NIBBLES, (nibble) => nibble === 0 ? ofZero : map(subfield[nibble]!));
}

function inRounds(
  roundKeys: readonly Uint8Array[],
  map: (roundKey: Uint8Array, round: number) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  const keys = new Uint8Array(KEYS_LENGTH);
  for (const [round, key] of roundKeys.entries()) keys.set(map(key, round), round * BLOCK);
  return keys;
}

function find(condition: (byte: number) => boolean): number {
  const found = BYTES.find(condition);
  if (found === undefined) throw new Error("the field has no such element");
  return found;
}
