import type { State } from "../build.ts";
import { type LuaVM, UPVALUE } from "../vm.ts";

/**
 * Has coroutines count, since each has a hook of its own that a short one would never reach, however
 * many of them an event makes, and lets what waits in one of them pass through to the server.
 */
export function boundCoroutines(vm: LuaVM): void {
  vm.intercept("coroutine", "create", (own) => () => {
    const count = own();
    vm.watch(vm.c.lua_tothread(vm.L, -1));
    return count;
  });
  passResume(vm);
  passWrap(vm);
  showMain(vm);
}

/** Events run on threads of their own, which scripts see as the main one. */
function showMain(vm: LuaVM): void {
  const { threads, c } = vm;
  const isMain = () => threads.isMain(c.lua_tothread(vm.L, 1));
  const status = () => threads.isEvent(vm.L) ? "running" : "normal";
  vm.intercept("coroutine", "status", (own) => () => {
    if (!isMain()) return own();
    vm.pushText(status());
    return 1;
  });
  vm.intercept("coroutine", "close", (own) => () => {
    if (!isMain()) return own();
    throw new Error(`cannot close a ${status()} coroutine`);
  });
  vm.intercept("coroutine", "isyieldable", (own) => () => {
    if (vm.top > 0 || !threads.isEvent(vm.L)) return own();
    vm.pushBoolean(false);
    return 1;
  });
}

function passResume(vm: LuaVM): void {
  const { threads, c } = vm;
  vm.intercept("coroutine", "resume", (own) => {
    const resume = () => threads.through(c.lua_tothread(vm.L, 1), own, 1, continuation);
    const continuation = vm.continuation(resume);
    return () => {
      const fault = threads.faultOf(c.lua_tothread(vm.L, 1));
      if (fault === undefined) return resume();
      vm.pushBoolean(false);
      vm.pushText(fault);
      return 2;
    };
  });
}

/** What `wrap` makes has the coroutine as its upvalue, and so has ours. */
function passWrap(vm: LuaVM): void {
  const { threads, c } = vm;
  let own: ((L: State) => number) | undefined;
  const wrapped = () => c.lua_tothread(vm.L, UPVALUE);
  const resume = () => threads.through(wrapped(), () => own?.(vm.L) ?? 0, 0, continuation);
  const continuation = vm.continuation(resume);
  const called = vm.cFunction(() => {
    const fault = threads.faultOf(wrapped());
    if (fault !== undefined) throw new Error(fault);
    return resume();
  });
  vm.intercept("coroutine", "wrap", (wrap) => () => {
    const count = wrap();
    own ??= vm.functionAt(-1);
    c.lua_getupvalue(vm.L, -1, 1);
    vm.watch(c.lua_tothread(vm.L, -1));
    c.lua_pushcclosure(vm.L, called, 1);
    return count;
  });
}
