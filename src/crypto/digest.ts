import { createHash, createHmac, getRandomValues, timingSafeEqual } from "node:crypto";
import { finish, LONG, WasmHmac } from "./packet_hmac.ts";
import { CODE, HEADROOM, type PacketSlice, sharedMemory, STATE } from "./packet_memory.ts";
import { BLOCK, INITIAL } from "./sha256_code.ts";

/** Bytes of a message up to which our HMAC takes less time than the objects of node:crypto. */
const SHORT = 4096;

/** SHA-256 of the parts one after another; 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  if (lengthOf(parts) >= LONG) return digest("sha256", parts);
  const { start, end, buffer } = gathered(parts);
  const { code, state, result } = buffer.memory;
  state.set(INITIAL);
  code.compress(
    STATE,
    buffer.at + start,
    buffer.at + finish(buffer.bytes, start, end, end - start),
  );
  code.digest(STATE, CODE);
  return result.slice();
}

/** SHA-1 of the parts one after another; 20 bytes. For WebSocket-era protocols, not for security. */
export function sha1(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return digest("sha1", parts);
}

/** MD5 of the parts one after another; 16 bytes. For entity tags and old protocols, not for security. */
export function md5(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return digest("md5", parts);
}

/** HMAC-SHA-256 (RFC 2104) of the parts one after another; 32 bytes. */
export function hmacSha256(
  key: Uint8Array,
  ...parts: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  return hmacSha256By(key)(...parts);
}

/** HMACs with one key, whose own part of the work is done once. */
export type KeyedHmac = (...parts: readonly Uint8Array[]) => Uint8Array<ArrayBuffer>;

/** {@link hmacSha256} of many messages. */
export function hmacSha256By(key: Uint8Array): KeyedHmac {
  const short = key.length > BLOCK ? sha256(key) : key.slice();
  const keyed = new WasmHmac(short);
  return (...parts) => {
    if (lengthOf(parts) > SHORT) return hmac("sha256", short, ...parts);
    return keyed.of(gathered(parts)).slice();
  };
}

/** Hashes that scripts may name. */
export const HASHES = ["sha256", "sha512", "sha1", "md5"] as const;
export type Hash = typeof HASHES[number];

export function isHash(name: string): name is Hash {
  return (HASHES as readonly string[]).includes(name);
}

/** The HMAC (RFC 2104) of the parts one after another. */
export function hmac(
  hash: Hash,
  key: Uint8Array,
  ...parts: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  const made = createHmac(hash, key);
  for (const part of parts) made.update(part);
  return new Uint8Array(made.digest());
}

/** `count` bytes from the system's cryptographic generator. */
export function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  return getRandomValues(new Uint8Array(count));
}

/** Compares two secrets in a time that does not depend on where they differ. */
export function sameSecret(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function digest(algorithm: string, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

function lengthOf(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

/** The parts, of at most SHORT bytes, one after another in memory that is free until the next call. */
function gathered(parts: readonly Uint8Array[]): PacketSlice {
  const [, , buffer] = sharedMemory().buffers;
  let end = HEADROOM;
  for (const part of parts) {
    buffer.bytes.set(part, end);
    end += part.length;
  }
  return { buffer, start: HEADROOM, end };
}
