import type { PacketSlice } from "./packet_memory.ts";

/** Encrypts packets in place by AES-128-CBC with a zero initialisation vector each (RFC 7425 §4.5). */
export interface PacketEncryption {
  /** Encrypts a packet of whole blocks. */
  apply(slice: PacketSlice): void;
  /** Encrypts a packet, and a second one of the same memory with its own key. */
  applyTwo(first: PacketSlice, other: PacketEncryption, second: PacketSlice): void;
}

/** Decrypts packets that were encrypted as {@link PacketEncryption} does, in any order. */
export interface PacketDecryption {
  /** Decrypts a packet of whole blocks. */
  apply(slice: PacketSlice): void;
}

/** HMAC-SHA-256 (RFC 2104) of packets with one key. */
export interface PacketHmac {
  /** 32 bytes, valid until the next call; headroom and tailroom of the packet may be written to. */
  of(slice: PacketSlice): Uint8Array<ArrayBuffer>;
}

/** One implementation of what protects packets. */
export interface CryptoEngine {
  /** `key` has 16 bytes. @throws RangeError */
  encryption(key: Uint8Array): PacketEncryption;
  /** `key` has 16 bytes. @throws RangeError */
  decryption(key: Uint8Array): PacketDecryption;
  /** `key` has at most 64 bytes. @throws RangeError */
  hmac(key: Uint8Array): PacketHmac;
  /**
   * Powers modulo an odd number of big-endian bytes.
   * @throws RangeError for an even one
   */
  modulus(modulus: Uint8Array): Modulus;
  /** It calls the system's libraries. */
  readonly isNative: boolean;
}

/** Powers modulo one number; numbers are big-endian bytes, and a result has as many as the modulus. */
export interface Modulus {
  power(base: Uint8Array, exponent: Uint8Array): Uint8Array<ArrayBuffer>;
  powerOfTwo(exponent: Uint8Array): Uint8Array<ArrayBuffer>;
}
