import { Buffer } from "node:buffer";
import { errorText } from "../../base/mod.ts";
import { ByteReader } from "../../bytes/mod.ts";
import { Amf3Reader } from "../../codecs/mod.ts";
import {
  type Keeper,
  keepValues,
  type KeptValues,
  type SharedObjectStore,
  slotSize,
  type StoredObject,
} from "../../flash/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { DataStore } from "./data_store.ts";
import { DataError, DataTable } from "./data_table.ts";

/** Name of an object's version among its slots, which have names. */
const VERSION = "";

/** Bytes of a slot's version before its value. */
const VERSION_SIZE = 4;

/**
 * Persistent shared objects in the store of `data`: a table for each scope, in it one for each
 * object. A slot is 32 bits of version, then its value in AMF3.
 */
export class KeptObjects implements SharedObjectStore {
  readonly #store: DataStore;
  readonly #log: Log;
  #count = 0;
  #bytes = 0;
  #isFailing = false;

  constructor(store: DataStore, log: Log) {
    this.#store = store;
    this.#log = log;
    for (const [, scope] of store.root.objects.entries()) {
      if (!(scope instanceof DataTable)) continue;
      for (const [, object] of scope.entries()) {
        if (!(object instanceof DataTable)) continue;
        this.#count++;
        for (const [name, text] of object.entries()) this.#bytes += sizeOf(name, text);
      }
    }
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(scope: string, name: string): boolean {
    return this.#find(scope, name) !== undefined;
  }

  open(scope: string, name: string): StoredObject {
    const table = this.#find(scope, name);
    const version = Number(table?.get(VERSION) ?? 0);
    return {
      version: Number.isSafeInteger(version) ? version : 0,
      slots: table === undefined ? [] : slotsOf(table, this.#log),
      keeper: this.#keeper(scope, name),
    };
  }

  #find(scope: string, name: string): DataTable | undefined {
    const table = this.#store.root.objects.get(binary(scope));
    const object = table instanceof DataTable ? table.get(binary(name)) : undefined;
    return object instanceof DataTable ? object : undefined;
  }

  #make(scope: string, name: string): DataTable {
    const known = this.#find(scope, name);
    if (known !== undefined) return known;
    const made = this.#store.root.objects.tableAt(binary(scope)).tableAt(binary(name));
    this.#count++;
    return made;
  }

  #keeper(scope: string, name: string): Keeper {
    const set = (table: DataTable, version: number) => table.set(VERSION, String(version));
    return {
      set: (slot, { value }, version) =>
        this.#attempt(() => {
          const table = this.#make(scope, name);
          table.set(binary(slot), slotText(value, version));
          set(table, version);
        }),
      remove: (slot, version) =>
        this.#attempt(() => {
          const table = this.#make(scope, name);
          table.remove(binary(slot));
          set(table, version);
        }),
      clear: (version) =>
        this.#attempt(() => {
          const table = this.#make(scope, name);
          for (const [slot] of [...table.entries()]) if (slot !== VERSION) table.remove(slot);
          set(table, version);
        }),
      flush: () => {
        this.#store.write();
        return this.#store.failure === undefined;
      },
      forget: () =>
        this.#attempt(() => {
          const table = this.#store.root.objects.get(binary(scope));
          if (!(table instanceof DataTable) || table.get(binary(name)) === undefined) return;
          table.remove(binary(name));
          this.#count--;
          if (table.size === 0) this.#store.root.objects.remove(binary(scope));
        }),
    };
  }

  /** What cannot be kept goes on in memory; the store tries again and tells why. */
  #attempt(change: () => void): void {
    try {
      change();
      this.#isFailing = false;
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      if (!this.#isFailing) this.#log.error(`a shared object is not stored: ${errorText(error)}`);
      this.#isFailing = true;
    }
  }
}

/** What was imported may be damaged: such a slot is left out. */
function* slotsOf(
  table: DataTable,
  log: Log,
): Generator<[name: string, value: KeptValues, version: number]> {
  for (const [name, text] of table.entries()) {
    if (name === VERSION || typeof text !== "string" || text.length < VERSION_SIZE) continue;
    const bytes = Buffer.from(text, "latin1");
    const slot = Buffer.from(name, "latin1").toString();
    try {
      const value = keepValues(new Amf3Reader(new ByteReader(bytes, VERSION_SIZE)), 1);
      yield [slot, value, bytes.readUInt32BE(0)];
    } catch (error) {
      log.error(`slot ${slot} of a shared object is damaged and skipped: ${errorText(error)}`);
    }
  }
}

function slotText(value: KeptValues, version: number): string {
  const head = Buffer.alloc(VERSION_SIZE);
  head.writeUInt32BE(version >>> 0);
  return head.toString("latin1") +
    Buffer.from(value.buffer, value.byteOffset, value.length).toString("latin1");
}

/** What an entry counts as a slot. */
function sizeOf(name: string, text: unknown): number {
  if (name === VERSION || typeof text !== "string") return 0;
  return slotSize(Buffer.from(name, "latin1").toString(), { length: text.length - VERSION_SIZE });
}

/** Text as `data` has it: one character for each byte of UTF-8. */
function binary(text: string): string {
  return Buffer.from(text).toString("latin1");
}
