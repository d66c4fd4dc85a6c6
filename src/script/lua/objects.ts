import { Arguments } from "./arguments.ts";
import type { Pointer } from "./build.ts";
import { type Answer, type Definition, type Member, Pushed, Results } from "./definition.ts";
import { LuaError } from "./error.ts";
import { Type } from "./stack.ts";
import type { TypedObjects } from "./typed_objects.ts";
import type { HostFunction, LuaVM } from "./vm.ts";

/** A class's definition, ready for use in one VM. */
interface Class {
  readonly definition: Definition<object>;
  /** Members by the address of their name's Lua string, which is one per content. */
  readonly members: Map<Pointer, NamedMember>;
  /** Reference of the metatable. */
  metatable: number;
}

interface NamedMember {
  readonly name: string;
  readonly member: Member<object>;
  /** Reference of a method's function. */
  readonly ref: number;
}

/** One JavaScript object and the table that stands for it. */
interface Entry {
  readonly object: object;
  readonly class: Class;
  readonly pointer: Pointer;
  /** Key of the table: a reference while it is pinned, else its key in the weak table. */
  id: number;
  isPinned: boolean;
  /** Names of the events that scripts assigned. */
  events: Set<string> | undefined;
}

/**
 * Our objects as scripts see them: for each one table, the same each time, that holds what scripts
 * put in it; our members are behind its metatable. The table of an object that is alive is kept;
 * then it lives as long as a script holds it.
 */
export class Objects {
  readonly vm: LuaVM;
  readonly typed: TypedObjects;
  readonly #classes = new Map<unknown, Class>();
  readonly #entries = new WeakMap<object, Entry>();
  readonly #byPointer = new Map<Pointer, Entry>();
  readonly #weak: number;
  #lastId = 0;
  /** The object whose method was read last, for `object.method(...)` written without colon. */
  #selected: Entry | undefined;

  constructor(vm: LuaVM, typed: (objects: Objects) => TypedObjects) {
    this.vm = vm;
    this.typed = typed(this);
    vm.pushTable();
    vm.pushTable();
    vm.pushText("v");
    vm.setField(-2, "__mode");
    vm.c.lua_setmetatable(vm.L, -2);
    this.#weak = vm.ref();
  }

  /** How many objects have a Lua value now. */
  get size(): number {
    return this.#byPointer.size;
  }

  /** Makes the instances of a class visible to scripts. */
  define<T extends object>(definition: Definition<T>): void {
    const made: Class = {
      definition: definition as unknown as Definition<object>,
      members: new Map(),
      metatable: 0,
    };
    for (const [name, member] of Object.entries(made.definition.members)) {
      this.#member(made, name, member);
    }
    this.#collection(made);
    for (const [alias, name] of Object.entries(definition.aliases ?? {})) {
      const named = [...made.members.values()].find((member) => member.name === name);
      if (named === undefined) throw new Error(`${definition.name} has no ${name}`);
      this.#name(made, alias, named);
    }
    made.metatable = this.#metatable(made);
    this.#classes.set(definition.type, made);
  }

  /** Pushes any answer that is one value. */
  push(value: Answer): void {
    const { vm } = this;
    switch (typeof value) {
      case "string":
        return vm.pushText(value);
      case "number":
        return vm.pushNumber(value);
      case "boolean":
        return vm.pushBoolean(value);
      case "bigint":
        return vm.pushBigint(value);
      case "function":
        return (value as (vm: LuaVM) => void)(vm);
      case "object":
        if (value === null) return vm.pushNil();
        if (value instanceof Uint8Array) return vm.pushBytes(value);
        return this.pushObject(value);
      default:
        return vm.pushNil();
    }
  }

  /** Pushes the table of an object whose class is defined. */
  pushObject(object: object): void {
    const entry = this.#entries.get(object);
    if (entry === undefined) return this.#create(object);
    const isAlive = entry.class.definition.isAlive?.(object) ?? false;
    if (entry.isPinned) {
      this.vm.pushRef(entry.id);
      return;
    }
    if (!this.#pushWeak(entry)) {
      this.vm.pop();
      return this.#create(object);
    }
    if (isAlive) this.#pin(entry);
  }

  /** The object whose table is at a stack index; undefined when it is no object of ours. */
  at(index: number): object | undefined {
    if (this.vm.type(index) !== Type.table) return undefined;
    return this.#byPointer.get(this.vm.pointer(index))?.object;
  }

  /** What the object stood for is gone: scripts may go on holding it, we do not. */
  release(object: object): void {
    const entry = this.#entries.get(object);
    if (entry === undefined || !entry.isPinned) return;
    const { vm } = this;
    vm.pushRef(entry.id);
    vm.unref(entry.id);
    entry.isPinned = false;
    entry.id = ++this.#lastId;
    this.#putWeak(entry.id);
  }

  /** Releases an object that may come to stand for something else: that gets a new Lua value. */
  forget(object: object): void {
    this.release(object);
    this.#entries.delete(object);
  }

  /** Pushes a member that scripts put into the object, nil when there is none. */
  pushOwn(object: object, name: string): number {
    if (!this.#entries.has(object)) {
      this.vm.pushNil();
      return Type.nil;
    }
    this.pushObject(object);
    this.vm.pushText(name);
    const type = this.vm.rawGet(-2);
    this.vm.remove(-2);
    return type;
  }

  /** True when scripts may have assigned that event of the object. */
  mayHave(object: object, event: string): boolean {
    return this.#entries.get(object)?.events?.has(event) ?? false;
  }

  /** Pushes an event's function and the object, ready for a call; false when there is none. */
  event(object: object, event: string): boolean {
    const entry = this.#entries.get(object);
    if (!entry?.events?.has(event)) return false;
    const { vm } = this;
    this.pushObject(object);
    vm.pushName(event);
    if (vm.rawGet(-2) === Type.function) {
      vm.insert(-2);
      return true;
    }
    vm.pop(2);
    this.#watch(entry, event, false);
    return false;
  }

  /** Pushes all values of an answer and returns how many. */
  answer(value: Answer | Pushed | void): number {
    if (value === undefined) return 0;
    if (value instanceof Pushed) return value.count;
    if (!(value instanceof Results)) {
      this.push(value as Answer);
      return 1;
    }
    this.vm.reserve(value.values.length + 8);
    for (const one of value.values) this.push(one);
    return value.values.length;
  }

  #create(object: object): void {
    const made = this.#classOf(object);
    const { vm } = this;
    vm.pushTable();
    vm.pushRef(made.metatable);
    vm.c.lua_setmetatable(vm.L, -2);
    const isPinned = made.definition.isAlive?.(object) ?? false;
    const pointer = vm.pointer(-1);
    vm.pushCopy(-1);
    const id = isPinned ? vm.ref() : ++this.#lastId;
    if (!isPinned) this.#putWeak(id);
    const entry = { object, class: made, id, pointer, isPinned, events: undefined };
    this.#entries.set(object, entry);
    this.#byPointer.set(pointer, entry);
  }

  #pin(entry: Entry): void {
    this.vm.pushCopy(-1);
    entry.id = this.vm.ref();
    entry.isPinned = true;
  }

  #classOf(object: object): Class {
    for (let type = object.constructor; type; type = Object.getPrototypeOf(type)) {
      const found = this.#classes.get(type);
      if (found !== undefined) return found;
    }
    throw new Error(`${object.constructor.name} has no definition for scripts`);
  }

  #pushWeak(entry: Entry): boolean {
    const { vm } = this;
    vm.pushRef(this.#weak);
    const type = vm.c.lua_rawgetp(vm.L, -1, entry.id);
    vm.remove(-2);
    return type !== Type.nil;
  }

  /** Pops a table into the weak table. */
  #putWeak(id: number): void {
    const { vm } = this;
    vm.pushRef(this.#weak);
    vm.insert(-2);
    vm.c.lua_rawsetp(vm.L, -2, id);
    vm.pop();
  }

  #member(made: Class, name: string, member: Member<object>): void {
    const { vm } = this;
    let ref = 0;
    if (member.kind === "method") {
      vm.pushFunction(this.#methodOf(made, name, member.call));
      ref = vm.ref();
    }
    this.#name(made, name, { name, member, ref });
  }

  #name(made: Class, name: string, member: NamedMember): void {
    this.vm.pushName(name);
    made.members.set(this.vm.pointer(-1), member);
    this.vm.pop();
  }

  #methodOf(
    made: Class,
    name: string,
    call: (self: object, args: Arguments) => Answer | void,
  ): HostFunction {
    return (vm) => {
      const entry = this.#byPointer.get(vm.pointer(1));
      if (entry?.class === made) {
        return this.answer(call(entry.object, new Arguments(this, name, 1)));
      }
      const selected = this.#selected;
      if (selected?.class !== made) {
        throw new LuaError(
          `${vm.where(1)}bad self to '${name}' (${made.definition.name} expected)`,
        );
      }
      return this.answer(call(selected.object, new Arguments(this, name, 0)));
    };
  }

  /** Gives collections what both servers' references offer: `count`, `:pairs()`, `:ipairs()`. */
  #collection(made: Class): void {
    const { length, entries } = made.definition;
    if (length !== undefined && made.definition.members["count"] === undefined) {
      this.#member(made, "count", { kind: "readonly", get: length });
    }
    if (entries === undefined) return;
    const call = (self: object) => this.#iterator(self, entries);
    this.#member(made, "pairs", { kind: "method", call });
    this.#member(made, "ipairs", { kind: "method", call });
  }

  #metatable(made: Class): number {
    const { vm } = this;
    const { definition } = made;
    vm.pushTable();
    const set = (name: string, fn: HostFunction) => {
      vm.pushFunction(fn);
      vm.setField(-2, name);
    };
    set("__index", () => this.#index(made));
    set("__newindex", () => this.#assign(made));
    set("__gc", () => this.#collected());
    const { length, entries, call, text, equals } = definition;
    if (text) set("__tostring", (vm) => this.#of(made, (self) => vm.pushText(text(self))));
    if (length) set("__len", (vm) => this.#of(made, (self) => vm.pushNumber(length(self))));
    if (equals) {
      set("__eq", (vm) =>
        this.#of(made, (self) => {
          const other = this.#byPointer.get(vm.pointer(2));
          vm.pushBoolean(other?.class === made && equals(self, other.object));
        }));
    }
    if (call) {
      set("__call", () => {
        const entry = this.#byPointer.get(vm.pointer(1));
        if (entry?.class !== made) return 0;
        return this.answer(call(entry.object, new Arguments(this, definition.name, 1)) ?? null);
      });
    }
    if (entries) {
      const iterate: HostFunction = () => {
        const entry = this.#byPointer.get(vm.pointer(1));
        return entry === undefined ? 0 : this.answer(this.#iterator(entry.object, entries));
      };
      set("__pairs", iterate);
      set("__ipairs", iterate);
    }
    vm.pushText(definition.name);
    vm.setField(-2, "__name");
    vm.pushText(definition.name);
    vm.setField(-2, "__metatable");
    return vm.ref();
  }

  #of(made: Class, push: (self: object) => void): number {
    const entry = this.#byPointer.get(this.vm.pointer(1));
    if (entry?.class !== made) return 0;
    push(entry.object);
    return 1;
  }

  #index(made: Class): number {
    const { vm } = this;
    const entry = this.#byPointer.get(vm.pointer(1));
    if (entry?.class !== made) return 0;
    const { index, name } = made.definition;
    if (index !== undefined) {
      const answer = index(entry.object, new Arguments(this, name, 1));
      if (answer !== undefined) return this.answer(answer);
    }
    const type = vm.type(2);
    if (type !== Type.string) {
      const { element } = made.definition;
      if (element === undefined || type !== Type.number) return 0;
      this.push(element(entry.object, vm.toNumber(2)));
      return 1;
    }
    const found = made.members.get(vm.pointer(2));
    if (found === undefined) {
      const { dynamic } = made.definition;
      if (dynamic === undefined) return 0;
      this.push(dynamic(entry.object, vm.toText(2) as string));
      return 1;
    }
    const { member } = found;
    if (member.kind === "method") {
      this.#selected = entry;
      vm.pushRef(found.ref);
    } else if (member.kind === "event") {
      return 0;
    } else {
      this.push(member.get(entry.object));
    }
    return 1;
  }

  /** A member that the table does not hold is assigned. */
  #assign(made: Class): number {
    const { vm } = this;
    const entry = this.#byPointer.get(vm.pointer(1));
    const { assign, name } = made.definition;
    if (assign !== undefined && entry !== undefined) {
      assign(entry.object, new Arguments(this, name, 1));
      return 0;
    }
    const found = vm.type(2) === Type.string ? made.members.get(vm.pointer(2)) : undefined;
    const kind = found?.member.kind;
    if (found !== undefined && (kind === "readonly" || kind === "method")) {
      throw new LuaError(
        `${vm.where(1)}${made.definition.name}.${found.name} is read-only`,
      );
    }
    if (entry !== undefined && found?.member.kind === "property") {
      found.member.set(entry.object, new Arguments(this, found.name, 2));
      return 0;
    }
    vm.top = 3;
    if (entry !== undefined && kind === "event" && !vm.isNil(3)) {
      this.#watch(entry, (found as NamedMember).name, true);
    }
    vm.rawSet(1);
    return 0;
  }

  #watch(entry: Entry, name: string, isDefined: boolean): void {
    entry.events ??= new Set();
    if (isDefined) entry.events.add(name);
    else entry.events.delete(name);
    for (const found of entry.class.members.values()) {
      if (found.name === name && found.member.kind === "event") {
        found.member.watch?.(entry.object, isDefined);
      }
    }
  }

  #iterator(self: object, entries: NonNullable<Definition<object>["entries"]>): Pushed {
    const { vm } = this;
    const iterator = entries(self)[Symbol.iterator]();
    vm.pushClosure(() => {
      const next = iterator.next();
      if (next.done) return 0;
      const [key, value] = next.value;
      this.push(key);
      this.push(value);
      return 2;
    });
    return new Pushed(1);
  }

  #collected(): number {
    const pointer = this.vm.pointer(1);
    const entry = this.#byPointer.get(pointer);
    if (entry === undefined) return 0;
    this.#byPointer.delete(pointer);
    if (this.#entries.get(entry.object) === entry) {
      this.#entries.delete(entry.object);
      entry.class.definition.collected?.(entry.object);
    }
    return 0;
  }
}
