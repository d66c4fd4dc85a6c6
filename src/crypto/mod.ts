/** Digests, Diffie-Hellman, AES-CBC packets and RC4, on top of node:crypto. */
export {
  agree,
  agreeIn,
  type Agreement,
  DiffieHellman,
  type DiffieHellmanGroup,
  isDiffieHellmanGroup,
} from "./diffie_hellman.ts";
export {
  HASHES,
  hmac,
  hmacSha256,
  hmacSha256By,
  isHash,
  type KeyedHmac,
  md5,
  randomBytes,
  sameSecret,
  sha1,
  sha256,
} from "./digest.ts";
export type {
  CryptoEngine,
  Modulus,
  PacketDecryption,
  PacketEncryption,
  PacketHmac,
} from "./engine.ts";
export { cryptoEngine, plainEngine, useCryptoEngine } from "./engines.ts";
export { openNativeEngine } from "./native/engine.ts";
export {
  HEADROOM,
  type PacketBuffer,
  PacketMemory,
  type PacketSlice,
  sharedMemory,
} from "./packet_memory.ts";
export { type PowerJob, type Powers, type PowerThread, PowerWorker } from "./power_worker.ts";
export { Rc4 } from "./rc4.ts";
