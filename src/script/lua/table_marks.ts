import type { VectorKind } from "../../codecs/mod.ts";
import { Type } from "./stack.ts";
import type { LuaVM } from "./vm.ts";

/** The `__` fields that tell what a table stands for; no metamethod runs. Tables by absolute index. */

/** Pushes a field of the table itself and returns its type. */
export function pushRawField(vm: LuaVM, table: number, name: string): number {
  vm.pushName(name);
  return vm.rawGet(table);
}

/** Pushes a field of the metatable, nil without one, and returns its type. */
export function pushMetafield(vm: LuaVM, table: number, name: string): number {
  if (vm.c.lua_getmetatable(vm.L, table) === 0) {
    vm.pushNil();
    return Type.nil;
  }
  const type = pushRawField(vm, vm.absolute(-1), name);
  vm.remove(-2);
  return type;
}

/**
 * Pushes a function of the table itself, else the field of its metatable; false when that is no
 * function.
 */
export function pushMethod(vm: LuaVM, table: number, name: string): boolean {
  if (pushRawField(vm, table, name) === Type.function) return true;
  vm.pop();
  return pushMetafield(vm, table, name) === Type.function;
}

export function hasWeakKeys(vm: LuaVM, table: number): boolean {
  const isWeak = pushMetafield(vm, table, "__mode") === Type.string &&
    (vm.toText(-1) ?? "").includes("k");
  vm.pop();
  return isWeak;
}

/** What vector a sequence is by its metatable; undefined when it is none, or has other elements. */
export function vectorOf(
  vm: LuaVM,
  table: number,
  length: number,
): { readonly kind: VectorKind; readonly fixed: boolean } | undefined {
  if (pushMetafield(vm, table, "__vector") !== Type.string) {
    vm.pop();
    return undefined;
  }
  const name = vm.toText(-1);
  pushMetafield(vm, table, "__class");
  const object = vm.toText(-1) ?? "";
  pushMetafield(vm, table, "__fixed");
  const fixed = vm.toBoolean(-1);
  vm.pop(3);
  if (name === "object") return { kind: { object }, fixed };
  if (name !== "int" && name !== "uint" && name !== "double") return undefined;
  return areNumbers(vm, table, length, name) ? { kind: name, fixed } : undefined;
}

/** True when each element is a number that a vector of that kind can hold. */
function areNumbers(
  vm: LuaVM,
  table: number,
  length: number,
  kind: "int" | "uint" | "double",
): boolean {
  for (let i = 1; i <= length; i++) {
    const isNumber = vm.rawGetAt(table, i) === Type.number;
    const value = isNumber ? vm.toNumber(-1) : 0;
    vm.pop();
    const whole = kind === "int" ? value | 0 : kind === "uint" ? value >>> 0 : value;
    if (!isNumber || (whole !== value && kind !== "double")) return false;
  }
  return true;
}
