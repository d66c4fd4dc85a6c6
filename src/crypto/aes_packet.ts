import { BLOCK } from "./aes_field.ts";
import { decryption, encryption } from "./aes_tables.ts";
import type { PacketDecryption, PacketEncryption } from "./engine.ts";
import { checkedBlocks, checkedKey, KEYS, KEYS_2, type PacketPlace } from "./packet_memory.ts";

/** In WebAssembly. */
export class WasmEncryption implements PacketEncryption {
  readonly #keys: Uint8Array;

  /** `key` has 16 bytes. */
  constructor(key: Uint8Array) {
    this.#keys = encryption.keysOf(checkedKey(key));
  }

  apply(place: PacketPlace): void {
    applyOne("encrypt", this.#keys, place);
  }

  /** Both take less than twice the time of one. */
  applyTwo(first: PacketPlace, other: PacketEncryption, second: PacketPlace): void {
    if (!(other instanceof WasmEncryption)) throw new TypeError("ciphers of different engines");
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

/** In WebAssembly. */
export class WasmDecryption implements PacketDecryption {
  readonly #keys: Uint8Array;

  /** `key` has 16 bytes. */
  constructor(key: Uint8Array) {
    this.#keys = decryption.keysOf(checkedKey(key));
  }

  apply(place: PacketPlace): void {
    applyOne("decrypt", this.#keys, place);
  }
}

function applyOne(what: "encrypt" | "decrypt", keys: Uint8Array, place: PacketPlace): void {
  const at = begin(place);
  const { code, bytes } = place.room.memory;
  bytes.set(keys, KEYS);
  code[what](at, at + place.end - place.start);
}

/** The address of the initialisation vector, which is put in front of the packet. */
function begin(place: PacketPlace): number {
  checkedBlocks(place);
  const { room, start } = place;
  room.bytes.fill(0, start - BLOCK, start);
  return room.at + start - BLOCK;
}
