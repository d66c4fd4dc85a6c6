import { Arguments } from "./arguments.ts";
import type { Pointer } from "./build.ts";
import { type Answer, type Definition, type Member, Pushed, Results } from "./definition.ts";
import { LuaError } from "./error.ts";
import { type Class, type Entry, Identities, type NamedMember } from "./identities.ts";
import { Type } from "./stack.ts";
import type { TypedObjects } from "./typed_objects.ts";
import type { HostFunction, LuaVM } from "./vm.ts";

/**
 * Our objects as scripts see them: for each one table, the same each time, that holds what scripts
 * put in it; our members are behind its metatable. The table of an object that is alive is kept;
 * then it lives as long as a script holds it.
 */
export class Objects {
  readonly vm: LuaVM;
  readonly typed: TypedObjects;
  readonly #classes = new Map<unknown, Class>();
  readonly #identities: Identities;
  /** The object whose method was read last, for `object.method(...)` written without colon. */
  #selected: Entry | undefined;

  constructor(vm: LuaVM, typed: (objects: Objects) => TypedObjects) {
    this.vm = vm;
    this.typed = typed(this);
    this.#identities = new Identities(vm);
  }

  /** How many objects have a Lua value now. */
  get size(): number {
    return this.#identities.size;
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

  /** What is defined, each with the names of its members. */
  *definitions(): Generator<[definition: Definition<object>, members: NamedMember[]]> {
    for (const { definition, members } of this.#classes.values()) {
      yield [definition, [...members.values()]];
    }
  }

  /** The definition of the object whose table is at a stack index, if it is one of ours. */
  definitionAt(index: number): Definition<object> | undefined {
    const found = this.at(index);
    return found && this.#classOf(found).definition;
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
        if (value instanceof Uint8Array) {
          vm.spendCopy(value.length);
          return vm.pushBytes(value);
        }
        return this.pushObject(value);
      default:
        return vm.pushNil();
    }
  }

  /** Pushes the table of an object whose class is defined. */
  pushObject(object: object): void {
    this.#identities.push(object, this.#classOf);
  }

  /** The object whose table is at a stack index; undefined when it is no object of ours. */
  at(index: number): object | undefined {
    if (this.vm.type(index) !== Type.table) return undefined;
    return this.#identities.at(this.vm.pointer(index))?.object;
  }

  /**
   * What a collection is as data, by the address of its table: each call pushes a key and a value.
   * Undefined for any other table.
   */
  dataAt(pointer: Pointer): Iterable<() => void> | undefined {
    const entry = this.#identities.at(pointer);
    const data = entry?.class.definition.data?.(entry.object);
    return data && this.#pushes(data);
  }

  *#pushes(data: Iterable<readonly [name: Answer, value: Answer]>): Generator<() => void> {
    for (const [name, value] of data) {
      yield () => {
        this.push(name);
        this.push(value);
      };
    }
  }

  /** What the object stood for is gone: scripts may go on holding it, we do not. */
  release(object: object): void {
    this.#identities.release(object);
  }

  /** Releases an object that may come to stand for something else: that gets a new Lua value. */
  forget(object: object): void {
    this.#identities.forget(object);
  }

  /** Pushes an object's table when it has had one; false, and nothing, when not. */
  pushKnown(object: object): boolean {
    return this.#identities.pushKnown(object);
  }

  /**
   * Pushes a function that scripts put into the object, and the object, ready for a call; false
   * when it is none, whatever is on the stack then.
   */
  beginOwn(object: object, name: string): boolean {
    if (!this.#identities.pushKnown(object)) return false;
    this.vm.pushText(name);
    if (this.vm.rawGet(-2) !== Type.function) return false;
    this.vm.insert(-2);
    return true;
  }

  /** True when scripts may have assigned that event of the object. */
  mayHave(object: object, event: string): boolean {
    return this.#identities.of(object)?.events?.has(event) ?? false;
  }

  /** Pushes an event's function and the object, ready for a call; false when there is none. */
  event(object: object, event: string): boolean {
    const entry = this.#identities.of(object);
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

  readonly #classOf = (object: object): Class => {
    for (let type = object.constructor; type; type = Object.getPrototypeOf(type)) {
      const found = this.#classes.get(type);
      if (found !== undefined) return found;
    }
    throw new Error(`${object.constructor.name} has no definition for scripts`);
  };

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
      const entry = this.#identities.at(vm.pointer(1));
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
    const through = (all: typeof entries) => (self: object) => this.#iterator(self, all);
    const { pairs = entries } = made.definition;
    this.#member(made, "pairs", { kind: "method", call: through(pairs) });
    this.#member(made, "ipairs", { kind: "method", call: through(entries) });
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
          const other = this.#identities.at(vm.pointer(2));
          vm.pushBoolean(other?.class === made && equals(self, other.object));
        }));
    }
    if (call) {
      set("__call", () => {
        const entry = this.#identities.at(vm.pointer(1));
        if (entry?.class !== made) return 0;
        return this.answer(call(entry.object, new Arguments(this, definition.name, 1)) ?? null);
      });
    }
    if (entries) {
      const through = (all: typeof entries): HostFunction => () => {
        const entry = this.#identities.at(vm.pointer(1));
        return entry === undefined ? 0 : this.answer(this.#iterator(entry.object, all));
      };
      set("__pairs", through(definition.pairs ?? entries));
      set("__ipairs", through(entries));
    }
    vm.pushText(definition.name);
    vm.setField(-2, "__name");
    vm.pushText(definition.name);
    vm.setField(-2, "__metatable");
    return vm.ref();
  }

  #of(made: Class, push: (self: object) => void): number {
    const entry = this.#identities.at(this.vm.pointer(1));
    if (entry?.class !== made) return 0;
    push(entry.object);
    return 1;
  }

  #index(made: Class): number {
    const { vm } = this;
    const entry = this.#identities.at(vm.pointer(1));
    if (entry?.class !== made) return 0;
    const { index, name } = made.definition;
    if (index !== undefined) {
      const answer = index(entry.object, new Arguments(this, name, 1));
      if (answer !== undefined) return this.answer(answer);
    }
    const type = vm.type(2);
    if (type !== Type.string) {
      const { element, keyed } = made.definition;
      const key = type === Type.table ? this.at(2) : undefined;
      if (key !== undefined) this.push(keyed?.(entry.object, key));
      else if (type === Type.number) this.push(element?.(entry.object, vm.toNumber(2)));
      else return 0;
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
      vm.pushName(found.name);
      vm.rawGet(1);
    } else {
      this.push(member.get(entry.object));
      if (member.kind === "part") this.#identities.keep(entry);
    }
    return 1;
  }

  /** A member that the table does not hold is assigned. */
  #assign(made: Class): number {
    const { vm } = this;
    const entry = this.#identities.at(vm.pointer(1));
    const { assign, name } = made.definition;
    if (assign !== undefined && entry !== undefined) {
      assign(entry.object, new Arguments(this, name, 1));
      return 0;
    }
    const found = vm.type(2) === Type.string ? made.members.get(vm.pointer(2)) : undefined;
    const kind = found?.member.kind;
    const isFixed = kind === "readonly" || kind === "part" || kind === "method";
    if (found !== undefined && isFixed && !made.definition.yields?.includes(found.name)) {
      throw new LuaError(
        `${vm.where(1)}${made.definition.name}.${found.name} is read-only`,
      );
    }
    if (entry !== undefined && found?.member.kind === "property") {
      found.member.set(entry.object, new Arguments(this, found.name, 2));
      return 0;
    }
    vm.top = 3;
    if (entry !== undefined && found !== undefined && kind === "event") {
      // By whatever name it is assigned, an event is kept by its own.
      vm.pushName(found.name);
      vm.insert(2);
      vm.remove(3);
      if (!vm.isNil(3)) this.#watch(entry, found.name, true);
    }
    vm.rawSet(1);
    return 0;
  }

  #watch(entry: Entry, name: string, isDefined: boolean): void {
    entry.events ??= new Set();
    if (isDefined) entry.events.add(name);
    else entry.events.delete(name);
    const member = entry.class.definition.members[name];
    if (member?.kind === "event") member.watch?.(entry.object, isDefined);
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
    const entry = this.#identities.collected(this.vm.pointer(1));
    entry?.class.definition.onCollected?.(entry.object);
    return 0;
  }
}
