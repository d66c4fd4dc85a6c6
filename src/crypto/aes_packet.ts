import { BLOCK } from "./aes_field.ts";
import { decryption, encryption } from "./aes_tables.ts";
import type { PacketDecryption, PacketEncryption } from "./engine.ts";
import { checkedBlocks, checkedKey, KEYS, KEYS_2, type PacketSlice } from "./packet_memory.ts";

/** In WebAssembly. */
export class WasmEncryption implements PacketEncryption {
  readonly #keys: Uint8Array;

  /** `key` has 16 bytes. */
  constructor(key: Uint8Array) {
    this.#keys = encryption.keysOf(checkedKey(key));
  }

  apply(slice: PacketSlice): void {
    applyOne("encrypt", this.#keys, slice);
  }

  /** Both take less than twice the time of one. */
  applyTwo(first: PacketSlice, other: PacketEncryption, second: PacketSlice): void {
    if (!(other instanceof WasmEncryption)) throw new TypeError("ciphers of different engines");
    const { memory } = first.buffer;
    if (memory !== second.buffer.memory) throw new RangeError("packets of different memories");
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

  apply(slice: PacketSlice): void {
    applyOne("decrypt", this.#keys, slice);
  }
}

function applyOne(what: "encrypt" | "decrypt", keys: Uint8Array, slice: PacketSlice): void {
  const at = begin(slice);
  const { code, bytes } = slice.buffer.memory;
  bytes.set(keys, KEYS);
  code[what](at, at + slice.end - slice.start);
}

/** Writes the initialisation vector in front of the packet; returns its address. */
function begin(slice: PacketSlice): number {
  checkedBlocks(slice);
  const { buffer, start } = slice;
  buffer.bytes.fill(0, start - BLOCK, start);
  return buffer.at + start - BLOCK;
}
