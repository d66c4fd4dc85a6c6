import { ProtocolError } from "../../bytes/mod.ts";
import {
  type DataInput,
  type DataWriter,
  flexTypes,
  type Ref,
  type VectorKind,
} from "../../codecs/mod.ts";
import { dateFields } from "./date.ts";
import { noteOrder } from "./name_order.ts";
import { Type } from "./stack.ts";
import type { TypedObjects } from "./typed_objects.ts";
import type { LuaVM } from "./vm.ts";

/** Stack slots that one value takes until it is stored. */
const HEADROOM = 10;

/** What the next value is for. */
const Role = {
  /** One more result on the stack. */
  result: 0,
  /** The value of the key below it. */
  value: 1,
  /** The next element of the array below it. */
  element: 2,
  /** The key of a dictionary's next entry. */
  key: 3,
} as const;
type Role = typeof Role[keyof typeof Role];

/** What goes on when a container has ended. */
interface Outer {
  readonly role: Role;
  readonly index: number;
  /** The class of the container that is open. */
  readonly type: string | undefined;
  readonly outer: Outer | undefined;
}

/**
 * Lua values as a target of data: each top-level value is pushed, and {@link finish} tells how
 * many there are. Strings go into Lua's memory without passing through JavaScript.
 */
export class LuaWriter implements DataWriter {
  readonly #vm: LuaVM;
  readonly #typed: TypedObjects;
  /** Where the values begin; the table of referenced containers is kept here once there is one. */
  readonly #base: number;
  #role: Role = Role.result;
  #index = 0;
  /** What is around the container that is open; undefined at the top level. */
  #outer: Outer | undefined;
  #references = 0;
  /** How many values may still come. */
  #left: number;
  readonly #isTree: boolean;
  readonly #orders: number;
  /** The names of each container that is open, when their order is kept. */
  readonly #names: Uint8Array[][] | undefined;

  /**
   * `isTree`: what `DataReader.isTree` says: no container is kept for {@link reference}.
   * `orders`: reference of a table with weak keys, which is given the names of every container in
   * their order, for a {@link LuaReader}; 0 when order means nothing.
   */
  constructor(vm: LuaVM, typed: TypedObjects, isTree = false, orders = 0) {
    this.#vm = vm;
    this.#typed = typed;
    this.#isTree = isTree;
    this.#orders = orders;
    if (orders !== 0) this.#names = [];
    this.#base = vm.top + 1;
    this.#left = vm.maxValues;
  }

  /** Leaves only the values on the stack and returns how many there are. */
  finish(): number {
    if (this.#references > 0) this.#vm.remove(this.#base);
    this.#references = 0;
    return this.#vm.top - this.#base + 1;
  }

  null(): void {
    this.#vm.pushNil();
    this.#done();
  }

  undefined(): void {
    this.null();
  }

  boolean(value: boolean): void {
    this.#vm.pushBoolean(value);
    this.#done();
  }

  number(value: number): void {
    this.#vm.pushNumber(value);
    this.#done();
  }

  bigint(value: bigint): void {
    this.#vm.pushBigint(value);
    this.#done();
  }

  string(source: Uint8Array, start: number, end: number): void {
    this.#vm.pushBytes(source, start, end);
    this.#done();
  }

  date(time: number, zone: number): Ref {
    const vm = this.#vm;
    vm.reserve(HEADROOM);
    vm.pushTable(0, 12);
    vm.pushNumber(time);
    vm.setField(-2, "__time");
    for (const [name, value] of dateFields(time, zone)) {
      vm.pushNumber(value);
      vm.setField(-2, name);
    }
    vm.pushBoolean(false);
    vm.setField(-2, "isdst");
    const ref = this.#remember();
    this.#done();
    return ref;
  }

  bytes(source: Uint8Array, start: number, end: number): Ref {
    const vm = this.#vm;
    vm.reserve(HEADROOM);
    vm.pushTable(0, 1);
    vm.pushBytes(source, start, end);
    vm.setField(-2, "__raw");
    const ref = this.#remember();
    this.#done();
    return ref;
  }

  xml(source: Uint8Array, start: number, end: number): Ref {
    this.#vm.pushBytes(source, start, end);
    const ref = this.#remember();
    this.#done();
    return ref;
  }

  beginObject(type = "", size = 0): Ref {
    // AMF3 has an empty class name for an object that is of none.
    const ref = this.#begin(Role.value, 0, type === "" ? undefined : type, size);
    if (type !== "") {
      this.#vm.pushText(type);
      this.#vm.setField(-2, "__type");
    }
    return ref;
  }

  property(source: Uint8Array, start: number, end: number): void {
    // A name costs Lua more than its value does.
    this.#left--;
    this.#vm.pushBytes(source, start, end);
    this.#names?.at(-1)?.push(source.slice(start, end));
  }

  endObject(): void {
    const type = this.#outer?.type;
    if (type !== undefined) this.#typed.announce(type);
    this.#end();
  }

  beginArray(length: number): Ref {
    return this.#begin(Role.element, length);
  }

  endArray(): void {
    this.#end();
  }

  beginMixed(length: number): Ref {
    return this.#begin(Role.value, length);
  }

  endNamed(): void {
    this.#role = Role.element;
  }

  /** A sequence whose metatable tells what it was, for {@link LuaReader}. */
  beginVector(kind: VectorKind, length: number, fixed: boolean): Ref {
    const ref = this.#begin(Role.element, length);
    const vm = this.#vm;
    vm.pushTable(0, 3);
    vm.pushText(typeof kind === "string" ? kind : "object");
    vm.setField(-2, "__vector");
    if (typeof kind !== "string") {
      vm.pushText(kind.object);
      vm.setField(-2, "__class");
    }
    vm.pushBoolean(fixed);
    vm.setField(-2, "__fixed");
    vm.c.lua_setmetatable(vm.L, -2);
    return ref;
  }

  beginDictionary(size: number, weakKeys: boolean): Ref {
    const ref = this.#begin(Role.key, 0);
    const vm = this.#vm;
    vm.pushNumber(size);
    vm.setField(-2, "__size");
    if (weakKeys) {
      vm.pushTable(0, 1);
      vm.pushText("k");
      vm.setField(-2, "__mode");
      vm.c.lua_setmetatable(vm.L, -2);
    }
    return ref;
  }

  endDictionary(): void {
    this.#end();
  }

  reference(ref: Ref): boolean {
    if (ref === 0) return false;
    this.#vm.c.lua_rawgetp(this.#vm.L, this.#base, ref);
    this.#done();
    return true;
  }

  readExternal(type: string, input: DataInput): Ref | undefined {
    // Those are read without a script's doing, which then sees them whole.
    if (flexTypes.has(type)) return undefined;
    const vm = this.#vm;
    const ref = this.#begin(Role.result, 0);
    vm.pushText(type);
    vm.setField(-2, "__type");
    this.#typed.announce(type);
    if (this.#pushReader()) {
      vm.pushCopy(-2);
      this.#typed.pushInput(input);
      vm.call(2, 0);
      this.#end();
      return ref;
    }
    this.#leave();
    vm.pop();
    return undefined;
  }

  /** Pushes the `__readExternal` of the table on top, its own or its metatable's; else nothing. */
  #pushReader(): boolean {
    const vm = this.#vm;
    vm.pushName("__readExternal");
    if (vm.rawGet(-2) === Type.function) return true;
    vm.pop();
    if (vm.c.lua_getmetatable(vm.L, -1) === 0) return false;
    const type = vm.getField(-1, "__readExternal");
    vm.remove(-2);
    if (type !== Type.function) vm.pop();
    return type === Type.function;
  }

  #begin(role: Role, length: number, type?: string, size = 0): Ref {
    this.#vm.reserve(HEADROOM);
    // The length is the sender's word: memory is taken for a few only.
    this.#vm.pushTable(Math.min(length, 64), Math.min(size, 64));
    const ref = this.#remember();
    this.#enter(role, type);
    return ref;
  }

  #enter(role: Role, type: string | undefined): void {
    this.#outer = { role: this.#role, index: this.#index, type, outer: this.#outer };
    this.#names?.push([]);
    this.#role = role;
    this.#index = 0;
  }

  #leave(): void {
    const outer = this.#outer;
    this.#role = outer?.role ?? Role.result;
    this.#index = outer?.index ?? 0;
    this.#outer = outer?.outer;
  }

  #end(): void {
    const names = this.#names?.pop();
    if (names !== undefined && names.length > 1) noteOrder(this.#vm, this.#orders, names);
    this.#leave();
    this.#done();
  }

  /** Keeps the container on top, for {@link reference}. */
  #remember(): Ref {
    if (this.#isTree) return 0;
    const vm = this.#vm;
    if (this.#references === 0) {
      vm.pushTable();
      vm.insert(this.#base);
    }
    const ref = ++this.#references;
    vm.pushCopy(-1);
    vm.c.lua_rawsetp(vm.L, this.#base, ref);
    return ref;
  }

  /** Puts the value on top where it belongs. */
  #done(): void {
    const vm = this.#vm;
    if (--this.#left < 0) {
      throw new ProtocolError(`more than ${vm.maxValues} values, the limit of [lua] maxValues`);
    }
    switch (this.#role) {
      case Role.result:
        // As many as a message has: Lua does not see that its stack ends.
        return this.#vm.reserve(HEADROOM);
      case Role.element:
        vm.c.lua_rawseti(vm.L, -2, BigInt(++this.#index));
        return;
      case Role.key:
        this.#role = Role.value;
        this.#index = -1;
        return;
      case Role.value:
        if (this.#index === -1) {
          this.#role = Role.key;
          if (!this.#isKey(-2)) return vm.pop(2);
        }
        vm.rawSet(-3);
    }
  }

  /** Neither nil nor NaN is a key in Lua. */
  #isKey(index: number): boolean {
    const type = this.#vm.type(index);
    return type !== Type.nil &&
      !(type === Type.number && Number.isNaN(this.#vm.toNumber(index)));
  }
}
