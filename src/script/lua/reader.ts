import { ProtocolError } from "../../bytes/mod.ts";
import {
  COPY_BUDGET,
  COPY_COST,
  type DataReader,
  type DataWriter,
  growthLimit,
  type Ref,
  repeatsTooMuch,
  type VectorKind,
} from "../../codecs/mod.ts";
import type { Pointer } from "./build.ts";
import { Type } from "./stack.ts";
import type { TypedObjects } from "./typed_objects.ts";
import { BYTES_PER_INSTRUCTION, type LuaVM } from "./vm.ts";

/** Tables within tables. */
const MAX_DEPTH = 128;
/** Values in one message: a bound for tables that a format without references must repeat. */
const MAX_VALUES = 4_000_000;
const UNDERSCORE = 0x5f;
/** Instructions that one value costs, and values between two counts. */
const VALUE = 10;
const ROUND = 1_024;
/** Tables that are held on the stack: more cost a table of their own. */
const HELD = 8;

/**
 * Lua values as a source of data: those at the stack indexes `first` to `last`, which must stay
 * there while they are read. Strings go to the writer straight from Lua's memory.
 *
 * A table is, in this order: bytes (`__raw`), a dictionary (`__size`, weak with `__mode`), a date
 * (`__time`), a typed object (`__type`), an array (a vector with `__vector` in its metatable), an
 * object, or both. Functions, threads and userdata are null, and left out where they
 * have a name.
 */
export class LuaReader implements DataReader {
  readonly #vm: LuaVM;
  #next: number;
  readonly #last: number;
  readonly #typed: TypedObjects;
  readonly #orders: number;
  /** What the writer called the tables written in this {@link read}, by their addresses. */
  #references: Map<Pointer, Ref> | undefined;
  /**
   * Stack index of the first of {@link HELD} places for the tables of {@link #references}; 0 for no
   * such place. A value may be made for the moment, or let go by a script that runs in between:
   * while its address is remembered nothing else may get it.
   */
  #held = 0;
  /** Tables being written by a writer without references: to meet one again is a cycle. */
  readonly #open: Pointer[] = [];
  #depth = 0;
  #values = 0;
  readonly #isCounted: boolean;
  /** Bytes of strings that were read since the last count. */
  #strings = 0;
  readonly #first: number;
  /** Bytes of all values so far, those written a second time too, and how many they may be. */
  #bytes = 0;
  #mayGrow = COPY_BUDGET;

  /**
   * `orders`: reference of what a {@link LuaWriter} keeps of the order of names; 0 without.
   * `isCounted`: what is read counts for the event that runs.
   */
  constructor(
    vm: LuaVM,
    first: number,
    last: number,
    typed: TypedObjects,
    orders = 0,
    isCounted = false,
  ) {
    this.#isCounted = isCounted;
    this.#vm = vm;
    this.#first = this.#next = first;
    this.#last = last;
    this.#typed = typed;
    this.#orders = orders;
  }

  get more(): boolean {
    return this.#next <= this.#last;
  }

  read(writer: DataWriter, count = Infinity): number {
    let read = 0;
    for (; read < count && this.more; read++) this.#value(writer, this.#next++);
    if (this.#held !== 0) this.#letGo();
    if (this.#isCounted) this.#count(this.#values % ROUND);
    return read;
  }

  #count(values: number): void {
    const strings = this.#strings;
    this.#strings = 0;
    this.#vm.spend(values * VALUE + strings / BYTES_PER_INSTRUCTION);
  }

  #letGo(): void {
    this.#vm.top = this.#held - 1;
    this.#held = 0;
    this.#references = undefined;
  }

  #value(writer: DataWriter, index: number, type = this.#vm.type(index)): void {
    const vm = this.#vm;
    if (++this.#values > MAX_VALUES) throw new ProtocolError(`more than ${MAX_VALUES} values`);
    if (this.#values % ROUND === 0 && this.#isCounted) this.#count(ROUND);
    this.#grow(COPY_COST);
    switch (type) {
      case Type.boolean:
        return writer.boolean(vm.toBoolean(index));
      case Type.number:
        return this.#number(writer, index);
      case Type.string: {
        const at = vm.stringAt(index);
        this.#grow(vm.size);
        this.#strings += vm.size;
        return writer.string(vm.memory, at, at + vm.size);
      }
      case Type.table:
        return this.#table(writer, vm.absolute(index));
      default:
        return writer.null();
    }
  }

  #grow(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#mayGrow) this.#measure();
  }

  /** Much is written: more than there is by far, when it is always the same tables. */
  #measure(): void {
    if (this.#mayGrow === COPY_BUDGET) {
      const same = new LuaReader(this.#vm, this.#first, this.#last, this.#typed);
      same.#mayGrow = Infinity;
      this.#mayGrow = growthLimit(same);
    }
    if (this.#bytes > this.#mayGrow) throw repeatsTooMuch(this.#mayGrow);
  }

  #number(writer: DataWriter, index: number): void {
    const value = this.#vm.toNumber(index);
    if (!Number.isSafeInteger(value) && this.#vm.isInteger(index)) {
      writer.bigint(this.#vm.toBigint(index));
    } else {
      writer.number(value);
    }
  }

  #table(writer: DataWriter, table: number): void {
    const pointer = this.#vm.pointer(table);
    const known = this.#references?.get(pointer);
    if (known !== undefined && writer.reference(known)) return;
    if (this.#open.includes(pointer)) return writer.null();
    if (this.#depth === MAX_DEPTH) throw new ProtocolError("nested too deep");
    this.#vm.reserve(12 + HELD);
    if (this.#held === 0) {
      this.#held = this.#vm.top + 1;
      this.#vm.top += HELD;
    }
    const open = this.#open.length;
    this.#depth++;
    this.#contents(writer, table, pointer);
    this.#open.length = open;
    this.#depth--;
  }

  /** The container has begun: what comes inside may refer to it. */
  #begun(table: number, pointer: Pointer, ref: Ref): void {
    if (ref === 0) this.#open.push(pointer);
    else this.#known(table, pointer, ref);
  }

  #known(table: number, pointer: Pointer, ref: Ref): void {
    this.#references ??= new Map();
    const count = this.#references.size;
    this.#references.set(pointer, ref);
    if (this.#references.size > count) this.#hold(table, this.#references.size);
  }

  /** The last of the places is for a table of all that come after. */
  #hold(table: number, count: number): void {
    const vm = this.#vm;
    if (count < HELD) return vm.c.lua_copy(vm.L, table, this.#held + count - 1);
    const more = this.#held + HELD - 1;
    if (count === HELD) {
      vm.pushTable();
      vm.c.lua_copy(vm.L, -1, more);
      vm.pop();
    }
    vm.pushCopy(table);
    vm.c.lua_rawsetp(vm.L, more, count);
  }

  #contents(writer: DataWriter, table: number, pointer: Pointer): void {
    const vm = this.#vm;
    const length = Number(vm.c.lua_rawlen(vm.L, table));
    let pairs = 0;
    let elements = 0;
    let isMarked = false;
    vm.pushNil();
    while (vm.c.lua_next(vm.L, table) !== 0) {
      pairs++;
      const type = vm.type(-2);
      if (type === Type.number) {
        if (vm.isInteger(-2)) {
          const key = vm.toNumber(-2);
          if (key >= 1 && key <= length) elements++;
        }
      } else if (type === Type.string) {
        const at = vm.stringAt(-2);
        isMarked ||= vm.memory[at] === UNDERSCORE && vm.memory[at + 1] === UNDERSCORE;
      }
      vm.pop();
    }
    const data = pairs === 0 ? this.#typed.dataAt(pointer) : undefined;
    if (data !== undefined) return this.#collection(writer, data, table, pointer);
    if (isMarked && this.#marked(writer, table, pointer, pairs)) return;
    if (pairs === elements) {
      const vector = this.#vector(table, length);
      const ref = vector === undefined
        ? writer.beginArray(length)
        : writer.beginVector(vector.kind, length, vector.fixed);
      this.#begun(table, pointer, ref);
      this.#elements(writer, table, length);
    } else if (elements === 0) {
      this.#begun(table, pointer, writer.beginObject());
      this.#properties(writer, table, 0);
      writer.endObject();
    } else {
      this.#begun(table, pointer, writer.beginMixed(length));
      this.#properties(writer, table, length);
      writer.endNamed();
      this.#elements(writer, table, length);
    }
  }

  /** One of our objects that scripts see as a collection. */
  #collection(
    writer: DataWriter,
    data: Iterable<() => void>,
    table: number,
    pointer: Pointer,
  ): void {
    const vm = this.#vm;
    this.#begun(table, pointer, writer.beginObject());
    for (const push of data) {
      push();
      if (this.#isData(-1) && this.#property(writer, 0)) this.#value(writer, -1);
      vm.pop(2);
    }
    writer.endObject();
  }

  /** What vector a sequence is by its metatable; undefined when it is none, or has other elements. */
  #vector(table: number, length: number): { kind: VectorKind; fixed: boolean } | undefined {
    const vm = this.#vm;
    if (this.#metafield(table, "__vector") !== Type.string) {
      vm.pop();
      return undefined;
    }
    const name = vm.toText(-1);
    this.#metafield(table, "__class");
    const object = vm.toText(-1) ?? "";
    this.#metafield(table, "__fixed");
    const fixed = vm.toBoolean(-1);
    vm.pop(3);
    if (name === "object") return { kind: { object }, fixed };
    if (name !== "int" && name !== "uint" && name !== "double") return undefined;
    return this.#areAll(name, table, length) ? { kind: name, fixed } : undefined;
  }

  /** True when each element is a number that a vector of that kind can hold. */
  #areAll(kind: "int" | "uint" | "double", table: number, length: number): boolean {
    const vm = this.#vm;
    for (let i = 1; i <= length; i++) {
      const isNumber = vm.c.lua_rawgeti(vm.L, table, BigInt(i)) === Type.number;
      const value = isNumber ? vm.toNumber(-1) : 0;
      vm.pop();
      const whole = kind === "int" ? value | 0 : kind === "uint" ? value >>> 0 : value;
      if (!isNumber || (whole !== value && kind !== "double")) return false;
    }
    return true;
  }

  /** Writes a table by its `__` fields; false when they mean nothing. */
  #marked(writer: DataWriter, table: number, pointer: Pointer, pairs: number): boolean {
    const vm = this.#vm;
    if (this.#field(table, "__raw") === Type.string) {
      const at = vm.stringAt(-1);
      this.#grow(vm.size);
      const ref = writer.bytes(vm.memory, at, at + vm.size);
      vm.pop();
      if (ref !== 0) this.#known(table, pointer, ref);
      return true;
    }
    vm.pop();
    const isDictionary = this.#field(table, "__size") === Type.number;
    vm.pop();
    if (isDictionary) {
      this.#begun(table, pointer, writer.beginDictionary(pairs - 1, this.#hasWeakKeys(table)));
      this.#entries(writer, table);
      writer.endDictionary();
      return true;
    }
    const hasTime = this.#field(table, "__time") === Type.number;
    const time = vm.toNumber(-1);
    vm.pop();
    if (hasTime) {
      const ref = writer.date(time, 0);
      if (ref !== 0) this.#known(table, pointer, ref);
      return true;
    }
    const type = this.#field(table, "__type") === Type.string ? vm.toText(-1) : undefined;
    vm.pop();
    if (type === undefined) return false;
    this.#typedObject(writer, table, pointer, type);
    return true;
  }

  #typedObject(writer: DataWriter, table: number, pointer: Pointer, type: string): void {
    const vm = this.#vm;
    const isExternal = this.#method(table, "__writeExternal");
    if (isExternal && writer.writeExternal !== undefined) {
      this.#begun(
        table,
        pointer,
        writer.writeExternal(type, (output) => {
          vm.pushCopy(-1);
          vm.pushCopy(table);
          this.#typed.pushOutput(output);
          vm.call(2, 0);
        }),
      );
    } else {
      this.#begun(table, pointer, writer.beginObject(type));
      this.#properties(writer, table, 0);
      writer.endObject();
    }
    vm.pop();
  }

  #elements(writer: DataWriter, table: number, length: number): void {
    const vm = this.#vm;
    for (let i = 1; i <= length; i++) {
      vm.c.lua_rawgeti(vm.L, table, BigInt(i));
      this.#value(writer, -1);
      vm.pop();
    }
    writer.endArray();
  }

  /** All pairs but the elements 1 to `length`, by the text of their keys. */
  #properties(writer: DataWriter, table: number, length: number): void {
    const vm = this.#vm;
    const order = this.#orders === 0 ? 0 : this.#pushOrder(table);
    if (order !== 0) this.#inOrder(writer, table, order);
    vm.pushNil();
    while (vm.c.lua_next(vm.L, table) !== 0) {
      const isNew = order === 0 || !this.#isOrdered(order);
      if (isNew && this.#isData(-1) && this.#property(writer, length)) this.#value(writer, -1);
      vm.pop();
    }
    if (order !== 0) vm.pop();
  }

  /** Pushes what is known of the order of a table's names: its index, or 0 and nothing. */
  #pushOrder(table: number): number {
    const vm = this.#vm;
    vm.pushRef(this.#orders);
    vm.pushCopy(table);
    const type = vm.rawGet(-2);
    vm.remove(-2);
    if (type === Type.table) return vm.top;
    vm.pop();
    return 0;
  }

  /** The pairs whose names were read in an order, in that order. */
  #inOrder(writer: DataWriter, table: number, order: number): void {
    const vm = this.#vm;
    const count = Number(vm.c.lua_rawlen(vm.L, order));
    for (let i = 1; i <= count; i++) {
      vm.c.lua_rawgeti(vm.L, order, BigInt(i));
      vm.pushCopy(-1);
      vm.rawGet(table);
      if (this.#isData(-1) && this.#property(writer, 0)) this.#value(writer, -1);
      vm.pop(2);
    }
  }

  /** True for the key below the top when {@link #inOrder} wrote it. */
  #isOrdered(order: number): boolean {
    const vm = this.#vm;
    vm.pushCopy(-2);
    const isOrdered = vm.type(-1) === Type.string && vm.rawGet(order) !== Type.nil;
    vm.pop();
    return isOrdered;
  }

  /** Writes the key below the top as a name; false when it is none. */
  #property(writer: DataWriter, length: number): boolean {
    const vm = this.#vm;
    const type = vm.type(-2);
    if (type === Type.number) {
      const key = vm.toNumber(-2);
      if (vm.isInteger(-2) && key >= 1 && key <= length) return false;
      // A copy: turned into a string in its place, the key would mislead lua_next.
      vm.pushCopy(-2);
      const at = vm.stringAt(-1);
      writer.property(vm.memory, at, at + vm.size);
      vm.pop();
      return true;
    }
    if (type !== Type.string) return false;
    const at = vm.stringAt(-2);
    if (vm.size === 6 && this.#isTypeMark(at)) return false;
    this.#grow(vm.size);
    writer.property(vm.memory, at, at + vm.size);
    return true;
  }

  #isTypeMark(at: Pointer): boolean {
    const { memory } = this.#vm;
    for (let i = 0; i < 6; i++) if (memory[at + i] !== "__type".charCodeAt(i)) return false;
    return true;
  }

  /** Keys and values of a dictionary. */
  #entries(writer: DataWriter, table: number): void {
    const vm = this.#vm;
    vm.pushName("__size");
    const mark = vm.pointer(-1);
    vm.pop();
    vm.pushNil();
    while (vm.c.lua_next(vm.L, table) !== 0) {
      if (vm.pointer(-2) !== mark) {
        this.#value(writer, -2);
        this.#value(writer, -1);
      }
      vm.pop();
    }
  }

  #isData(index: number): boolean {
    const type = this.#vm.type(index);
    return type >= Type.boolean && type <= Type.table && type !== Type.light;
  }

  #hasWeakKeys(table: number): boolean {
    const isWeak = this.#metafield(table, "__mode") === Type.string &&
      (this.#vm.toText(-1) ?? "").includes("k");
    this.#vm.pop();
    return isWeak;
  }

  /** Pushes a raw field. */
  #field(table: number, name: string): number {
    this.#vm.pushName(name);
    return this.#vm.rawGet(table);
  }

  /** Pushes a function of the table itself, else of its metatable; false when what it pushed is none. */
  #method(table: number, name: string): boolean {
    if (this.#field(table, name) === Type.function) return true;
    this.#vm.pop();
    return this.#metafield(table, name) === Type.function;
  }

  /** Pushes a raw field of the metatable, nil without one. */
  #metafield(table: number, name: string): number {
    const vm = this.#vm;
    if (vm.c.lua_getmetatable(vm.L, table) === 0) {
      vm.pushNil();
      return Type.nil;
    }
    const type = this.#field(vm.absolute(-1), name);
    vm.remove(-2);
    return type;
  }
}
