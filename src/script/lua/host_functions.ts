import type { LuaBuild, State } from "./build.ts";
import { LuaError } from "./error.ts";
import { LuaReferences } from "./references.ts";
import { REGISTRY } from "./stack.ts";
import type { LuaVM } from "./vm.ts";

/** A JavaScript function for scripts: arguments from stack index 1 on, returns how many results it pushed. */
export type HostFunction = (vm: LuaVM) => number;

/** The library function that {@link HostFunctions.intercept} replaced, called with the same arguments. */
export type Original = () => number;

/** Index of a host function's first upvalue. */
export const UPVALUE = REGISTRY - 1;

/** The functions of ours that scripts call: each is called through one C function. */
export abstract class HostFunctions extends LuaReferences {
  readonly #functions: (HostFunction | undefined)[] = [];
  readonly #freeFunctions: number[] = [];
  /** What is done when a closure is collected, by its id. */
  readonly #endings = new Map<number, () => void>();
  readonly #dispatch: number;
  readonly #release: number;
  /** How many functions of ours are being called: above 0 Lua is running around us. */
  protected inside = 0;

  constructor(build: LuaBuild) {
    super(build);
    this.#dispatch = build.callback("ii", (L) => {
      const id = this.c.lua_touserdata(L as State, UPVALUE);
      return this.run(L as State, this.#functions[id] as HostFunction);
    });
    this.#release = build.callback("ii", (L) => this.#free(L as State));
  }

  /** A function that lives as long as the VM. */
  pushFunction(fn: HostFunction): void {
    this.c.lua_pushlightuserdata(this.L, this.#keep(fn));
    this.c.lua_pushcclosure(this.L, this.#dispatch, 1);
  }

  /** A function that is forgotten when Lua collects it, which `collected` is told. */
  pushClosure(fn: HostFunction, collected?: () => void): void {
    const id = this.#keep(fn);
    if (collected !== undefined) this.#endings.set(id, collected);
    this.c.lua_pushlightuserdata(this.L, id);
    const at = this.c.lua_newuserdatauv(this.L, 4, 0);
    this.build.words[at >> 2] = id;
    this.pushTable(0, 1);
    this.c.lua_pushcclosure(this.L, this.#release, 0);
    this.setField(-2, "__gc");
    this.c.lua_setmetatable(this.L, -2);
    this.c.lua_pushcclosure(this.L, this.#dispatch, 2);
  }

  /**
   * Replaces a function of a library by one of ours. It may go on with the library's own, which
   * then runs as if it had been called: its errors name the script's line.
   */
  intercept(library: string, name: string, make: (own: Original) => HostFunction): void {
    this.pushGlobals();
    this.getField(-1, library);
    this.getField(-1, name);
    const own = this.functionAt(-1);
    this.pop();
    this.pushFunction(make(() => own(this.L)));
    this.setField(-2, name);
    this.pop(2);
  }

  /** The C function at a stack index. */
  functionAt(index: number): (L: State) => number {
    return this.build.functionAt(this.c.lua_tocfunction(this.L, index));
  }

  /** A C function that calls ours, for closures with upvalues of their own. */
  cFunction(fn: HostFunction): number {
    return this.build.callback("ii", (L) => this.run(L as State, fn));
  }

  /** The same, for what goes on after `lua_yieldk`. */
  continuation(fn: HostFunction): number {
    return this.build.callback("iiii", (L) => this.run(L as State, fn));
  }

  /** Has a thread look at its hooks again, after an error that was raised in one. */
  allowHooks(L: State): void {
    this.build.allowHooks(L);
  }

  /** The source location of the running Lua code, such as `www/main.lua:3: `; empty without one. */
  where(level: number): string {
    this.c.luaL_where(this.L, level);
    const text = this.toText(-1) ?? "";
    this.pop();
    return text;
  }

  /** Runs a function of ours that Lua calls on a thread. */
  run(L: State, fn: HostFunction): number {
    const caller = this.L;
    this.L = L;
    this.inside++;
    let failure: Error;
    try {
      return fn(this as unknown as LuaVM);
    } catch (thrown) {
      // A jump of Lua's own passes through; it is no Error.
      if (!(thrown instanceof Error)) throw thrown;
      failure = thrown;
    } finally {
      this.inside--;
      this.L = caller;
    }
    return this.fail(L, failure);
  }

  /** Raises a host function's error as the calling script's. */
  protected fail(L: State, failure: Error): number {
    const caller = this.L;
    this.L = L;
    try {
      if (failure instanceof LuaError) {
        this.pushText(failure.message);
      } else {
        this.c.luaL_where(L, 1);
        this.pushText(failure.message);
        this.c.lua_concat(L, 2);
      }
    } finally {
      this.L = caller;
    }
    return this.c.lua_error(L);
  }

  #keep(fn: HostFunction): number {
    const id = this.#freeFunctions.pop() ?? this.#functions.length;
    this.#functions[id] = fn;
    return id;
  }

  #free(L: State): number {
    const id = this.build.words[this.c.lua_touserdata(L, 1) >> 2] as number;
    const ending = this.#endings.get(id);
    this.#endings.delete(id);
    this.#functions[id] = undefined;
    this.#freeFunctions.push(id);
    const caller = this.L;
    this.L = L;
    try {
      ending?.();
    } finally {
      this.L = caller;
    }
    return 0;
  }
}
