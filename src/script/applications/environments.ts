import { Type } from "../lua/stack.ts";
import type { LuaVM } from "../lua/vm.ts";
import { type EventName, EVENTS } from "../events.ts";
import type { Pointer } from "../lua/build.ts";
import type { Application } from "./application.ts";

/** The root application's global name, after its folder. */
const ROOT = "www";

/** Pushes the value of a global that every application has of its own, such as `clients`. */
export type OwnGlobal = (application: Application) => void;

/**
 * The tables behind applications. Globals are raw fields of the environment; what it lacks is in
 * its base layer (`name`, `super`, running children, ...), then in the parent's environment, then
 * its base, up to the root and Lua's own globals. All of it is plain table lookup inside Lua.
 *
 * An environment stays the same table when its application restarts, so that children, siblings
 * and functions kept from before see the new one.
 */
export class Environments {
  readonly #vm: LuaVM;
  /** Reference of prelude's function that fills a base layer. */
  readonly #equip: number;
  readonly #events = new Map<Pointer, EventName>();
  readonly #extras: ReadonlyMap<string, OwnGlobal>;

  /** `extras`: globals that every application has of its own. */
  constructor(
    vm: LuaVM,
    equip: number,
    extras: ReadonlyMap<string, OwnGlobal>,
  ) {
    this.#vm = vm;
    this.#equip = equip;
    this.#extras = extras;
    for (const event of EVENTS) {
      vm.pushName(event);
      this.#events.set(vm.pointer(-1), event);
      vm.pop();
    }
  }

  /** Makes the tables of a new application. */
  create(application: Application): void {
    const vm = this.#vm;
    vm.pushTable();
    vm.pushTable(0, 4);
    const environment = vm.top - 1;
    const base = vm.top;
    this.#chain(environment, base, (set) => {
      set("__newindex", () => this.#assign(application));
    });
    this.#pushBelow(application);
    this.#chain(base, vm.top, () => {});
    vm.pop();
    this.#fill(environment, base);
    vm.pushText(application.name);
    vm.setField(base, "name");
    vm.pushText(application.path);
    vm.setField(base, "path");
    vm.pushCopy(environment);
    vm.setField(base, "this");
    if (application.parent) vm.pushRef(application.parent.environment);
    else vm.pushNil();
    vm.setField(base, "super");
    if (application.parent === undefined) {
      vm.pushCopy(environment);
      vm.setField(base, ROOT);
    }
    for (const [name, push] of this.#extras) {
      push(application);
      vm.setField(base, name);
    }
    application.base = vm.ref();
    application.environment = vm.ref();
  }

  /** Empties an environment: what its functions and children hold of it stays the same table. */
  clear(application: Application): void {
    const vm = this.#vm;
    vm.pushRef(application.environment);
    const environment = vm.top;
    vm.pushNil();
    while (vm.next(environment)) {
      vm.pop();
      vm.pushCopy(-1);
      vm.pushNil();
      vm.rawSet(environment);
    }
    vm.pushRef(application.base);
    this.#fill(environment, vm.top);
    vm.pop(2);
    application.unmarkAll();
  }

  /** Gives the base layer the prelude's functions of its own, and an empty `package.loaded`. */
  #fill(environment: number, base: number): void {
    const vm = this.#vm;
    vm.pushRef(this.#equip);
    vm.pushCopy(environment);
    vm.pushCopy(base);
    vm.call(2, 0);
  }

  /**
   * Makes a running child visible by its name in its parent, or no longer. A name that means
   * something else already, to the parent or to Lua, keeps its meaning.
   */
  show(child: Application, isVisible: boolean): void {
    const { parent } = child;
    if (parent === undefined || this.#isGlobal(child.name)) return;
    const vm = this.#vm;
    vm.pushRef(parent.base);
    vm.pushText(child.name);
    vm.pushCopy(-1);
    vm.rawGet(-3);
    vm.pushRef(child.environment);
    const isFree = vm.isNil(-2) || vm.rawEqual(-1, -2);
    vm.pop(2);
    if (!isFree) return vm.pop(2);
    if (isVisible) vm.pushRef(child.environment);
    else vm.pushNil();
    vm.rawSet(-3);
    vm.pop();
  }

  #isGlobal(name: string): boolean {
    const vm = this.#vm;
    vm.pushGlobals();
    vm.pushText(name);
    const isGlobal = vm.rawGet(-2) !== Type.nil;
    vm.pop(2);
    return isGlobal;
  }

  /** Pushes the nearest function of an event and returns its application; undefined when none. */
  pushEvent(application: Application, event: EventName): Application | undefined {
    const vm = this.#vm;
    for (const owner of application.lineage()) {
      if (!owner.owns(event)) continue;
      vm.pushRef(owner.environment);
      vm.pushName(event);
      const type = vm.rawGet(-2);
      vm.remove(-2);
      if (type === Type.function) return owner;
      vm.pop();
      owner.mark(event, false);
    }
    return undefined;
  }

  #assign(application: Application): number {
    const vm = this.#vm;
    const event = this.#events.get(vm.pointer(2));
    vm.top = 3;
    vm.rawSet(1);
    if (event !== undefined) application.mark(event, true);
    return 0;
  }

  /** Pushes what is below an application's base layer. */
  #pushBelow(application: Application): void {
    if (application.parent) this.#vm.pushRef(application.parent.environment);
    else this.#vm.pushGlobals();
  }

  #chain(
    table: number,
    below: number,
    more: (set: (name: string, fn: () => number) => void) => void,
  ): void {
    const vm = this.#vm;
    vm.pushTable(0, 3);
    vm.pushCopy(below);
    vm.setField(-2, "__index");
    vm.pushText("application");
    vm.setField(-2, "__metatable");
    more((name, fn) => {
      vm.pushFunction(fn);
      vm.setField(-2, name);
    });
    vm.setMetatable(table);
  }
}
