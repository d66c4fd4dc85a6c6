import glue from "wasmoon/dist/glue.wasm" with { type: "bytes" };
import { LUA51_NUMBERS } from "./lua51_numbers.ts";
import { changeModule } from "./module_changes.ts";
import { WIDE_INTEGERS } from "./wide_integers.ts";

/** A `lua_State *`. */
export type State = number;
/** An address in the module's memory. */
export type Pointer = number;

/**
 * The functions of Lua 5.4's C API that the binding uses, as the module exports them
 * (Lua 5.4 Reference Manual §4 and §5). Integers of 64 bits are BigInts.
 */
export interface LuaC {
  malloc(size: number): Pointer;
  free(at: Pointer): void;
  stackSave(): Pointer;
  stackRestore(at: Pointer): void;
  setThrew(threw: number, value: number): void;
  luaL_newstate(): State;
  luaL_requiref(L: State, name: Pointer, open: number, global: number): void;
  luaL_loadbufferx(L: State, at: Pointer, size: number, name: Pointer, mode: Pointer): number;
  luaL_checknumber(L: State, index: number): number;
  luaL_checkinteger(L: State, index: number): bigint;
  luaL_tolstring(L: State, index: number, size: Pointer): Pointer;
  luaL_where(L: State, level: number): void;
  luaL_typeerror(L: State, index: number, wanted: Pointer): number;
  luaL_traceback(L: State, of: State, message: Pointer, level: number): void;
  lua_absindex(L: State, index: number): number;
  lua_atpanic(L: State, panic: number): number;
  lua_callk(L: State, args: number, results: number, context: number, continuation: number): void;
  lua_checkstack(L: State, count: number): number;
  lua_close(L: State): void;
  lua_concat(L: State, count: number): void;
  lua_copy(L: State, from: number, to: number): void;
  lua_createtable(L: State, elements: number, fields: number): void;
  lua_error(L: State): number;
  lua_getfield(L: State, index: number, name: Pointer): number;
  lua_geti(L: State, index: number, n: bigint): number;
  lua_gethookcount(L: State): number;
  lua_getmetatable(L: State, index: number): number;
  lua_gettable(L: State, index: number): number;
  lua_gettop(L: State): number;
  lua_getupvalue(L: State, index: number, n: number): Pointer;
  lua_isinteger(L: State, index: number): number;
  lua_isyieldable(L: State): number;
  lua_newthread(L: State): State;
  lua_next(L: State, index: number): number;
  lua_pcallk(
    L: State,
    args: number,
    results: number,
    handler: number,
    context: number,
    continuation: number,
  ): number;
  lua_pushboolean(L: State, value: number): void;
  lua_pushcclosure(L: State, fn: number, upvalues: number): void;
  lua_pushinteger(L: State, value: bigint): void;
  lua_pushlightuserdata(L: State, value: Pointer): void;
  lua_pushlstring(L: State, at: Pointer, size: number): Pointer;
  lua_pushnil(L: State): void;
  lua_pushnumber(L: State, value: number): void;
  lua_pushvalue(L: State, index: number): void;
  lua_rawequal(L: State, a: number, b: number): number;
  lua_rawget(L: State, index: number): number;
  lua_rawgeti(L: State, index: number, n: bigint): number;
  lua_rawgetp(L: State, index: number, key: Pointer): number;
  lua_rawlen(L: State, index: number): bigint;
  lua_rawset(L: State, index: number): void;
  lua_rawseti(L: State, index: number, n: bigint): void;
  lua_rawsetp(L: State, index: number, key: Pointer): void;
  lua_resetthread(L: State): number;
  lua_resume(L: State, from: State, args: number, results: Pointer): number;
  lua_rotate(L: State, index: number, count: number): void;
  lua_seti(L: State, index: number, n: bigint): void;
  lua_setfield(L: State, index: number, name: Pointer): void;
  lua_sethook(L: State, hook: number, mask: number, count: number): void;
  lua_setmetatable(L: State, index: number): number;
  lua_settop(L: State, top: number): void;
  lua_setupvalue(L: State, index: number, n: number): Pointer;
  lua_setwarnf(L: State, warn: number, data: Pointer): void;
  lua_tocfunction(L: State, index: number): number;
  lua_toboolean(L: State, index: number): number;
  lua_tointegerx(L: State, index: number, isInteger: Pointer): bigint;
  lua_tolstring(L: State, index: number, size: Pointer): Pointer;
  lua_tonumberx(L: State, index: number, isNumber: Pointer): number;
  lua_topointer(L: State, index: number): Pointer;
  lua_tothread(L: State, index: number): State;
  lua_touserdata(L: State, index: number): Pointer;
  lua_type(L: State, index: number): number;
  lua_newuserdatauv(L: State, size: number, values: number): Pointer;
  lua_xmove(from: State, to: State, count: number): void;
  lua_yieldk(L: State, results: number, context: number, continuation: number): number;
}

/** A function that runs in a protected call. */
type Invoked = (L: State, data: Pointer) => void;

/** Signatures of functions that C calls: i = 32-bit integer, v = nothing; the result comes first. */
export type Signature = "ii" | "vii" | "viii" | "iiii";

const PAGE = 65536;
/** Offset of `allowhook` in a `lua_State` (lstate.h): next, tt, marked, status, allowhook. */
const ALLOW_HOOK = 7;
const CHANGES = [...LUA51_NUMBERS, ...WIDE_INTEGERS];
let compiled: WebAssembly.Module | undefined;

/**
 * One instance of wasmoon's Lua 5.4 module, without wasmoon's own JavaScript: its high-level calls
 * decode every string and its glue adds a check to every call. Only this file and its changes know
 * which build of Lua this is; nothing is read from disk or network.
 */
export class LuaBuild {
  readonly c: LuaC;
  readonly #memory: WebAssembly.Memory;
  readonly #table: WebAssembly.Table;
  /** Functions that {@link #invoke} was asked for: a table makes them anew, and entries stay. */
  readonly #invoked: Invoked[] = [];
  /** Bytes that the module may hold. */
  readonly limit: number;
  /** All memory. Replaced whenever it grows: never keep it across a call that may allocate. */
  bytes: Uint8Array<ArrayBuffer>;
  words: Uint32Array<ArrayBuffer>;

  /**
   * `memoryLimit` in bytes: past it an allocation fails inside Lua, which collects its garbage,
   * tries again and then raises "not enough memory".
   */
  constructor(memoryLimit: number) {
    this.limit = memoryLimit;
    const module = compiled ??= new WebAssembly.Module(changeModule(glue, CHANGES));
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      (imports[from] ??= {})[name] = this.#hostFunctions[name] ?? (() => refuse(name));
    }
    const { exports } = new WebAssembly.Instance(module, imports);
    this.c = exports as unknown as LuaC;
    this.#memory = exports["memory"] as WebAssembly.Memory;
    this.#table = exports["__indirect_function_table"] as WebAssembly.Table;
    this.bytes = new Uint8Array(this.#memory.buffer as ArrayBuffer);
    this.words = new Uint32Array(this.#memory.buffer as ArrayBuffer);
    (exports["__wasm_call_ctors"] as () => void)();
  }

  /** Bytes that the module holds; they grow and never shrink. */
  get memory(): number {
    return this.bytes.length;
  }

  /** Makes a JavaScript function callable by C; for a few functions that live for ever. */
  callback(signature: Signature, fn: (...args: number[]) => number | void): number {
    return this.#append(wasmFunction(signature, fn));
  }

  /** The C function of a pointer. */
  functionAt(pointer: number): (L: State) => number {
    return this.#table.get(pointer) as (L: State) => number;
  }

  /** The function pointer of an export, such as `luaopen_string`. */
  pointerTo(name: string): number {
    return this.#append((this.c as unknown as Record<string, WebAssembly.ExportValue>)[name]);
  }

  /**
   * Has a thread look at its hooks again, after an error that was raised in one: what closes its
   * variables then is counted too.
   */
  allowHooks(L: State): void {
    this.bytes[L + ALLOW_HOOK] = 1;
  }

  #append(fn: WebAssembly.ExportValue | undefined): number {
    const at = this.#table.grow(1);
    this.#table.set(at, fn as CallableFunction);
    return at;
  }

  /**
   * Lua's protected calls: `invoke_vii` alone catches, by `setjmp`. What comes
   * through is a jump of Lua itself, or an Error that no function caught, such as an exhausted
   * JavaScript stack: that becomes a Lua error here, where the state is known to be consistent.
   */
  #invoke(fn: number, L: State, data: Pointer): void {
    const stack = this.c.stackSave();
    try {
      const called = this.#invoked[fn] ??= this.#table.get(fn) as Invoked;
      called(L, data);
      return;
    } catch (thrown) {
      this.c.stackRestore(stack);
      if (thrown === jump) return this.c.setThrew(1, 0);
      if (!(thrown instanceof Error) || thrown instanceof WebAssembly.RuntimeError) throw thrown;
      const text = new TextEncoder().encode(thrown.message);
      const at = this.c.malloc(text.length);
      if (at !== 0) this.bytes.set(text, at);
      this.c.lua_pushlstring(L, at, at === 0 ? 0 : text.length);
      this.c.free(at);
    }
    try {
      this.c.lua_error(L);
    } catch (thrown) {
      if (thrown !== jump) throw thrown;
      this.c.stackRestore(stack);
    }
  }

  readonly #hostFunctions: Record<string, (...args: number[]) => number> = {
    invoke_vii: (fn, L, data) => (this.#invoke(fn as number, L as State, data as Pointer), 0),
    _emscripten_throw_longjmp: () => {
      throw jump;
    },
    abort: () => {
      throw new Error("Lua stopped itself");
    },
    emscripten_resize_heap: (size) => this.#grow((size as number) >>> 0) ? 1 : 0,
    emscripten_date_now: () => Date.now(),
    environ_sizes_get: (count, size) => {
      this.words[(count as number) >> 2] = 0;
      this.words[(size as number) >> 2] = 0;
      return 0;
    },
    environ_get: () => 0,
  };

  #grow(size: number): boolean {
    if (size > this.limit) return false;
    const current = this.bytes.length;
    const wanted = Math.min(Math.max(size, current * 1.25), this.limit);
    try {
      this.#memory.grow(Math.ceil((wanted - current) / PAGE));
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
    this.bytes = new Uint8Array(this.#memory.buffer as ArrayBuffer);
    this.words = new Uint32Array(this.#memory.buffer as ArrayBuffer);
    return true;
  }
}

/** What Emscripten's `longjmp` throws. */
const jump = Infinity;

function refuse(name: string): never {
  throw new Error(`Lua's C library called ${name}, which has no place in a server`);
}

/** A WebAssembly function of the signature that calls `fn`: a module that imports and exports it. */
function wasmFunction(
  signature: Signature,
  fn: (...args: number[]) => number | void,
): WebAssembly.ExportValue | undefined {
  const params = Array<number>(signature.length - 1).fill(0x7f);
  const results = signature[0] === "v" ? [] : [0x7f];
  const type = [0x60, params.length, ...params, results.length, ...results];
  const bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, type.length + 1, 1, ...type];
  bytes.push(2, 7, 1, 1, 0x65, 1, 0x66, 0, 0, 7, 5, 1, 1, 0x66, 0, 0);
  const wrapper = new WebAssembly.Module(new Uint8Array(bytes));
  return new WebAssembly.Instance(wrapper, { e: { f: fn } }).exports["f"];
}
