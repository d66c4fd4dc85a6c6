import { ProtocolError } from "../../bytes/mod.ts";
import {
  COPY_BUDGET,
  COPY_COST,
  type DataReader,
  type DataWriter,
  growthLimit,
  type Ref,
  repeatsTooMuch,
} from "../../codecs/mod.ts";
import type { Pointer } from "./build.ts";
import { HeldTables } from "./held_tables.ts";
import { hasOrdered, pushOrder } from "./name_order.ts";
import { Type } from "./stack.ts";
import { hasWeakKeys, pushMethod, pushRawField, vectorOf } from "./table_marks.ts";
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
/** Stack slots that one table takes while it is written. */
const HEADROOM = 12;

/** A table that is being written, and those around it. */
interface Open {
  readonly pointer: Pointer;
  readonly outer: Open | undefined;
}

function isOpen(open: Open | undefined, pointer: Pointer): boolean {
  for (let each = open; each !== undefined; each = each.outer) {
    if (each.pointer === pointer) return true;
  }
  return false;
}

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
  /** The tables written in this {@link read}, once there is one. */
  #held: HeldTables | undefined;
  /** Tables being written by a writer without references: to meet one again is a cycle. */
  #open: Open | undefined;
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
    this.#held?.release();
    this.#held = undefined;
    if (this.#isCounted) this.#count(this.#values % ROUND);
    return read;
  }

  #count(values: number): void {
    const strings = this.#strings;
    this.#strings = 0;
    this.#vm.spend(values * VALUE + strings / BYTES_PER_INSTRUCTION);
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
    const known = this.#held?.referenceOf(pointer);
    if (known !== undefined && writer.reference(known)) return;
    if (isOpen(this.#open, pointer)) return writer.null();
    if (this.#depth === MAX_DEPTH) throw new ProtocolError("nested too deep");
    this.#held ??= new HeldTables(this.#vm);
    this.#vm.reserve(HEADROOM);
    const open = this.#open;
    this.#depth++;
    this.#contents(writer, table, pointer);
    this.#open = open;
    this.#depth--;
  }

  /** The container has begun: what comes inside may refer to it. */
  #begun(table: number, pointer: Pointer, ref: Ref): void {
    if (ref === 0) this.#open = { pointer, outer: this.#open };
    else this.#held?.hold(table, pointer, ref);
  }

  #contents(writer: DataWriter, table: number, pointer: Pointer): void {
    const vm = this.#vm;
    const length = vm.rawLength(table);
    let pairs = 0;
    let elements = 0;
    let isMarked = false;
    vm.pushNil();
    while (vm.next(table)) {
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
      const vector = vectorOf(vm, table, length);
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

  /** Writes a table by its `__` fields; false when they mean nothing. */
  #marked(writer: DataWriter, table: number, pointer: Pointer, pairs: number): boolean {
    const vm = this.#vm;
    if (pushRawField(vm, table, "__raw") === Type.string) {
      const at = vm.stringAt(-1);
      this.#grow(vm.size);
      const ref = writer.bytes(vm.memory, at, at + vm.size);
      vm.pop();
      if (ref !== 0) this.#held?.hold(table, pointer, ref);
      return true;
    }
    vm.pop();
    const isDictionary = pushRawField(vm, table, "__size") === Type.number;
    vm.pop();
    if (isDictionary) {
      this.#begun(table, pointer, writer.beginDictionary(pairs - 1, hasWeakKeys(vm, table)));
      this.#entries(writer, table);
      writer.endDictionary();
      return true;
    }
    const hasTime = pushRawField(vm, table, "__time") === Type.number;
    const time = vm.toNumber(-1);
    vm.pop();
    if (hasTime) {
      const ref = writer.date(time, 0);
      if (ref !== 0) this.#held?.hold(table, pointer, ref);
      return true;
    }
    const type = pushRawField(vm, table, "__type") === Type.string ? vm.toText(-1) : undefined;
    vm.pop();
    if (type === undefined) return false;
    this.#typedObject(writer, table, pointer, type);
    return true;
  }

  #typedObject(writer: DataWriter, table: number, pointer: Pointer, type: string): void {
    const vm = this.#vm;
    const isExternal = pushMethod(vm, table, "__writeExternal");
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
      vm.rawGetAt(table, i);
      this.#value(writer, -1);
      vm.pop();
    }
    writer.endArray();
  }

  /** All pairs but the elements 1 to `length`, by the text of their keys. */
  #properties(writer: DataWriter, table: number, length: number): void {
    const vm = this.#vm;
    const order = this.#orders === 0 ? 0 : pushOrder(vm, this.#orders, table);
    if (order !== 0) this.#inOrder(writer, table, order);
    vm.pushNil();
    while (vm.next(table)) {
      const isNew = order === 0 || !hasOrdered(vm, order, -2);
      if (isNew && this.#isData(-1) && this.#property(writer, length)) this.#value(writer, -1);
      vm.pop();
    }
    if (order !== 0) vm.pop();
  }

  /** The pairs whose names were read in an order, in that order. */
  #inOrder(writer: DataWriter, table: number, order: number): void {
    const vm = this.#vm;
    const count = vm.rawLength(order);
    for (let i = 1; i <= count; i++) {
      vm.rawGetAt(order, i);
      vm.pushCopy(-1);
      vm.rawGet(table);
      if (this.#isData(-1) && this.#property(writer, 0)) this.#value(writer, -1);
      vm.pop(2);
    }
  }

  /** Writes the key below the top as a name; false when it is none. */
  #property(writer: DataWriter, length: number): boolean {
    const vm = this.#vm;
    const type = vm.type(-2);
    if (type === Type.number) {
      const key = vm.toNumber(-2);
      if (vm.isInteger(-2) && key >= 1 && key <= length) return false;
      // A copy: turned into a string where it is, the key would mislead lua_next.
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
    while (vm.next(table)) {
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
}
