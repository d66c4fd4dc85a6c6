import { BLOCK } from "./aes_field.ts";
import { decryption, encryption } from "./aes_tables.ts";
import { KEYS, MAX_PACKET, PACKET, packetMemory } from "./packet_memory.ts";

/** Encrypts packets in place by AES-128-CBC with a zero initialisation vector each (RFC 7425 §4.5). */
export class PacketEncryption {
  readonly #keys: Uint8Array;

  /** `key` has 16 bytes. */
  constructor(key: Uint8Array) {
    this.#keys = encryption.keysOf(checkedKey(key));
  }

  /** Encrypts bytes `start` to `end`, a positive multiple of 16. */
  apply(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const { code, bytes: memory } = packetMemory();
    bring(bytes, start, end, PACKET);
    memory.set(this.#keys, KEYS);
    code.encrypt(KEYS, PACKET - BLOCK, PACKET - BLOCK + end - start);
    take(bytes, start, end, PACKET);
  }
}

/** Decrypts packets that were encrypted as {@link PacketEncryption} does, in any order. */
export class PacketDecryption {
  readonly #keys: Uint8Array;

  /** `key` has 16 bytes. */
  constructor(key: Uint8Array) {
    this.#keys = decryption.keysOf(checkedKey(key));
  }

  /** Decrypts bytes `start` to `end`, a positive multiple of 16. */
  apply(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const { code, bytes: memory } = packetMemory();
    bring(bytes, start, end, PACKET);
    memory.set(this.#keys, KEYS);
    code.decrypt(KEYS, PACKET - BLOCK, PACKET - BLOCK + end - start);
    take(bytes, start, end, PACKET);
  }
}

function checkedKey(key: Uint8Array): Uint8Array {
  if (key.length !== BLOCK) throw new RangeError(`AES-128 key of ${key.length} bytes, not 16`);
  return key;
}

/** Copies a packet into the memory, behind a zero initialisation vector. */
function bring(bytes: Uint8Array, start: number, end: number, at: number): void {
  const length = end - start;
  if (length <= 0 || length % BLOCK !== 0 || length > MAX_PACKET) {
    throw new RangeError(`${length} bytes are not whole AES blocks, up to ${MAX_PACKET}`);
  }
  const memory = packetMemory().bytes;
  memory.fill(0, at - BLOCK, at);
  memory.set(bytes.subarray(start, end), at);
}

function take(bytes: Uint8Array, start: number, end: number, at: number): void {
  bytes.set(packetMemory().bytes.subarray(at, at + end - start), start);
}
