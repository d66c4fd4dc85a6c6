import { Buffer } from "node:buffer";
import { DataTable, type DataValue, MAX_DEPTH } from "../../services/mod.ts";
import type { Host } from "../host.ts";
import { define, type Definition } from "../lua/definition.ts";
import { Type } from "../lua/stack.ts";
import type { LuaVM } from "../lua/vm.ts";
import type { Objects } from "../lua/objects.ts";

/** A value that is about to be kept, or what a table holds. */
type Kept = DataValue | Map<string, Kept>;

/** Entries that one assignment may bring: a table may hold another one many times over. */
const MAX_ENTRIES = 1_000_000;
/** Instructions that keeping one costs. */
const ENTRY = 100;

/** The global `data`, and each table in it. Names and texts are strings of any bytes. */
export function data(host: Host): Definition<DataTable> {
  return define<DataTable>({
    name: "data",
    type: DataTable,
    members: {},
    index(table, args) {
      const name = textOf(args.vm, args.at(1));
      const entry = name === undefined ? undefined : table.get(name);
      return typeof entry === "string" ? bytesOf(entry) : entry;
    },
    assign(table, args) {
      const { vm } = args;
      const name = nameOf(vm, args.at(1));
      if (!args.has(2)) return table.remove(name);
      const value = new Reading(args.objects).read(args.at(2), 0);
      const old = table.get(name);
      if (old instanceof DataTable) {
        // Only said: scripts that build their tables at each start rely on it.
        if (args.object(2, DataTable) !== old) host.log.error(`${vm.where(1)}${REFUSED(name)}`);
        return;
      }
      keep(table, name, value);
    },
    length: (table) => table.size,
    entries,
    data: entries,
  });
}

function* entries(
  table: DataTable,
): Generator<[name: Uint8Array, value: Uint8Array | boolean | DataTable]> {
  for (const [name, entry] of table.entries()) {
    yield [bytesOf(name), typeof entry === "string" ? bytesOf(entry) : entry];
  }
}

const REFUSED = (name: string) => `data has a table '${name}': assign nil before another value`;

function keep(table: DataTable, name: string, value: Kept): void {
  if (!(value instanceof Map)) return table.set(name, value);
  const below = table.addTable(name);
  for (const [key, inner] of value) keep(below, key, inner);
}

/** One value of Lua's, read whole before any of it is kept. */
class Reading {
  readonly #objects: Objects;
  #count = 0;

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  read(index: number, depth: number): Kept {
    const { vm } = this.#objects;
    vm.spend(ENTRY);
    const type = vm.type(index);
    if (type === Type.boolean) return vm.toBoolean(index);
    const text = textOf(vm, index);
    if (text !== undefined) return text;
    if (type !== Type.table) throw new Error(`a ${vm.typeName(index)} cannot be kept in data`);
    if (depth > MAX_DEPTH) throw new Error(`data is nested deeper than ${MAX_DEPTH}`);
    const object = this.#objects.at(index);
    return object instanceof DataTable ? this.#copyOf(object) : this.#readTable(index, depth);
  }

  #readTable(index: number, depth: number): Map<string, Kept> {
    const { vm } = this.#objects;
    const kept = new Map<string, Kept>();
    vm.reserve(8);
    vm.pushNil();
    const key = vm.top;
    while (vm.next(index)) {
      this.#countEntry();
      kept.set(nameOf(vm, key), this.read(key + 1, depth + 1));
      vm.top = key;
    }
    return kept;
  }

  #copyOf(table: DataTable): Kept {
    const kept = new Map<string, Kept>();
    for (const [name, entry] of table.entries()) {
      this.#countEntry();
      this.#objects.vm.spend(ENTRY);
      kept.set(name, entry instanceof DataTable ? this.#copyOf(entry) : entry);
    }
    return kept;
  }

  #countEntry(): void {
    if (++this.#count > MAX_ENTRIES) throw new Error(`more than ${MAX_ENTRIES} entries at once`);
  }
}

function nameOf(vm: LuaVM, index: number): string {
  const name = textOf(vm, index);
  if (name !== undefined) return name;
  throw new Error(`a name of data is a string or a number, not a ${vm.typeName(index)}`);
}

/** A string's bytes, or a number as Lua prints a whole one, as binary text. */
function textOf(vm: LuaVM, index: number): string | undefined {
  const type = vm.type(index);
  if (type === Type.number) {
    const number = vm.toNumber(index);
    if (Number.isSafeInteger(number)) return String(number);
    // A copy: what a table is read by must stay a number.
    vm.pushCopy(index);
    const text = vm.toText(-1);
    vm.pop();
    return text;
  }
  if (type !== Type.string) return undefined;
  const bytes = vm.toBytes(index);
  vm.spendCopy(bytes?.length ?? 0);
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}
