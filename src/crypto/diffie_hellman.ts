import { getDiffieHellman } from "node:crypto";
import { randomBytes } from "./digest.ts";
import type { CryptoEngine, Modulus } from "./engine.ts";
import { cryptoEngine } from "./engines.ts";
import { toNumber } from "./modulus.ts";
import type { PowerThread } from "./power_worker.ts";

/** A MODP group by its IKE number: 1024 (RFC 2409), 2048 and 4096 bits (RFC 3526). */
export type DiffieHellmanGroup = 2 | 14 | 16;

/** What a key agreement came to. */
export interface Agreement {
  /** Of the pair that was made for it; as many bytes as the prime has. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** Without leading zero bytes, as Flash has it. */
  readonly secret: Uint8Array<ArrayBuffer>;
}

interface Parameters {
  readonly prime: bigint;
  readonly primeBytes: Uint8Array;
  /** Bits of a private exponent: twice the strength of the group (RFC 3526 §8). */
  readonly exponentBits: number;
}

/** Public keys this near to 0 or to the prime are refused (RFC 7425 §4.6.2). */
const MARGIN = 1n << 24n;

const NAMES = { 2: "modp2", 14: "modp14", 16: "modp16" } as const;
const EXPONENT_BITS = { 2: 256, 14: 256, 16: 384 } as const;
const known = new Map<DiffieHellmanGroup, Parameters>();
const moduli = new WeakMap<CryptoEngine, Map<DiffieHellmanGroup, Modulus>>();

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
    this.group = group;
    do {
      this.#private = newExponent(group);
      this.publicKey = modulusOf(group).powerOfTwo(this.#private);
    } while (!isAcceptable(group, this.publicKey));
  }

  /**
   * The shared secret without leading zero bytes, as Flash has it; undefined when the other side's
   * key is one that gives the secret away.
   */
  sharedSecret(otherPublicKey: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    if (!isAcceptable(this.group, otherPublicKey)) return undefined;
    return withoutZeros(modulusOf(this.group).power(otherPublicKey, this.#private));
  }
}

/**
 * Makes a key pair and agrees with the owner of a public key; undefined when that is a key that
 * gives the secret away.
 */
export function agree(
  group: DiffieHellmanGroup,
  otherPublicKey: Uint8Array,
): Agreement | undefined {
  if (!isAcceptable(group, otherPublicKey)) return undefined;
  const keys = new DiffieHellman(group);
  const secret = keys.sharedSecret(otherPublicKey);
  return secret && { publicKey: keys.publicKey, secret };
}

/**
 * {@link agree} in another thread.
 * @throws Error when that has broken
 */
export async function agreeIn(
  thread: PowerThread,
  group: DiffieHellmanGroup,
  otherPublicKey: Uint8Array,
): Promise<Agreement | undefined> {
  if (!isAcceptable(group, otherPublicKey)) return undefined;
  const [publicKey, shared] = await thread.powers({
    modulus: parametersOf(group).primeBytes,
    exponent: newExponent(group),
    base: otherPublicKey,
  });
  // Of all exponents, less than one of 2^200 gives such a key.
  if (!isAcceptable(group, publicKey)) return undefined;
  return { publicKey, secret: withoutZeros(shared) };
}

function newExponent(group: DiffieHellmanGroup): Uint8Array<ArrayBuffer> {
  return randomBytes(parametersOf(group).exponentBits / 8);
}

function modulusOf(group: DiffieHellmanGroup): Modulus {
  const engine = cryptoEngine();
  const ofEngine = moduli.get(engine) ?? new Map<DiffieHellmanGroup, Modulus>();
  moduli.set(engine, ofEngine);
  const found = ofEngine.get(group) ?? engine.modulus(parametersOf(group).primeBytes);
  ofEngine.set(group, found);
  return found;
}

function parametersOf(group: DiffieHellmanGroup): Parameters {
  let found = known.get(group);
  if (!found) {
    const prime = getDiffieHellman(NAMES[group]).getPrime();
    found = {
      prime: toNumber(prime),
      primeBytes: Uint8Array.from(prime),
      exponentBits: EXPONENT_BITS[group],
    };
    known.set(group, found);
  }
  return found;
}

function isAcceptable(group: DiffieHellmanGroup, publicKey: Uint8Array): boolean {
  const { prime, primeBytes } = parametersOf(group);
  if (publicKey.length > primeBytes.length) return false;
  const number = toNumber(publicKey);
  return number > MARGIN && number < prime - MARGIN;
}

function withoutZeros(secret: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let start = 0;
  while (secret[start] === 0) start++;
  return secret.slice(start);
}
