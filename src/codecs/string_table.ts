import type { ByteWriter } from "../bytes/mod.ts";

/** Slots looked at before a string is held for new: bounds the work on strings made to collide. */
const MAX_PROBES = 32;

/** Bytes at each end of a long string that enter its hash. */
const HASHED = 32;

/**
 * The strings that a message has so far, found by their bytes: they stand in the output already, so
 * that nothing is copied or made into text to look one up.
 */
export class StringTable {
  readonly #out: ByteWriter;
  readonly #seed = (Math.random() * 0x100000000) | 0;
  readonly #starts: number[] = [];
  readonly #sizes: number[] = [];
  readonly #hashes: number[] = [];
  /** Index of a string plus 1; 0 is free. The length is a power of two. */
  #slots = new Int32Array(64);

  constructor(output: ByteWriter) {
    this.#out = output;
  }

  get length(): number {
    return this.#starts.length;
  }

  /**
   * The index of these bytes when they were added before. Otherwise -1, and they are added: the
   * caller writes them next, at offset `at` of the output.
   */
  findOrAdd(source: Uint8Array, start: number, end: number, at: number): number {
    const size = end - start;
    const hash = this.#hash(source, start, end);
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let probes = 0; probes < MAX_PROBES; probes++, slot = (slot + 1) & mask) {
      const index = slots[slot]! - 1;
      if (index < 0) {
        slots[slot] = this.#push(at, size, hash);
        if (this.#starts.length * 2 > slots.length) this.#grow(slots.length * 2);
        return -1;
      }
      if (this.#hashes[index] === hash && this.#same(index, source, start, size)) return index;
    }
    this.#push(at, size, hash);
    return -1;
  }

  /** Forgets the strings from `length` on. */
  truncate(length: number): void {
    if (length > 0) {
      for (let index = this.#starts.length - 1; index >= length; index--) this.#remove(index);
    } else if (this.#slots.length > 1024) this.#slots = new Int32Array(64);
    else if (this.#starts.length > 0) this.#slots.fill(0);
    this.#starts.length = this.#sizes.length = this.#hashes.length = length;
  }

  /** Frees the slot of the last string: no other was put behind it in its row. */
  #remove(index: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = this.#hashes[index]! & mask;
    for (let probes = 0; probes < MAX_PROBES; probes++, slot = (slot + 1) & mask) {
      if (slots[slot] !== index + 1) continue;
      slots[slot] = 0;
      return;
    }
  }

  #push(at: number, size: number, hash: number): number {
    this.#starts.push(at);
    this.#sizes.push(size);
    return this.#hashes.push(hash);
  }

  #grow(length: number): void {
    const slots = new Int32Array(length);
    for (let index = 0; index < this.#hashes.length; index++) {
      let slot = this.#hashes[index]! & (length - 1);
      for (let probes = 0; probes < MAX_PROBES; probes++, slot = (slot + 1) & (length - 1)) {
        if (slots[slot] !== 0) continue;
        slots[slot] = index + 1;
        break;
      }
    }
    this.#slots = slots;
  }

  #hash(source: Uint8Array, start: number, end: number): number {
    let hash = this.#seed ^ (end - start);
    const head = Math.min(end, start + HASHED);
    for (let at = start; at < head; at++) hash = Math.imul(hash ^ source[at]!, 0x01000193);
    for (let at = Math.max(head, end - HASHED); at < end; at++) {
      hash = Math.imul(hash ^ source[at]!, 0x01000193);
    }
    return hash ^ (hash >>> 15);
  }

  #same(index: number, source: Uint8Array, start: number, size: number): boolean {
    if (this.#sizes[index] !== size) return false;
    const written = this.#out.buffer;
    const offset = this.#starts[index]!;
    for (let at = 0; at < size; at++) {
      if (written[offset + at] !== source[start + at]) return false;
    }
    return true;
  }
}
