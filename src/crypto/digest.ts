import { createHash, createHmac, getRandomValues, timingSafeEqual } from "node:crypto";

/** SHA-256 of the parts one after another; 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return digest("sha256", parts);
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
  return hmac("sha256", key, ...parts);
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
