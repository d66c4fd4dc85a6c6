import { BLOCK } from "./aes_field.ts";
import { decryption, encryption } from "./aes_tables.ts";
import { checkedLength, KEYS, KEYS_2, type PacketPlace } from "./packet_memory.ts";

/** Encrypts packets in place by AES-128-CBC with a zero initialisation vector each (RFC 7425 §4.5). */
export class PacketEncryption {
  readonly #keys: Uint8Array;

  /** `key` has 16 bytes. */
  constructor(key: Uint8Array) {
    this.#keys = encryption.keysOf(checkedKey(key));
  }

  /** Encrypts a packet of whole blocks. */
  apply(place: PacketPlace): void {
    applyOne("encrypt", this.#keys, place);
  }

  /**
   * Encrypts a packet, and a second one of the same memory with its own key, which takes less than
   * twice the time of one.
   */
  applyTwo(first: PacketPlace, other: PacketEncryption, second: PacketPlace): void {
    const { memory } = first.room;
    if (memory !== second.room.memory) throw new RangeError("packets of different memories");
    const at = begin(first);
    const at2 = begin(second);
    const { code, bytes } = memory;
    bytes.set(this.#keys, KEYS);
    bytes.set(other.#keys, KEYS_2);
    const end = at + first.end - first.start;
    const end2 = at2 + second.end - second.start;
    const both = Math.min(end - at, end2 - at2);
    code.encryptTwo(at, at + both, at2);
    if (at + both < end) code.encrypt(at + both, end);
    if (at2 + both >= end2) return;
    bytes.set(other.#keys, KEYS);
    code.encrypt(at2 + both, end2);
  }
}

/** Decrypts packets that were encrypted as {@link PacketEncryption} does, in any order. */
export class PacketDecryption {
  readonly #keys: Uint8Array;

  /** `key` has 16 bytes. */
  constructor(key: Uint8Array) {
    this.#keys = decryption.keysOf(checkedKey(key));
  }

  /** Decrypts a packet of whole blocks. */
  apply(place: PacketPlace): void {
    applyOne("decrypt", this.#keys, place);
  }
}

function checkedKey(key: Uint8Array): Uint8Array {
  if (key.length !== BLOCK) throw new RangeError(`AES-128 key of ${key.length} bytes, not 16`);
  return key;
}

function applyOne(what: "encrypt" | "decrypt", keys: Uint8Array, place: PacketPlace): void {
  const at = begin(place);
  const { code, bytes } = place.room.memory;
  bytes.set(keys, KEYS);
  code[what](at, at + place.end - place.start);
}

/** The address of the initialisation vector, which is put in front of the packet. */
function begin(place: PacketPlace): number {
  const length = checkedLength(place);
  if (length === 0 || length % BLOCK !== 0) {
    throw new RangeError(`${length} bytes are not whole AES blocks`);
  }
  const { room, start } = place;
  room.bytes.fill(0, start - BLOCK, start);
  return room.at + start - BLOCK;
}
