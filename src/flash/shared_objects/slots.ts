import { MAX_REMOVED_BYTES, SLOT_SIZE } from "./params.ts";
import type { Author } from "./update.ts";
import type { KeptValues } from "./value.ts";

/** A named value. */
export interface Slot {
  readonly value: KeptValues;
  /** Version of the object that this value came with. */
  readonly version: number;
  /** Who set it; undefined for the server itself. */
  readonly by: Author | undefined;
  /** Version of the last value that {@link by} was told: it came from another client as a rule. */
  readonly before: number;
}

/** The slots of one object, those that were removed lately, and how large all is. */
export class Slots {
  bytes = 0;
  readonly #slots = new Map<string, Slot>();
  /** Versions at which slots were removed, oldest first. */
  readonly #removed = new Map<string, number>();
  #removedBytes = 0;
  /** What was removed up to this version is forgotten. */
  #forgotten: number;

  /** @param forgotten version up to which it is not known what was removed */
  constructor(forgotten: number) {
    this.#forgotten = forgotten;
  }

  get size(): number {
    return this.#slots.size;
  }

  get(name: string): Slot | undefined {
    return this.#slots.get(name);
  }

  entries(): MapIterator<[string, Slot]> {
    return this.#slots.entries();
  }

  /** Slots that were removed and when, oldest first. */
  removed(): MapIterator<[string, number]> {
    return this.#removed.entries();
  }

  /** When a slot that is not there was removed, or before when: it may never have been there. */
  removedAt(name: string): number {
    return this.#removed.get(name) ?? this.#forgotten;
  }

  /** True when all that happened after that version is known. */
  knowsSince(version: number): boolean {
    return version >= this.#forgotten;
  }

  set(name: string, slot: Slot): void {
    const old = this.#slots.get(name);
    if (old !== undefined) this.#count(name, old, -1);
    this.#recall(name);
    this.#slots.set(name, slot);
    this.#count(name, slot, 1);
  }

  remove(name: string, version: number): void {
    this.#drop(name);
    this.#recall(name);
    this.#removed.set(name, version);
    this.#removedBytes += SLOT_SIZE + name.length;
    while (this.#removedBytes > MAX_REMOVED_BYTES) {
      const [oldest] = this.#removed;
      if (oldest === undefined) break;
      this.purge(oldest[1]);
    }
  }

  clear(version: number): void {
    for (const name of [...this.#slots.keys()]) this.#drop(name);
    this.#removed.clear();
    this.#removedBytes = 0;
    this.#forgotten = version;
  }

  /** Forgets what was removed up to a version. */
  purge(version: number): void {
    for (const [name, at] of this.#removed) {
      if (at > version) break;
      this.#recall(name);
    }
    this.#forgotten = Math.max(this.#forgotten, version);
  }

  #recall(name: string): void {
    if (this.#removed.delete(name)) this.#removedBytes -= SLOT_SIZE + name.length;
  }

  #drop(name: string): void {
    const slot = this.#slots.get(name);
    if (slot === undefined) return;
    this.#slots.delete(name);
    this.#count(name, slot, -1);
  }

  #count(name: string, { value, by }: Slot, sign: 1 | -1): void {
    const size = sign * slotSize(name, value);
    this.bytes += size;
    if (by !== undefined) by.bytes += size;
  }
}

/** What a slot counts, in bytes. */
export function slotSize(name: string, value: { readonly length: number }): number {
  return SLOT_SIZE + name.length + value.length;
}
