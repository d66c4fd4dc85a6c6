import { Amf3Reader } from "../../codecs/mod.ts";
import {
  Allowance,
  type Author,
  keepValues,
  type KeptValues,
  MAX_SLOT_NAME,
  type ObjectEvent,
  type Receiver,
  type SharedObject,
  type Update,
  writeKept,
} from "../../flash/mod.ts";
import type { Application } from "../applications/application.ts";
import type { Host } from "../host.ts";
import type { Arguments } from "../lua/arguments.ts";
import type { Payer } from "../lua/budget.ts";
import {
  type Answer,
  define,
  type Definition,
  event,
  method,
  property,
  readonly,
} from "../lua/definition.ts";
import { LuaError } from "../lua/error.ts";
import type { LuaVM } from "../lua/vm.ts";
import { LuaWriter } from "../lua/writer.ts";
import { contextOf } from "./client_context.ts";

/** A shared object as the scripts of one application have it, until `close` or the application's end. */
export class ScriptSharedObject implements Receiver {
  readonly object: SharedObject;
  readonly application: Application;
  readonly author: Author = { bytes: -Infinity };
  readonly #host: Host;
  readonly #onClosed: () => void;
  #locks = 0;
  isOpen = true;

  constructor(host: Host, application: Application, object: SharedObject, onClosed: () => void) {
    this.#host = host;
    this.application = application;
    this.object = object;
    this.#onClosed = onClosed;
    object.add(this);
  }

  receive({ events }: Update): void {
    for (const event of events) {
      if (event.kind === "send" && event.by !== this.author) this.#call(event.name, event);
    }
    const changes = events.filter(({ kind, isVoid }) => kind !== "send" && !isVoid);
    if (changes.length === 0 || !this.#host.objects.mayHave(this, "onSync")) return;
    const list = (vm: LuaVM) => pushChanges(this.#host, vm, changes, this.author);
    this.#host.call(this.application, this, "onSync", [list], payerOf(changes[0]?.by));
  }

  lock(): number {
    this.#locks++;
    return this.object.lock();
  }

  unlock(): number {
    if (this.#locks === 0) return this.object.isLocked ? 1 : 0;
    this.#locks--;
    return this.object.unlock();
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    while (this.#locks > 0) this.unlock();
    this.object.remove(this);
    this.#onClosed();
  }

  /** Calls the function that a message names, if the script has put one into the object. */
  #call(name: string, { args, by }: ObjectEvent & { readonly kind: "send" }): void {
    const { vm, objects, applications } = this.#host;
    vm.scoped(() => {
      if (MEMBERS.has(name) || !objects.beginOwn(this, name)) return;
      try {
        const writer = new LuaWriter(vm, objects.typed);
        writeKept(args, writer);
        applications.run(this.application, 1 + writer.finish(), 0, payerOf(by));
      } catch (error) {
        if (!(error instanceof LuaError)) throw error;
        applications.report(error);
      }
    });
  }
}

/** The objects that each application has. */
const opened = new WeakMap<Application, Map<SharedObject, ScriptSharedObject>>();

/** `mona:sharedObject(name[, persistent[, instance]])`: the same one each time. */
export function openSharedObject(host: Host, args: Arguments): ScriptSharedObject {
  const { sharedObjects } = host.options;
  if (sharedObjects === undefined) throw new Error("there are no shared objects here");
  const application = host.applications.current;
  const instance = args.text(3, "");
  const scope = instance === "" ? application.path : `${application.path}/${instance}`;
  const name = args.text(1);
  const known = sharedObjects.get(scope, name);
  const isPersistent = args.has(2) ? args.boolean(2) : known?.isPersistent ?? false;
  const object = sharedObjects.open(scope, name, isPersistent);
  const all = opened.get(application) ?? new Map<SharedObject, ScriptSharedObject>();
  opened.set(application, all);
  const before = all.get(object);
  if (before !== undefined) return before;
  const made: ScriptSharedObject = new ScriptSharedObject(host, application, object, () => {
    all.delete(object);
    application.resources.delete(made);
    host.objects.release(made);
  });
  all.set(object, made);
  host.own(made);
  return made;
}

/** `SharedObject` of scripts; functions that a script puts into it take its messages. */
export function sharedObject(host: Host): Definition<ScriptSharedObject> {
  const value = (kept: KeptValues) => (vm: LuaVM) => pushKept(host, vm, kept);
  return define<ScriptSharedObject>({
    name: "SharedObject",
    type: ScriptSharedObject,
    isAlive: ({ isOpen }) => isOpen,
    members: {
      name: readonly(({ object }) => object.name),
      persistent: readonly(({ object }) => object.isPersistent),
      version: readonly(({ object }) => object.version),
      resyncDepth: property(
        ({ object }) => object.resyncDepth,
        ({ object }, args) => object.resyncDepth = Math.max(0, args.number(1)),
      ),
      get: method(({ object }, args) => {
        const slot = object.slots.get(args.text(1));
        return slot === undefined ? null : args.answer(new Amf3Reader(slot.value));
      }),
      set: method(({ object, author, isOpen }, args) => {
        const name = nameOf(args, 1);
        if (!isOpen) return;
        const change = args.has(2)
          ? { kind: "set" as const, name, value: keepValues(args.reader(2), 1) }
          : { kind: "remove" as const, name };
        object.change(change, author);
      }),
      names: method(({ object }) => (vm: LuaVM) => {
        vm.pushTable(object.slots.size);
        let index = 0;
        for (const [name] of object.slots.entries()) {
          vm.pushText(name);
          vm.rawSetAt(-2, ++index);
        }
      }),
      send: method(({ object, author, isOpen }, args) => {
        const name = nameOf(args, 1);
        if (!isOpen) return;
        object.change({ kind: "send", name, args: keepValues(args.reader(2)) }, author);
      }),
      clear: method(({ object, author, isOpen }) => {
        if (isOpen) object.change({ kind: "clear" }, author);
      }),
      lock: method((self) => self.isOpen ? self.lock() : -1),
      unlock: method((self) => self.isOpen ? self.unlock() : -1),
      flush: method(({ object }) => {
        object.flush();
        return object.save();
      }),
      purge: method(({ object }, args) => {
        object.slots.purge(Math.min(object.version, args.number(1, object.version)));
      }),
      close: method((self) => self.close()),
      onSync: event(),
    },
    length: ({ object }) => object.slots.size,
    *entries({ object }) {
      for (const [name, slot] of [...object.slots.entries()]) yield [name, value(slot.value)];
    },
    *data({ object }) {
      for (const [name, slot] of [...object.slots.entries()]) yield [name, value(slot.value)];
    },
  });
}

/** Names that no message calls. */
const MEMBERS: ReadonlySet<string> = new Set([
  "name",
  "persistent",
  "version",
  "resyncDepth",
  "get",
  "set",
  "names",
  "send",
  "clear",
  "lock",
  "unlock",
  "flush",
  "purge",
  "close",
  "onSync",
  "count",
  "pairs",
  "ipairs",
]);

function nameOf(args: Arguments, index: number): string {
  const name = args.text(index);
  if (name === "" || name.length > MAX_SLOT_NAME) {
    args.fail(index, `a name of 1 to ${MAX_SLOT_NAME} characters expected`);
  }
  return name;
}

function pushKept(host: Host, vm: LuaVM, kept: KeptValues): void {
  const writer = new LuaWriter(vm, host.objects.typed);
  writeKept(kept, writer);
  if (writer.finish() === 0) vm.pushNil();
}

/** A list of `{code=, name=, client=}`. */
function pushChanges(
  host: Host,
  vm: LuaVM,
  changes: readonly ObjectEvent[],
  author: Author,
): void {
  vm.pushTable(changes.length);
  changes.forEach((change, index) => {
    vm.pushTable();
    const set = (name: string, value: Answer) => {
      vm.pushText(name);
      host.objects.push(value);
      vm.rawSet(-3);
    };
    set("code", change.by === author ? "success" : CODES[change.kind]);
    if (change.kind !== "clear") set("name", change.name);
    if (change.by instanceof Allowance && contextOf(change.by.client)) {
      set("client", change.by.client);
    }
    vm.rawSetAt(-2, index + 1);
  });
}

const CODES = { set: "change", remove: "delete", clear: "clear", send: "send" } as const;

/** Script time is the client's who caused it. */
function payerOf(by: Author | undefined): Payer | undefined {
  return by instanceof Allowance ? contextOf(by.client)?.account : undefined;
}
