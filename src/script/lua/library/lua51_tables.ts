import { Type } from "../stack.ts";
import type { LuaVM } from "../vm.ts";

/** Elements that one call moves at most: Lua counts to any number, and nothing stops it. */
const MAX_MOVED = 100_000_000;

/**
 * `table.insert` and `table.remove` at places outside of the sequence, which are errors in Lua 5.4:
 * as in Lua 5.1 and LuaJIT the one assigns there, the other does nothing.
 */
export function acceptAnyPlace(vm: LuaVM): void {
  vm.intercept("table", "insert", (own) => () => {
    if (vm.top !== 3 || !isOutside(vm)) return own();
    const place = vm.checkInteger(2);
    const length = vm.rawLength(1);
    if (length - place > MAX_MOVED) throw new Error("too many elements to move");
    for (let i = length; i >= place; i--) {
      vm.c.lua_geti(vm.L, 1, BigInt(i));
      vm.c.lua_seti(vm.L, 1, BigInt(i + 1));
    }
    vm.c.lua_seti(vm.L, 1, BigInt(place));
    return 0;
  });
  vm.intercept("table", "remove", (own) => () => {
    return vm.top === 2 && isOutside(vm) ? 0 : own();
  });
  vm.intercept("table", "move", (own) => () => {
    if (vm.toNumber(3) - vm.toNumber(2) > MAX_MOVED) throw new Error("too many elements to move");
    return own();
  });
}

/** True when argument 2 is a number that is no place in the table before it, nor the next one. */
function isOutside(vm: LuaVM): boolean {
  if (vm.type(1) !== Type.table || vm.type(2) !== Type.number) return false;
  const place = vm.checkInteger(2);
  return place < 1 || place > vm.rawLength(1) + 1;
}
