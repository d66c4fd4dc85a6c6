/** Digests, Diffie-Hellman, AES-CBC packets and RC4, on top of node:crypto. */
export { PacketDecryption, PacketEncryption } from "./aes_packet.ts";
export { DiffieHellman, type DiffieHellmanGroup, isDiffieHellmanGroup } from "./diffie_hellman.ts";
export { hmacSha256, md5, randomBytes, sameSecret, sha1, sha256 } from "./digest.ts";
export { PacketHmac } from "./packet_hmac.ts";
export {
  FRONT_ROOM,
  PacketMemory,
  type PacketPlace,
  type PacketRoom,
  sharedMemory,
} from "./packet_memory.ts";
export { Rc4 } from "./rc4.ts";
