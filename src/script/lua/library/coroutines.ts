import type { LuaVM } from "../vm.ts";

/**
 * Has coroutines count: each has a hook of its own, that a short one would never reach, however
 * many of them an event makes.
 */
export function boundCoroutines(vm: LuaVM): void {
  vm.intercept("coroutine", "create", (own) => () => {
    const count = own();
    vm.watch(vm.c.lua_tothread(vm.L, -1));
    return count;
  });
  vm.intercept("coroutine", "wrap", (own) => () => {
    const count = own();
    vm.c.lua_getupvalue(vm.L, -1, 1);
    const thread = vm.c.lua_tothread(vm.L, -1);
    vm.pop();
    if (thread !== 0) vm.watch(thread);
    return count;
  });
}
