import { getDiffieHellman } from "node:crypto";
import { randomBytes } from "./digest.ts";
import { cryptoEngine } from "./engines.ts";
import { toNumber } from "./modular_power.ts";

/** A MODP group by its IKE number: 1024 (RFC 2409), 2048 and 4096 bits (RFC 3526). */
export type DiffieHellmanGroup = 2 | 14 | 16;

interface Parameters {
  readonly prime: bigint;
  readonly primeBytes: Uint8Array;
  readonly bytes: number;
  /** Bits of a private exponent: twice the strength of the group (RFC 3526 §8). */
  readonly exponentBits: number;
}

const GENERATOR = Uint8Array.of(2);
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
  readonly #private: Uint8Array;

  constructor(group: DiffieHellmanGroup) {
    const { prime, primeBytes, exponentBits } = parametersOf(group);
    this.group = group;
    do {
      this.#private = randomBytes(exponentBits / 8);
      this.publicKey = cryptoEngine().power(GENERATOR, this.#private, primeBytes);
    } while (!isAcceptable(toNumber(this.publicKey), prime));
  }

  /**
   * The shared secret without leading zero bytes, as Flash has it; undefined when the other side's
   * key is one that gives the secret away.
   */
  sharedSecret(otherPublicKey: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    const { prime, primeBytes, bytes } = parametersOf(this.group);
    if (otherPublicKey.length > bytes) return undefined;
    if (!isAcceptable(toNumber(otherPublicKey), prime)) return undefined;
    const secret = cryptoEngine().power(otherPublicKey, this.#private, primeBytes);
    let start = 0;
    while (secret[start] === 0) start++;
    return secret.slice(start);
  }
}

function parametersOf(group: DiffieHellmanGroup): Parameters {
  let found = known.get(group);
  if (!found) {
    const prime = getDiffieHellman(NAMES[group]).getPrime();
    found = {
      prime: toNumber(prime),
      primeBytes: Uint8Array.from(prime),
      bytes: prime.length,
      exponentBits: EXPONENT_BITS[group],
    };
    known.set(group, found);
  }
  return found;
}

function isAcceptable(publicNumber: bigint, prime: bigint): boolean {
  return publicNumber > MARGIN && publicNumber < prime - MARGIN;
}
