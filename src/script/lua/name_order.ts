import { Type } from "./stack.ts";
import type { LuaVM } from "./vm.ts";

/**
 * Lua tables have no order of names. Where it means something (XML), a table with weak keys has it
 * for each table that was read: the names as a sequence, and as keys. `orders` is its reference.
 */

/** Notes the order of the names of the table on top. */
export function noteOrder(vm: LuaVM, orders: number, names: readonly Uint8Array[]): void {
  vm.pushRef(orders);
  vm.pushCopy(-2);
  vm.pushTable(names.length, names.length);
  names.forEach((name, index) => {
    vm.pushBytes(name);
    vm.pushCopy(-1);
    vm.rawSetAt(-3, index + 1);
    vm.pushBoolean(true);
    vm.rawSet(-3);
  });
  vm.rawSet(-3);
  vm.pop();
}

/** Pushes the order of a table's names and returns its index; 0, and nothing, without one. */
export function pushOrder(vm: LuaVM, orders: number, table: number): number {
  vm.pushRef(orders);
  vm.pushCopy(table);
  const type = vm.rawGet(-2);
  vm.remove(-2);
  if (type === Type.table) return vm.top;
  vm.pop();
  return 0;
}

/** True when the order at that index has the key at `key`. */
export function hasOrdered(vm: LuaVM, order: number, key: number): boolean {
  vm.pushCopy(key);
  const isOrdered = vm.type(-1) === Type.string && vm.rawGet(order) !== Type.nil;
  vm.pop();
  return isOrdered;
}
