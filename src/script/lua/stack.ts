import { decodeText, ProtocolError } from "../../bytes/mod.ts";
import type { LuaBuild, LuaC, Pointer, State } from "./build.ts";
import { LuaError } from "./error.ts";

/** What `lua_type` returns (Lua 5.4 Reference Manual §4.6). */
export const Type = {
  none: -1,
  nil: 0,
  boolean: 1,
  light: 2,
  number: 3,
  string: 4,
  table: 5,
  function: 6,
  userdata: 7,
  thread: 8,
} as const;

export const REGISTRY = -1001000;
/** Bytes up to which a loop copies sooner than a call. */
const SHORT = 48;
/** Bytes kept for strings on their way in; more is given back. */
const SCRATCH = 65_536;
const encoder = new TextEncoder();

/**
 * A Lua state's stack, as the C API has it: indexes count from 1 at the current function's first
 * argument, or from -1 at the top. Strings are bytes; nothing is decoded unless asked for.
 */
export abstract class LuaStack {
  readonly c: LuaC;
  /** The running thread: a coroutine while a host function is called from one. */
  L: State;
  protected readonly build: LuaBuild;
  readonly #names = new Map<string, Pointer>();
  #scratch: Pointer = 0;
  #scratchSize = 0;
  readonly #sizeAt: Pointer;

  constructor(build: LuaBuild) {
    this.build = build;
    this.c = build.c;
    this.#sizeAt = this.c.malloc(4);
    this.L = this.c.luaL_newstate();
  }

  /** The word of 32 bits at an address. */
  wordAt(at: Pointer): number {
    return this.build.words[at >> 2] as number;
  }

  /** All memory of the VM; only valid until the next call into it. */
  get memory(): Uint8Array<ArrayBuffer> {
    return this.build.bytes;
  }

  /** Runs a full collection, finalizers included, and returns the bytes still held. */
  abstract collect(): number;

  // --- stack

  get top(): number {
    return this.c.lua_gettop(this.L);
  }

  set top(top: number) {
    this.c.lua_settop(this.L, top);
  }

  /** Runs something, and takes from the stack what it leaves there; `base` is the top before it. */
  scoped<R>(run: (base: number) => R): R {
    const { top } = this;
    try {
      return run(top);
    } finally {
      this.top = top;
    }
  }

  /** Runs something whose values stay on the stack, unless it throws. */
  unwound<R>(run: (base: number) => R): R {
    const { top } = this;
    try {
      return run(top);
    } catch (error) {
      this.top = top;
      throw error;
    }
  }

  pop(count = 1): void {
    this.c.lua_settop(this.L, -count - 1);
  }

  absolute(index: number): number {
    return index > 0 ? index : this.c.lua_absindex(this.L, index);
  }

  pushCopy(index: number): void {
    this.c.lua_pushvalue(this.L, index);
  }

  /** Moves the top value to `index`, what was there and above moves up. */
  insert(index: number): void {
    this.c.lua_rotate(this.L, index, 1);
  }

  remove(index: number): void {
    this.c.lua_rotate(this.L, index, -1);
    this.pop();
  }

  /** Reserves slots for `count` more values. @throws ProtocolError past a million of them */
  reserve(count: number): void {
    if (this.c.lua_checkstack(this.L, count) === 0) throw new ProtocolError("too many values");
  }

  // --- values in

  pushNil(): void {
    this.c.lua_pushnil(this.L);
  }

  pushBoolean(value: boolean): void {
    this.c.lua_pushboolean(this.L, value ? 1 : 0);
  }

  /** A Lua integer when the number is whole, so that it prints as `10`. */
  pushNumber(value: number): void {
    if (Number.isSafeInteger(value)) this.c.lua_pushinteger(this.L, BigInt(value));
    else this.c.lua_pushnumber(this.L, value);
  }

  /** A float, also when it is whole. */
  pushFloat(value: number): void {
    this.c.lua_pushnumber(this.L, value);
  }

  /** A whole number; one that 64 bits cannot hold becomes a float. */
  pushBigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) this.c.lua_pushinteger(this.L, value);
    else this.c.lua_pushnumber(this.L, Number(value));
  }

  /** A string of the bytes `[start, end)`. */
  pushBytes(source: Uint8Array, start = 0, end = source.length): void {
    const size = end - start;
    const memory = this.build.bytes;
    if (source.buffer === memory.buffer) {
      this.c.lua_pushlstring(this.L, source.byteOffset + start, size);
      return;
    }
    const at = this.#scratchFor(size);
    const target = this.build.bytes;
    if (size > SHORT) {
      target.set(size === source.length ? source : source.subarray(start, end), at);
    } else {
      for (let i = 0; i < size; i++) target[at + i] = source[start + i]!;
    }
    this.c.lua_pushlstring(this.L, at, size);
  }

  /** A string from JavaScript text, as UTF-8. */
  pushText(value: string): void {
    const at = this.#scratchFor(value.length * 3);
    const bytes = this.build.bytes;
    const length = value.length;
    let i = 0;
    if (length <= 64) {
      for (; i < length; i++) {
        const code = value.charCodeAt(i);
        if (code >= 0x80) break;
        bytes[at + i] = code;
      }
    }
    const size = i === length
      ? length
      : encoder.encodeInto(value, bytes.subarray(at, at + length * 3)).written;
    this.c.lua_pushlstring(this.L, at, size);
  }

  /** An empty table. */
  pushTable(elements = 0, fields = 0): void {
    this.c.lua_createtable(this.L, elements, fields);
  }

  // --- values out

  type(index: number): number {
    return this.c.lua_type(this.L, index);
  }

  /** Pushes what `tostring` makes of a value; may run a metamethod. */
  pushDisplayed(index: number): void {
    this.c.luaL_tolstring(this.L, index, 0);
  }

  typeName(index: number): string {
    const found = this.c.lua_type(this.L, index);
    return Object.entries(Type).find(([, type]) => type === found)?.[0] ?? "unknown";
  }

  isNil(index: number): boolean {
    return this.c.lua_type(this.L, index) <= Type.nil;
  }

  isInteger(index: number): boolean {
    return this.c.lua_isinteger(this.L, index) !== 0;
  }

  toBoolean(index: number): boolean {
    return this.c.lua_toboolean(this.L, index) !== 0;
  }

  /** The number, or the one that a string spells; 0 for anything else. */
  toNumber(index: number): number {
    return this.c.lua_tonumberx(this.L, index, 0);
  }

  toBigint(index: number): bigint {
    return this.c.lua_tointegerx(this.L, index, 0);
  }

  /** An argument as the library takes integers. Raises Lua's own error when it is none. */
  checkInteger(index: number): number {
    return Number(this.c.luaL_checkinteger(this.L, index));
  }

  /** Raises Lua's own error when an argument is not of a type, which `wanted` names. */
  checkType(index: number, type: number, wanted: string): void {
    if (this.type(index) !== type) this.c.luaL_typeerror(this.L, index, this.name(wanted));
  }

  /** Elements of a table, bytes of a string; no metamethod runs. */
  rawLength(index: number): number {
    return Number(this.c.lua_rawlen(this.L, index));
  }

  /**
   * Where the bytes of a string are in {@link memory}, and {@link size} how many; 0 when it is
   * none. A number at that index becomes a string.
   */
  stringAt(index: number): Pointer {
    return this.c.lua_tolstring(this.L, index, this.#sizeAt);
  }

  /** Bytes of the string that {@link stringAt} was asked for last. */
  get size(): number {
    return this.build.words[this.#sizeAt >> 2] as number;
  }

  /** A string as JavaScript text; undefined when it is neither string nor number. */
  toText(index: number): string | undefined {
    const at = this.stringAt(index);
    if (at === 0) return undefined;
    return decodeText(this.build.bytes, at, at + this.size);
  }

  /** A copy of a string's bytes; undefined when it is neither string nor number. */
  toBytes(index: number): Uint8Array<ArrayBuffer> | undefined {
    const at = this.stringAt(index);
    if (at === 0) return undefined;
    return this.build.bytes.slice(at, at + this.size);
  }

  /** Identity of a table, function, string of up to 40 bytes, ... while it lives. */
  pointer(index: number): Pointer {
    return this.c.lua_topointer(this.L, index);
  }

  // --- tables

  /** The address of a name as a C string; kept, so only for names that are in our source. */
  name(text: string): Pointer {
    let at = this.#names.get(text);
    if (at === undefined) {
      const bytes = encoder.encode(text + "\0");
      at = this.c.malloc(bytes.length);
      this.build.bytes.set(bytes, at);
      this.#names.set(text, at);
    }
    return at;
  }

  /** Pushes a field and returns its type. May run a metamethod of the table. */
  getField(index: number, name: string): number {
    return this.c.lua_getfield(this.L, index, this.name(name));
  }

  /** Sets a field to the top value, which it pops. */
  setField(index: number, name: string): void {
    this.c.lua_setfield(this.L, index, this.name(name));
  }

  /** Replaces the key on top by its value. May run a metamethod of the table. */
  get(index: number): number {
    return this.c.lua_gettable(this.L, index);
  }

  /** Replaces the key on top by its value; no metamethod runs. */
  rawGet(index: number): number {
    return this.c.lua_rawget(this.L, index);
  }

  /** Sets the key below the top to the top value and pops both; no metamethod runs. */
  rawSet(index: number): void {
    this.c.lua_rawset(this.L, index);
  }

  /** Pushes `table[n]` and returns its type; no metamethod runs. */
  rawGetAt(table: number, n: number): number {
    return this.c.lua_rawgeti(this.L, table, BigInt(n));
  }

  /** Sets `table[n]` to the top value, which it pops; no metamethod runs. */
  rawSetAt(table: number, n: number): void {
    this.c.lua_rawseti(this.L, table, BigInt(n));
  }

  /** Whether two values are the same; no metamethod runs. */
  rawEqual(a: number, b: number): boolean {
    return this.c.lua_rawequal(this.L, a, b) !== 0;
  }

  /**
   * Replaces the key on top by the table's next key and its value; false, and neither, after the
   * last. The first comes after nil. What is done with the key must leave it as it is.
   */
  next(table: number): boolean {
    return this.c.lua_next(this.L, table) !== 0;
  }

  /** Gives a value the metatable on top, which it pops. */
  setMetatable(index: number): void {
    this.c.lua_setmetatable(this.L, index);
  }

  /** Gives a loaded chunk the globals on top, which it pops. */
  setGlobals(chunk: number): void {
    this.c.lua_setupvalue(this.L, chunk, 1);
  }

  /** Pushes the main thread (LUA_RIDX_MAINTHREAD). */
  pushMainThread(): void {
    this.c.lua_rawgeti(this.L, REGISTRY, 1n);
  }

  /** Pushes the table of Lua's own globals. */
  pushGlobals(): void {
    this.c.lua_rawgeti(this.L, REGISTRY, 2n);
  }

  /** Memory of the module, after a collection when there is not enough. @throws LuaError */
  protected allocate(size: number): Pointer {
    let at = this.c.malloc(size);
    if (at === 0) {
      this.collect();
      at = this.c.malloc(size);
    }
    if (at === 0) throw new LuaError("not enough memory");
    return at;
  }

  /** Memory for `size` bytes on their way into Lua, valid until the next call of this. */
  #scratchFor(size: number): Pointer {
    if (size > this.#scratchSize || (size < SCRATCH && this.#scratchSize > SCRATCH)) {
      const wanted = Math.max(size, SCRATCH);
      this.c.free(this.#scratch);
      this.#scratchSize = 0;
      this.#scratch = 0;
      this.#scratch = this.allocate(wanted);
      this.#scratchSize = wanted;
    }
    return this.#scratch;
  }
}
