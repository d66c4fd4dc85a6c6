import type { Ref } from "../../codecs/mod.ts";
import type { Pointer } from "./build.ts";
import type { LuaVM } from "./vm.ts";

/** Tables that are held by a stack slot each; the last slot is a table that holds all later ones. */
const SLOTS = 8;

/**
 * What a writer called the tables that it was given, by their addresses. They are held on the stack
 * until {@link release}: a script that runs in between may drop a table, and while its address is
 * remembered no other table may get it.
 */
export class HeldTables {
  readonly #vm: LuaVM;
  /** Stack index of the first slot. */
  readonly #first: number;
  #references: Map<Pointer, Ref> | undefined;

  /** Takes the slots from the stack; what is pushed later must be popped before {@link release}. */
  constructor(vm: LuaVM) {
    this.#vm = vm;
    vm.reserve(SLOTS);
    this.#first = vm.top + 1;
    vm.top += SLOTS;
  }

  /** Undefined for a table that was not written yet. */
  referenceOf(pointer: Pointer): Ref | undefined {
    return this.#references?.get(pointer);
  }

  hold(table: number, pointer: Pointer, ref: Ref): void {
    this.#references ??= new Map();
    const { size } = this.#references;
    this.#references.set(pointer, ref);
    if (this.#references.size > size) this.#keep(table, this.#references.size);
  }

  release(): void {
    this.#vm.top = this.#first - 1;
  }

  #keep(table: number, count: number): void {
    const vm = this.#vm;
    if (count < SLOTS) return vm.c.lua_copy(vm.L, table, this.#first + count - 1);
    const last = this.#first + SLOTS - 1;
    if (count === SLOTS) {
      vm.pushTable();
      vm.c.lua_copy(vm.L, -1, last);
      vm.pop();
    }
    vm.pushCopy(table);
    vm.c.lua_rawsetp(vm.L, last, count);
  }
}
