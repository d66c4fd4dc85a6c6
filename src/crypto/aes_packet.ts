import { BLOCK } from "./aes_field.ts";
import { decryption, encryption } from "./aes_tables.ts";
import { KEYS, MAX_PACKET, PACKET, PACKET_2, packetMemory } from "./packet_memory.ts";

/** Encrypts packets in place by AES-128-CBC with a zero initialisation vector each (RFC 7425 §4.5). */
export class PacketEncryption {
  readonly #keys: Uint8Array;

  /** `key` has 16 bytes. */
  constructor(key: Uint8Array) {
    this.#keys = encryption.keysOf(checkedKey(key));
  }

  /** Encrypts bytes `start` to `end`, a positive multiple of 16. */
  apply(bytes: Uint8Array, start = 0, end = bytes.length): void {
    applyOne("encrypt", this.#keys, bytes, start, end);
  }

  /** Encrypts two packets, which takes less than twice the time of one. */
  applyTwo(first: PacketPlace, second: PacketPlace): void {
    const { code, bytes: memory } = packetMemory();
    bring(first.bytes, first.start, first.end, PACKET);
    bring(second.bytes, second.start, second.end, PACKET_2);
    memory.set(this.#keys, KEYS);
    const at = PACKET - BLOCK;
    const at2 = PACKET_2 - BLOCK;
    const end = at + first.end - first.start;
    const end2 = at2 + second.end - second.start;
    const both = Math.min(end - at, end2 - at2);
    code.encryptTwo(KEYS, at, at + both, at2);
    if (at + both < end) code.encrypt(KEYS, at + both, end);
    if (at2 + both < end2) code.encrypt(KEYS, at2 + both, end2);
    take(first.bytes, first.start, first.end, PACKET);
    take(second.bytes, second.start, second.end, PACKET_2);
  }
}

/** Where a packet lies: bytes `start` to `end`, a positive multiple of 16. */
export interface PacketPlace {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
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
    applyOne("decrypt", this.#keys, bytes, start, end);
  }
}

function checkedKey(key: Uint8Array): Uint8Array {
  if (key.length !== BLOCK) throw new RangeError(`AES-128 key of ${key.length} bytes, not 16`);
  return key;
}

function applyOne(
  what: "encrypt" | "decrypt",
  keys: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const { code, bytes: memory } = packetMemory();
  bring(bytes, start, end, PACKET);
  memory.set(keys, KEYS);
  code[what](KEYS, PACKET - BLOCK, PACKET - BLOCK + end - start);
  take(bytes, start, end, PACKET);
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
