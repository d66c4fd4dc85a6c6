import { encodeText, equalBytes, fromHex } from "../../../bytes/mod.ts";
import { hmacSha256 } from "../../../crypto/mod.ts";

/**
 * The handshake that Flash Player 9 and later want before they play H.264: each side hides a
 * SHA-256 digest in its 1536 bytes, at an offset that four of its bytes give. Published by many
 * implementations; not part of the RTMP specification.
 */

/** Where the digest's offset is given: behind time and version (0), or in the second half (1). */
export type DigestScheme = 0 | 1;

const DIGEST_SIZE = 32;

/** Position of the four bytes that give the offset, by scheme. */
const POINTER = [8, 772] as const;

/** Position of the four bytes that give the offset of the Diffie-Hellman key, by scheme. */
const KEY_POINTER = [1532, 768] as const;

/** Where the part of the block begins that holds the key, by scheme, and how far into it at most. */
const KEY_START = [772, 8] as const;
const KEY_RANGE = 632;
const KEY_SIZE = 128;

/** Largest offset of the digest from its pointer, in bytes. */
const DIGEST_RANGE = 728;

/** Second half of both keys. */
const SECRET = fromHex("f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae") ??
  new Uint8Array(0);

const PLAYER_NAME = encodeText("Genuine Adobe Flash Player 001");
const SERVER_NAME = encodeText("Genuine Adobe Flash Media Server 001");
const SERVER_KEY = new Uint8Array([...SERVER_NAME, ...SECRET]);

/** Offset of the digest in a C1 or S1. */
function digestOffset(block: Uint8Array, scheme: DigestScheme): number {
  const at = POINTER[scheme];
  const sum = block[at]! + block[at + 1]! + block[at + 2]! + block[at + 3]!;
  return at + 4 + sum % DIGEST_RANGE;
}

function digestOf(block: Uint8Array, offset: number, key: Uint8Array): Uint8Array {
  return hmacSha256(key, block.subarray(0, offset), block.subarray(offset + DIGEST_SIZE));
}

/** The digest of a client's C1 and its scheme; undefined when it has none. */
export function findDigest(
  c1: Uint8Array,
): { readonly scheme: DigestScheme; readonly digest: Uint8Array } | undefined {
  for (const scheme of [1, 0] as const) {
    const offset = digestOffset(c1, scheme);
    const digest = c1.subarray(offset, offset + DIGEST_SIZE);
    if (equalBytes(digest, digestOf(c1, offset, PLAYER_NAME))) return { scheme, digest };
  }
  return undefined;
}

/** Where a C1 or S1 has the public key of its sender. */
export function publicKeyIn(block: Uint8Array, scheme: DigestScheme): Uint8Array {
  const at = KEY_POINTER[scheme];
  const sum = block[at]! + block[at + 1]! + block[at + 2]! + block[at + 3]!;
  const start = KEY_START[scheme] + sum % KEY_RANGE;
  return block.subarray(start, start + KEY_SIZE);
}

/** Puts the server's digest into an S1. */
export function signS1(s1: Uint8Array, scheme: DigestScheme): void {
  const offset = digestOffset(s1, scheme);
  s1.set(digestOf(s1, offset, SERVER_NAME), offset);
}

/** Ends an S2 with the proof that the client's digest was seen. */
export function signS2(s2: Uint8Array, clientDigest: Uint8Array): void {
  const key = hmacSha256(SERVER_KEY, clientDigest);
  const end = s2.length - DIGEST_SIZE;
  s2.set(hmacSha256(key, s2.subarray(0, end)), end);
}
