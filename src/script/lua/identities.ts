import type { Pointer } from "./build.ts";
import type { Definition, Member } from "./definition.ts";
import { Type } from "./stack.ts";
import type { LuaVM } from "./vm.ts";

/** A class's definition, ready for use in one VM. */
export interface Class {
  readonly definition: Definition<object>;
  /** Members by the address of their name's Lua string, which is one per content. */
  readonly members: Map<Pointer, NamedMember>;
  /** Reference of the metatable. */
  metatable: number;
}

export interface NamedMember {
  readonly name: string;
  readonly member: Member<object>;
  /** Reference of a method's function. */
  readonly ref: number;
}

/** One JavaScript object and the table that stands for it. */
export interface Entry {
  readonly object: object;
  readonly class: Class;
  readonly pointer: Pointer;
  /** Key of the table: a reference while it is pinned, else its key in the weak table. */
  id: number;
  isPinned: boolean;
  /** Names of the events that scripts assigned. */
  events: Set<string> | undefined;
  /** Tables of what belongs to the object, kept while it is: their references. */
  parts: Map<Pointer, number> | undefined;
}

/**
 * Which table stands for which object. The table of an object that is alive is kept; any other
 * lives as long as a script holds it.
 */
export class Identities {
  readonly #vm: LuaVM;
  readonly #entries = new WeakMap<object, Entry>();
  readonly #byPointer = new Map<Pointer, Entry>();
  /** The one that was pushed or asked for last, which is often asked for next. */
  #recent: Entry | undefined;
  /** Reference of a table with weak values: the tables that are not pinned, by their id. */
  readonly #weak: number;
  #lastId = 0;

  constructor(vm: LuaVM) {
    this.#vm = vm;
    vm.pushTable();
    vm.pushTable();
    vm.pushText("v");
    vm.setField(-2, "__mode");
    vm.c.lua_setmetatable(vm.L, -2);
    this.#weak = vm.ref();
  }

  /** How many objects have a table now. */
  get size(): number {
    return this.#byPointer.size;
  }

  of(object: object): Entry | undefined {
    return this.#entries.get(object);
  }

  /** Whose table is at an address. */
  at(pointer: Pointer): Entry | undefined {
    const recent = this.#recent;
    if (recent?.pointer === pointer) return recent;
    const entry = this.#byPointer.get(pointer);
    if (entry !== undefined) this.#recent = entry;
    return entry;
  }

  /** Pushes an object's table, made when there is none; `classOf` is asked then. */
  push(object: object, classOf: (object: object) => Class): void {
    const entry = this.#entries.get(object);
    if (entry === undefined) return this.#create(object, classOf(object));
    this.#push(object, entry);
  }

  /** Pushes an object's table when it has had one; false, and nothing, when not. */
  pushKnown(object: object): boolean {
    const entry = this.#entries.get(object);
    if (entry === undefined) return false;
    this.#push(object, entry);
    return true;
  }

  #push(object: object, entry: Entry): void {
    if (entry.isPinned) {
      this.#recent = entry;
      this.#vm.pushRef(entry.id);
      return;
    }
    const isAlive = entry.class.definition.isAlive?.(object) ?? false;
    if (!this.#pushWeak(entry)) {
      this.#vm.pop();
      return this.#create(object, entry.class);
    }
    if (isAlive) this.#pin(entry);
  }

  /** Keeps the table on top of the stack as long as its owner is alive. */
  keep(owner: Entry): void {
    const vm = this.#vm;
    const pointer = vm.pointer(-1);
    if (!owner.isPinned || owner.parts?.has(pointer)) return;
    vm.pushCopy(-1);
    owner.parts ??= new Map();
    owner.parts.set(pointer, vm.ref());
  }

  /** Scripts may go on holding the table and its parts, we do not. */
  release(object: object): void {
    const entry = this.#entries.get(object);
    if (entry === undefined || !entry.isPinned) return;
    const vm = this.#vm;
    vm.pushRef(entry.id);
    vm.unref(entry.id);
    entry.isPinned = false;
    entry.id = ++this.#lastId;
    this.#putWeak(entry.id);
    for (const part of entry.parts?.values() ?? []) vm.unref(part);
    entry.parts = undefined;
  }

  /** Releases the table; the object's next one is another. */
  forget(object: object): void {
    this.release(object);
    this.#entries.delete(object);
  }

  /** Lua collected the table at an address: its entry, when the object has no other by now. */
  collected(pointer: Pointer): Entry | undefined {
    const entry = this.#byPointer.get(pointer);
    if (entry === undefined) return undefined;
    this.#byPointer.delete(pointer);
    // Another table may get its address.
    if (this.#recent === entry) this.#recent = undefined;
    if (this.#entries.get(entry.object) !== entry) return undefined;
    this.#entries.delete(entry.object);
    return entry;
  }

  #create(object: object, made: Class): void {
    const vm = this.#vm;
    vm.pushTable();
    vm.pushRef(made.metatable);
    vm.c.lua_setmetatable(vm.L, -2);
    const isPinned = made.definition.isAlive?.(object) ?? false;
    const pointer = vm.pointer(-1);
    vm.pushCopy(-1);
    const id = isPinned ? vm.ref() : ++this.#lastId;
    if (!isPinned) this.#putWeak(id);
    const entry = {
      ...{ object, class: made, id, pointer, isPinned },
      events: undefined,
      parts: undefined,
    };
    this.#entries.set(object, entry);
    this.#byPointer.set(pointer, entry);
    this.#recent = entry;
  }

  #pin(entry: Entry): void {
    this.#vm.pushCopy(-1);
    entry.id = this.#vm.ref();
    entry.isPinned = true;
  }

  #pushWeak(entry: Entry): boolean {
    const vm = this.#vm;
    vm.pushRef(this.#weak);
    const type = vm.c.lua_rawgetp(vm.L, -1, entry.id);
    vm.remove(-2);
    return type !== Type.nil;
  }

  /** Pops a table into the weak table. */
  #putWeak(id: number): void {
    const vm = this.#vm;
    vm.pushRef(this.#weak);
    vm.insert(-2);
    vm.c.lua_rawsetp(vm.L, -2, id);
    vm.pop();
  }
}
