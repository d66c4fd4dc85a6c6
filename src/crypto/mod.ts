/** Digests, Diffie-Hellman, AES-CBC packets and RC4, on top of node:crypto. */
export { DiffieHellman, type DiffieHellmanGroup, isDiffieHellmanGroup } from "./diffie_hellman.ts";
export {
  HASHES,
  hmac,
  hmacSha256,
  isHash,
  md5,
  randomBytes,
  sameSecret,
  sha1,
  sha256,
} from "./digest.ts";
export type { CryptoEngine, PacketDecryption, PacketEncryption, PacketHmac } from "./engine.ts";
export { cryptoEngine, plainEngine, useCryptoEngine } from "./engines.ts";
export { openNativeEngine } from "./native/engine.ts";
export {
  HEADROOM,
  type PacketBuffer,
  PacketMemory,
  type PacketSlice,
  sharedMemory,
} from "./packet_memory.ts";
export { Rc4 } from "./rc4.ts";
