import type { Pointer, State } from "./build.ts";
import type { LuaVM } from "./vm.ts";

/**
 * Goes on with a function that waits; `push` pushes the results of the call that it waits in and
 * returns how many. Called once, and never while a script runs.
 */
export type GoOn = (push?: (vm: LuaVM) => number) => void;

/** Begins what a script waits for, once it has given way; returns what calls it off. */
export type Wait = (goOn: GoOn) => () => void;

/** A function that waits, and on which thread. */
export interface Suspended {
  readonly thread: State;
  readonly wait: Wait;
  /** Coroutines of the script which wait with it, from the innermost on. */
  readonly coroutines: readonly State[];
}

/** Threads kept for the next events: more wait inside of each other rarely. */
const MAX_IDLE = 32;
/** Values that every thread has room for (LUA_MINSTACK), less one for a function. */
const ROOM = 19;
/** Status of a call (lua.h). */
const YIELD = 1;
const RUNTIME_ERROR = 2;
const OUTSIDE = "attempt to yield from outside a coroutine";

/**
 * The threads that events run on, as scripts see them the main one: each event is resumed like a
 * coroutine, which costs as much as a protected call, and one that waits keeps its thread while the
 * next event takes another. A wait inside of scripts' own coroutines passes through all of them.
 */
export class Threads {
  readonly #vm: LuaVM;
  readonly #main: State;
  readonly #idle: State[] = [];
  readonly #references = new Map<State, number>();
  /** Reference of the set of these threads, for the prelude; its keys are weak. */
  readonly set: number;
  /** Where `lua_resume` tells how many results there are. */
  readonly #countAt: Pointer;
  /** On whose thread the running event is; 0 outside. */
  #event: State = 0;
  /** Coroutines that scripts are resuming, from the outermost on. */
  readonly #resumed: State[] = [];
  /** How many of them are of events around the running one. */
  #outer = 0;
  /** What is on its way from a wait to the event. */
  #suspension: { readonly wait: Wait; readonly coroutines: State[] } | undefined;
  /** Coroutines of scripts that wait with their event. */
  readonly #asleep = new Set<State>();

  constructor(vm: LuaVM, main: State) {
    this.#vm = vm;
    this.#main = main;
    this.#countAt = vm.c.malloc(4);
    vm.pushTable();
    vm.pushTable(0, 1);
    vm.pushText("k");
    vm.setField(-2, "__mode");
    vm.setMetatable(-2);
    this.set = vm.ref();
  }

  /** How many values are on the thread that has just ended. */
  get count(): number {
    return this.#vm.wordAt(this.#countAt);
  }

  /** Whether events run on a thread: it is none of a script's own. */
  isEvent(thread: State): boolean {
    return this.#references.has(thread);
  }

  isMain(thread: State): boolean {
    return thread === this.#main;
  }

  /** How many there are. */
  get kept(): number {
    return this.#references.size;
  }

  /** The thread whose event is running; 0 when none is. */
  get event(): State {
    return this.#event;
  }

  /** An empty thread. */
  take(): State {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const vm = this.#vm;
    const { L } = vm;
    vm.L = this.#main;
    try {
      const thread = vm.c.lua_newthread(this.#main);
      vm.pushRef(this.set);
      vm.pushCopy(-2);
      vm.pushBoolean(true);
      vm.rawSet(-3);
      vm.pop();
      this.#references.set(thread, vm.ref());
      return thread;
    } finally {
      vm.L = L;
    }
  }

  /** Gives back a thread whose function has ended. */
  give(thread: State): void {
    if (this.#idle.length >= MAX_IDLE) return this.drop(thread);
    this.#vm.c.lua_settop(thread, 0);
    this.#idle.push(thread);
  }

  /** Forgets a thread. */
  drop(thread: State): void {
    const reference = this.#references.get(thread);
    if (reference === undefined) return;
    this.#references.delete(thread);
    this.#vm.unref(reference);
  }

  /** Moves the top values to an empty thread. */
  moved(from: State, count: number): State {
    const thread = this.take();
    if (count > ROOM) this.#vm.c.lua_checkstack(thread, count);
    this.#vm.c.lua_xmove(from, thread, count);
    return thread;
  }

  /** Moves a function's results to another thread, as many as are wanted; -1 for all. */
  bring(thread: State, to: State, results: number): void {
    const { c } = this.#vm;
    if (results >= 0) c.lua_settop(thread, results);
    const count = c.lua_gettop(thread);
    if (count > ROOM) this.#vm.reserve(count);
    if (count > 0) c.lua_xmove(thread, to, count);
    this.give(thread);
  }

  /**
   * Runs what is on a thread, with `args` arguments, until it ends, waits or fails; `from` is the
   * thread that is running, 0 for none. Returns Lua's status; after a failure only its message is
   * on the thread, which is to be dropped.
   */
  run(thread: State, from: State, args: number): number {
    const { c } = this.#vm;
    const event = this.#event;
    const outer = this.#outer;
    this.#event = thread;
    this.#outer = this.#resumed.length;
    try {
      const status = c.lua_resume(thread, from || this.#main, args, this.#countAt);
      if (status <= YIELD && (status !== YIELD || this.#suspension !== undefined)) return status;
      return this.#failed(thread, status);
    } finally {
      this.#event = event;
      this.#outer = outer;
    }
  }

  /** Closes what the function left open, as a protected call does. */
  #failed(thread: State, status: number): number {
    const vm = this.#vm;
    vm.allowHooks(thread);
    vm.c.lua_resetthread(thread);
    if (status !== YIELD) return status;
    const { L } = vm;
    vm.L = thread;
    vm.top = 0;
    vm.pushText(OUTSIDE);
    vm.L = L;
    return RUNTIME_ERROR;
  }

  /** What the thread that has just given way waits for. */
  suspended(thread: State): Suspended | undefined {
    const suspension = this.#suspension;
    this.#suspension = undefined;
    return suspension && { thread, ...suspension };
  }

  /** Ends what waits: its variables are closed, which is all that still runs. */
  close({ thread, coroutines }: Suspended): void {
    const { c } = this.#vm;
    for (const coroutine of coroutines) {
      this.#asleep.delete(coroutine);
      c.lua_resetthread(coroutine);
    }
    c.lua_resetthread(thread);
    this.drop(thread);
  }

  /**
   * Called last in a host function: the event gives way until the wait goes on.
   * @throws Error where the running function cannot wait
   */
  suspend(wait: Wait): number {
    const { L, c } = this.#vm;
    if (this.#event === 0) {
      throw new Error("cannot wait here: the server needs the answer at once");
    }
    const inner = this.#resumed.slice(this.#outer);
    // What the prelude resumes by itself is not known here: finalizers, and handlers of errors.
    const isKnown = L === this.#innermost;
    if (!isKnown || ![this.#event, ...inner].every((each) => c.lua_isyieldable(each) !== 0)) {
      throw new Error(
        "cannot wait inside of a function that the library or the server calls, " +
          "such as a comparison of table.sort or a replacement of string.gsub",
      );
    }
    this.#suspension = { wait, coroutines: [] };
    return c.lua_yieldk(L, 0, 0, 0);
  }

  /** The thread that runs, unless it was not resumed by a script. */
  get #innermost(): State {
    return this.#resumed.length > this.#outer ? this.#resumed.at(-1) as State : this.#event;
  }

  /** Why a coroutine cannot be resumed by scripts; undefined when it may be. */
  faultOf(coroutine: State): string | undefined {
    if (coroutine === this.#main) return "cannot resume non-suspended coroutine";
    if (this.#asleep.size === 0 || !this.#asleep.has(coroutine)) return undefined;
    return "cannot resume a coroutine that waits for the server";
  }

  /**
   * Resumes a coroutine by the library's `own`. Its wait is passed on to who resumed the running
   * one; `kept` values stay on the stack for `continuation`, which comes here again.
   */
  through(coroutine: State, own: () => number, kept: number, continuation: number): number {
    const { L, c } = this.#vm;
    this.#asleep.delete(coroutine);
    this.#resumed.push(coroutine);
    let count: number;
    try {
      count = own();
    } finally {
      this.#resumed.pop();
    }
    const suspension = this.#suspension;
    if (suspension === undefined) return count;
    suspension.coroutines.push(coroutine);
    this.#asleep.add(coroutine);
    c.lua_settop(L, kept);
    return c.lua_yieldk(L, 0, 0, continuation);
  }
}
