import { Buffer } from "node:buffer";
import { getDiffieHellman } from "node:crypto";
import { randomBytes } from "./digest.ts";

/** A MODP group by its IKE number: 1024 (RFC 2409), 2048 and 4096 bits (RFC 3526). */
export type DiffieHellmanGroup = 2 | 14 | 16;

interface Parameters {
  readonly prime: bigint;
  readonly bytes: number;
  /** Bits of a private exponent: twice the strength of the group (RFC 3526 §8). */
  readonly exponentBits: number;
}

const WINDOW_BITS = 4n;
const WINDOW_MASK = 15n;
/** Public keys this near to 0 or to the prime are refused (RFC 7425 §4.6.2). */
const MARGIN = 1n << 24n;

const NAMES = { 2: "modp2", 14: "modp14", 16: "modp16" } as const;
const EXPONENT_BITS = { 2: 256, 14: 256, 16: 384 } as const;
const known = new Map<DiffieHellmanGroup, Parameters>();

/** Whether a group of that number (RFC 2409, RFC 3526) is there. */
export function isDiffieHellmanGroup(number: number): number is DiffieHellmanGroup {
  return number === 2 || number === 14 || number === 16;
}

/** One key pair, generator 2. Numbers travel as big-endian bytes. */
export class DiffieHellman {
  readonly group: DiffieHellmanGroup;
  /** As many bytes as the prime has. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly #private: bigint;

  constructor(group: DiffieHellmanGroup) {
    const { prime, bytes, exponentBits } = parametersOf(group);
    this.group = group;
    let publicNumber: bigint;
    do {
      this.#private = toNumber(randomBytes(exponentBits / 8));
      publicNumber = power(2n, this.#private, prime);
    } while (!isAcceptable(publicNumber, prime));
    this.publicKey = toBytes(publicNumber, bytes);
  }

  /**
   * The shared secret without leading zero bytes, as Flash has it; undefined when the other side's
   * key is one that gives the secret away.
   */
  sharedSecret(otherPublicKey: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    const { prime, bytes } = parametersOf(this.group);
    if (otherPublicKey.length > bytes) return undefined;
    const other = toNumber(otherPublicKey);
    if (!isAcceptable(other, prime)) return undefined;
    const secret = toBytes(power(other, this.#private, prime), bytes);
    let start = 0;
    while (secret[start] === 0) start++;
    return secret.slice(start);
  }
}

function parametersOf(group: DiffieHellmanGroup): Parameters {
  let found = known.get(group);
  if (!found) {
    const prime = getDiffieHellman(NAMES[group]).getPrime();
    found = { prime: toNumber(prime), bytes: prime.length, exponentBits: EXPONENT_BITS[group] };
    known.set(group, found);
  }
  return found;
}

function isAcceptable(publicNumber: bigint, prime: bigint): boolean {
  return publicNumber > MARGIN && publicNumber < prime - MARGIN;
}

/** `base` to the power of `exponent` modulo `prime`, four bits of the exponent at a time. */
function power(base: bigint, exponent: bigint, prime: bigint): bigint {
  const table = [1n];
  for (let i = 1; i < 16; i++) table.push((table[i - 1]! * base) % prime);
  const digits: number[] = [];
  for (let rest = exponent; rest > 0n; rest >>= WINDOW_BITS) {
    digits.push(Number(rest & WINDOW_MASK));
  }
  let result = 1n;
  for (let i = digits.length - 1; i >= 0; i--) {
    for (let square = 0; square < 4; square++) result = (result * result) % prime;
    result = (result * table[digits[i]!]!) % prime;
  }
  return result;
}

function toNumber(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return hex === "" ? 0n : BigInt(`0x${hex}`);
}

function toBytes(number: bigint, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(number.toString(16).padStart(length * 2, "0"), "hex"));
}
