import { Type } from "../stack.ts";
import type { LuaVM } from "../vm.ts";

/** Elements that one call moves at most: Lua counts to any number, and nothing stops it. */
const MAX_MOVED = 100_000_000;

/**
 * `table.insert` and `table.remove` at positions outside of the sequence, which are errors in Lua 5.4:
 * as in Lua 5.1 and LuaJIT the one assigns there, the other does nothing.
 */
export function acceptAnyPosition(vm: LuaVM): void {
  vm.intercept("table", "insert", (own) => () => {
    if (vm.top !== 3 || !isOutside(vm)) return own();
    const position = vm.checkInteger(2);
    const length = vm.rawLength(1);
    if (length - position > MAX_MOVED) throw new Error("too many elements to move");
    for (let i = length; i >= position; i--) {
      vm.c.lua_geti(vm.L, 1, BigInt(i));
      vm.c.lua_seti(vm.L, 1, BigInt(i + 1));
    }
    vm.c.lua_seti(vm.L, 1, BigInt(position));
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

/** A comparison of `table.sort`'s own, in instructions. */
const COMPARISON = 3;

/** `table.sort` and `table.concat` count what they do inside of C, which nothing can stop. */
export function boundTables(vm: LuaVM): void {
  const length = () => vm.type(1) === Type.table ? vm.rawLength(1) : 0;
  vm.intercept("table", "sort", (own) => () => {
    const count = length();
    if (count > 1) vm.spend(count * Math.log2(count) * COMPARISON);
    return own();
  });
  vm.intercept("table", "concat", (own) => () => {
    vm.spend(length());
    return own();
  });
}

/** True when argument 2 is a number that is no position of the table before it, nor the next one. */
function isOutside(vm: LuaVM): boolean {
  if (vm.type(1) !== Type.table || vm.type(2) !== Type.number) return false;
  const position = vm.checkInteger(2);
  return position < 1 || position > vm.rawLength(1) + 1;
}

/** `math.max` and `math.min` compare texts that spell numbers, such as values of `data`, as these. */
export function acceptNumerals(vm: LuaVM): void {
  for (const name of ["max", "min"]) {
    vm.intercept("math", name, (own) => () => {
      for (let index = vm.top; index > 0; index--) {
        if (vm.type(index) !== Type.string) continue;
        vm.pushNumber(vm.c.luaL_checknumber(vm.L, index));
        vm.insert(index);
        vm.remove(index + 1);
      }
      return own();
    });
  }
}

/** Has a function of the prelude ready each metatable with a field that needs it. */
export function prepareMetatables(vm: LuaVM, prepare: number): void {
  const has = (field: string) => {
    vm.pushName(field);
    const type = vm.rawGet(2);
    vm.pop();
    return type !== Type.nil;
  };
  vm.intercept("_G", "setmetatable", (own) => () => {
    if (vm.type(2) === Type.table && (has("__gc") || has("__lt"))) {
      vm.pushRef(prepare);
      vm.pushCopy(2);
      vm.callThrough(1, 0);
    }
    return own();
  });
}
