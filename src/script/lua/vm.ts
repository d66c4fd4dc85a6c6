import { decodeText } from "../../bytes/mod.ts";
import { type Allowance, Budget, type Payer } from "./budget.ts";
import { LuaBuild, type Pointer, type State } from "./build.ts";
import { LuaError } from "./error.ts";
import { HostFunctions } from "./host_functions.ts";
import { SpokenErrors } from "./spoken_errors.ts";
import { type GoOn, type Suspended, Threads } from "./threads.ts";

export { type HostFunction, type Original, UPVALUE } from "./host_functions.ts";

/** Limits of a machine, and where its warnings go. */
export interface LuaOptions {
  /** Bytes that the VM may hold. */
  readonly memory: number;
  /** What one call from outside may run; anything by default. */
  readonly allowance?: Allowance;
  /** Milliseconds that only grow: what takes long counts as more. By default time does not count. */
  readonly now?: () => number;
  /** Milliseconds that the process has used the processor; by default what `now` says. */
  readonly cpuTime?: (() => number) | undefined;
  /** Values that one message or conversion may bring; 0 for no limit. */
  readonly values?: number;
  /** Told of what has no caller to be raised to: errors in `__gc` and in `__close`. */
  readonly warn: (text: string) => void;
  /** Told of the end of each event: milliseconds, and whether it was stopped for its length. */
  readonly onEvent?: (milliseconds: number, isStopped: boolean) => void;
}

/** {@link LuaVM.call} leaves all results. */
export const ALL = -1;
const MASK_COUNT = 8;
/** Status of a call (lua.h): it ended, waits, or failed for want of memory. */
const OK = 0;
const YIELD = 1;
const OUT_OF_MEMORY = 4;
/** Instructions between two looks at the budget; fewer while they take long. */
const HOOK_INTERVAL = 10_000;
const SHORTEST_INTERVAL = 100;
/** Instructions above which an interval counts as slow. */
const LONG = 500_000;
/** What a coroutine costs, and when it is looked at first. */
const COROUTINE = 500;
/** Length (bytes) from which the copy of a text is counted, and bytes that cost an instruction. */
const LONG_TEXT = 1_024;
export const BYTES_PER_INSTRUCTION = 8;
/** Cost (instructions) above which work is compared with the clock at once. */
const LARGE = 10_000;
/** Source of ours, and how many of its functions may call each other. */
const OWN_CHUNK = /^(?:prelude|lua51)\.lua:/;
const MAX_LEVELS = 8;
const UNLIMITED: Allowance = { instructions: Infinity, key: "" };
const LIBRARIES = ["base", "coroutine", "table", "string", "utf8", "math", "debug"];
const encoder = new TextEncoder();
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** A Lua 5.4 virtual machine: functions of ours in it, and calls into it within limits. */
export class LuaVM extends HostFunctions {
  readonly #main: State;
  readonly #hook: number;
  /** Where events run, and those that wait. */
  readonly threads: Threads;
  readonly #budget: Budget;
  readonly #now: () => number;
  readonly #onEvent: LuaOptions["onEvent"];
  #beganAt = 0;
  readonly #warn: (text: string) => void;
  /** Values that one message or conversion may bring. */
  readonly maxValues: number;
  readonly #spoken: SpokenErrors | undefined;
  #warning = "";
  #depth = 0;

  constructor(options: LuaOptions) {
    const build = new LuaBuild(options.memory);
    super(build);
    this.#main = this.L;
    this.#budget = new Budget(
      options.allowance ?? UNLIMITED,
      options.now ?? (() => 0),
      options.cpuTime,
    );
    this.#now = options.now ?? (() => 0);
    this.#onEvent = options.onEvent;
    this.#warn = options.warn;
    this.maxValues = options.values || Infinity;
    this.#hook = build.callback("vii", (L) => this.#count(L as State));
    const warn = build.callback("viii", (_data, text, more) => {
      this.#hear(text as Pointer, more !== 0);
    });
    this.c.lua_setwarnf(this.L, warn, 0);
    // What goes wrong where no protected call is: memory, or a table changed while it is read.
    this.c.lua_atpanic(this.L, build.callback("ii", () => this.#raise()));
    for (const library of LIBRARIES) {
      const open = build.pointerTo(`luaopen_${library}`);
      this.c.luaL_requiref(this.L, this.name(library === "base" ? "_G" : library), open, 1);
      this.pop();
    }
    this.#spoken = new SpokenErrors(this);
    this.c.lua_sethook(this.L, this.#hook, MASK_COUNT, HOOK_INTERVAL);
    this.threads = new Threads(this, this.#main);
    this.L = this.threads.take();
    // Makes the names that it needs, for the day when there is no memory to make them.
    this.collect();
  }

  /**
   * Counts work of a host function as that many instructions.
   * @throws Error when the event is over its budget
   */
  spend(steps: number): void {
    this.#budget.count(steps);
    if (steps >= LARGE) this.#budget.look();
    if (!this.#budget.isOver) return;
    this.c.lua_sethook(this.L, this.#hook, MASK_COUNT, 1);
    throw new Error(this.#budget.fault);
  }

  /** Counts a text that is copied or converted. @throws Error as {@link spend} */
  spendCopy(bytes: number): void {
    if (bytes >= LONG_TEXT) this.spend(bytes / BYTES_PER_INSTRUCTION);
  }

  /** Instructions that the event may still run. */
  get left(): number {
    return this.#budget.left;
  }

  /** @throws LuaError when the event is over its budget: nothing more of it is worth doing */
  checkBudget(): void {
    if (this.#budget.isOver) throw new LuaError(this.#budget.fault);
  }

  /** Whose event it is. */
  get payer(): Payer | undefined {
    return this.#budget.payer;
  }

  /** Counts a new coroutine, and soon what it does: it begins with a count of its own. */
  watch(thread: State): void {
    this.c.lua_sethook(thread, this.#hook, MASK_COUNT, COROUTINE);
    this.spend(COROUTINE);
  }

  /** Runs something that has an allowance of its own, such as the start of an application. */
  within<R>(allowance: Allowance, run: () => R): R {
    return this.#budget.within(allowance, run);
  }

  /**
   * Compiles source and pushes the function. `chunk` names it in errors, such as `www/main.lua`;
   * precompiled code is refused, since Lua does not check it.
   * @throws LuaError with file and line
   */
  load(file: Uint8Array, chunk: string): void {
    const { c } = this;
    const source = withoutMark(file);
    const name = encoder.encode(`@${chunk}\0`);
    const at = this.allocate(source.length + name.length);
    this.build.bytes.set(source, at);
    this.build.bytes.set(name, at + source.length);
    const status = c.luaL_loadbufferx(
      this.L,
      at,
      source.length,
      at + source.length,
      this.name("t"),
    );
    c.free(at);
    if (status !== 0) this.#raise();
  }

  /** What is called until {@link end} is one event, of `payer`'s, with one budget. */
  begin(payer?: Payer): void {
    if (this.#depth++ > 0) return;
    this.#budget.begin(payer);
    if (this.#onEvent !== undefined) this.#beganAt = this.#now();
  }

  /** `host:port` of the client that caused the running event; undefined when there is none. */
  get peer(): string | undefined {
    return this.#budget.payer?.peer;
  }

  end(): void {
    if (--this.#depth > 0) return;
    this.#onEvent?.(this.#now() - this.#beganAt, this.#budget.isOver);
    this.#budget.end();
  }

  /**
   * Calls the function below `args` arguments and pops them all; leaves `results` results, or all
   * of them when it is -1. `payer` is charged for it, unless it is part of another call.
   * @throws LuaError with file and line when the script knows them
   */
  call(args: number, results: number, payer?: Payer): void {
    this.begin(payer);
    const { peer } = this;
    let status: number;
    try {
      status = this.c.lua_pcallk(this.L, args, results, 0, 0, 0);
    } finally {
      this.end();
    }
    if (status === OUT_OF_MEMORY) this.collect();
    if (status !== 0) this.#raise(peer);
  }

  /**
   * As {@link call}, for a function that may wait: then it is given back, for {@link goOn}, and has
   * left nothing on the stack.
   * @throws LuaError as {@link call}
   */
  start(args: number, results: number, payer?: Payer): Suspended | undefined {
    this.begin(payer);
    const { L, threads, peer } = this;
    // Where nothing else is, it runs in place; otherwise on a thread of its own.
    const isHere = this.inside === 0 && this.top === args + 1;
    const thread = isHere ? L : threads.moved(L, args + 1);
    let status: number;
    try {
      status = threads.run(thread, isHere ? 0 : L, args);
    } finally {
      this.end();
    }
    if (status === OK) {
      if (isHere) {
        // All that is there, when it ran in place.
        if (results !== ALL && results !== threads.count) this.top = results;
      } else threads.bring(thread, L, results);
      return undefined;
    }
    if (isHere) this.L = threads.take();
    return this.#outcome(thread, status, peer);
  }

  /**
   * Goes on with what waits; `push` pushes the results of the call that waits and returns how many.
   * When it ends, `read` is run with its results on the stack, from index 1 on; otherwise it waits
   * again, and is given back.
   * @throws LuaError as {@link call}, and what `read` throws
   */
  goOn({ thread }: Suspended, push: Parameters<GoOn>[0], read: () => void): Suspended | undefined {
    const { L, threads, peer } = this;
    let status: number;
    this.L = thread;
    try {
      status = threads.run(thread, this.inside === 0 ? 0 : L, this.#push(push));
      if (status === OK) this.#read(thread, read);
    } finally {
      this.L = L;
    }
    return status === OK ? undefined : this.#outcome(thread, status, peer);
  }

  /** Pushes results; nil and the reason when that does not work, such as for too many values. */
  #push(push: Parameters<GoOn>[0]): number {
    const { top } = this;
    try {
      return push?.(this) ?? 0;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.top = top;
      this.pushNil();
      this.pushText(error.message);
      return 2;
    }
  }

  #read(thread: State, read: () => void): void {
    // An event that this causes takes a thread of its own: this one is given back.
    this.inside++;
    try {
      read();
    } finally {
      this.inside--;
      this.threads.give(thread);
    }
  }

  /** Where a script waits, such as `www/main.lua:3: `. */
  placeOf({ thread, coroutines }: Suspended): string {
    return this.#location(coroutines[0] ?? thread);
  }

  /** What became of a thread that did not end in order. */
  #outcome(thread: State, status: number, peer: string | undefined): Suspended | undefined {
    const { L, threads } = this;
    if (status === YIELD) {
      const suspended = threads.suspended(thread);
      if (suspended !== undefined) return suspended;
    }
    if (status === OUT_OF_MEMORY) this.collect();
    this.L = thread;
    try {
      this.#raise(peer);
    } finally {
      this.L = L;
      threads.drop(thread);
    }
  }

  /** Ends what waits, as one event; errors of what it closes are warnings. */
  abandon(suspended: Suspended): void {
    this.begin();
    try {
      this.threads.close(suspended);
    } finally {
      this.end();
    }
  }

  /** As {@link call}, inside of a host function: an error goes on to the script that called it. */
  callThrough(args: number, results: number): void {
    this.c.lua_callk(this.L, args, results, 0, 0);
  }

  /** Bytes that the VM may hold. */
  get memoryLimit(): number {
    return this.build.limit;
  }

  close(): void {
    this.c.lua_close(this.#main);
  }

  #raise(peer?: string): never {
    const message = this.toText(-1) ?? `(error object is a ${this.typeName(-1)} value)`;
    this.pop();
    throw new LuaError(message, this.#spoken?.of(message), peer);
  }

  /**
   * Runs every HOOK_INTERVAL instructions, or sooner. A script over its budget is stopped again at
   * each further instruction, so that no `pcall` of its own keeps it running.
   */
  #count(L: State): void {
    const budget = this.#budget;
    const interval = this.c.lua_gethookcount(L);
    budget.count(interval);
    budget.look();
    const next = budget.isOver
      ? 1
      : budget.elapsed > LONG
      ? Math.max(interval >> 2, SHORTEST_INTERVAL)
      : Math.min(interval << 2, HOOK_INTERVAL);
    if (next !== interval) this.c.lua_sethook(L, this.#hook, MASK_COUNT, next);
    if (budget.isOver) this.fail(L, new LuaError(this.#location(L) + budget.fault));
  }

  /** Where a script is that is stopped: the functions of the prelude are not its author's. */
  #location(L: State): string {
    const caller = this.L;
    this.L = L;
    let location = "";
    for (let level = 0; level < MAX_LEVELS; level++) {
      location = this.where(level) || location;
      if (location !== "" && !OWN_CHUNK.test(location)) break;
    }
    this.L = caller;
    return location;
  }

  #hear(text: Pointer, more: boolean): void {
    const bytes = this.build.bytes;
    this.#warning += decodeText(bytes, text, bytes.indexOf(0, text));
    if (more) return;
    const warning = this.#warning;
    this.#warning = "";
    if (!warning.startsWith("@")) this.#warn(warning);
  }
}

/** A source without a byte order mark and without a first line for a shell. */
function withoutMark(source: Uint8Array): Uint8Array {
  const start = BYTE_ORDER_MARK.every((byte, at) => source[at] === byte) ? 3 : 0;
  if (source[start] !== 0x23) return source.subarray(start);
  const end = source.indexOf(0x0a, start);
  return end < 0 ? source.subarray(source.length) : source.subarray(end);
}
