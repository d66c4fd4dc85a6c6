import { type Clock, gauge, type Metric } from "../../base/mod.ts";
import { type Client, type Hub, Refusal } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import { type AccessPaths, ALL_PATHS } from "./access_paths.ts";
import { Allowance } from "./allowance.ts";
import { DEFAULT_LIMITS, MAX_OBJECT_NAME, type SharedObjectLimits, VERSION_GAP } from "./params.ts";
import { type Keeper, type ObjectHost, SharedObject } from "./shared_object.ts";
import type { Author } from "./update.ts";
import type { KeptValues } from "./value.ts";

/** A stored object, and where its changes go. */
export interface StoredObject {
  readonly version: number;
  readonly slots: Iterable<readonly [name: string, value: KeptValues, version: number]>;
  readonly keeper: Keeper;
}

/** Where persistent objects are kept. */
export interface SharedObjectStore {
  /** Objects that are kept, and their bytes. */
  readonly count: number;
  readonly bytes: number;
  has(scope: string, name: string): boolean;
  /** An object that is kept, or an empty one that will be. */
  open(scope: string, name: string): StoredObject;
}

export interface SharedObjectsOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: SharedObjectLimits;
  /** Without one, no object is persistent. */
  readonly store?: SharedObjectStore;
}

/** Other servers that share the objects. */
export interface ObjectCluster {
  /** An object came to be used here: it may say who decides about it. */
  opened(object: SharedObject): void;
  closed(object: SharedObject): void;
}

/** What a client may do with objects. */
export interface ObjectAccess {
  read: AccessPaths;
  write: AccessPaths;
}

/** The shared objects of all applications. */
export class SharedObjects implements ObjectHost {
  readonly limits: SharedObjectLimits;
  readonly hub: Hub;
  readonly log: Log;
  readonly total: Author = { bytes: 0 };
  /** Set once when the server is wired. */
  cluster: ObjectCluster | undefined;
  readonly #clock: Clock;
  readonly #store: SharedObjectStore | undefined;
  readonly #objects = new Map<string, SharedObject>();
  readonly #allowances = new WeakMap<Client, Allowance>();
  readonly #access = new WeakMap<Client, ObjectAccess>();
  readonly #changed = new Set<SharedObject>();
  /** Stored objects that this server has used. */
  readonly #opened = new Set<string>();
  #temporary = 0;

  constructor({ hub, clock, log, limits = DEFAULT_LIMITS, store }: SharedObjectsOptions) {
    this.hub = hub;
    this.#clock = clock;
    this.log = log;
    this.limits = limits;
    this.#store = store;
    if (store !== undefined) this.total.bytes = store.bytes;
  }

  /** What is used, and how large all is. */
  *metrics(): Generator<Metric> {
    yield gauge("shared_objects", "Shared objects that are used.", this.#objects.size);
    yield gauge("shared_object_bytes", "All shared objects, used or stored.", this.total.bytes);
  }

  /** Objects that are used now. */
  get count(): number {
    return this.#objects.size;
  }

  /** The object of that name, if it has users. */
  get(scope: string, name: string): SharedObject | undefined {
    return this.#objects.get(keyOf(scope, name));
  }

  /**
   * The object of that name, which is made when there is none. Its user adds itself, or holds it.
   * @throws Refusal: its code is that of the status
   */
  open(scope: string, name: string, isPersistent: boolean): SharedObject {
    checkName(name);
    const key = keyOf(scope, name);
    const known = this.#objects.get(key);
    if (known !== undefined) {
      if (known.isPersistent === isPersistent) return known;
      throw new Refusal(
        "SharedObject.BadPersistence",
        `${name} is ${known.isPersistent ? "" : "not "}persistent`,
      );
    }
    const object = this.#make(scope, name, isPersistent);
    this.#objects.set(key, object);
    this.cluster?.opened(object);
    return object;
  }

  /** An object that is kept, whether or not it is used now. */
  stored(scope: string, name: string): StoredObject | undefined {
    return this.#store?.has(scope, name) ? this.#store.open(scope, name) : undefined;
  }

  /** What is counted of a client. */
  allowance(client: Client): Allowance {
    let allowance = this.#allowances.get(client);
    if (allowance === undefined) {
      allowance = new Allowance(client, this.#clock, this.limits.clientRate);
      this.#allowances.set(client, allowance);
    }
    return allowance;
  }

  /** What a client may do: everything, until a script changes it. */
  access(client: Client): ObjectAccess {
    let access = this.#access.get(client);
    if (access === undefined) {
      access = { read: ALL_PATHS, write: ALL_PATHS };
      this.#access.set(client, access);
    }
    return access;
  }

  /** Logs why a client may not do something. */
  tellRefusal(client: Client, name: string, reason: string): void {
    this.log.child(client.address).info(`refused: object ${name.slice(0, LOGGED_NAME)}: ${reason}`);
  }

  schedule(object: SharedObject): void {
    if (this.#changed.size === 0) this.#clock.after(0, () => this.flush());
    this.#changed.add(object);
  }

  /** Tells all that has happened in this turn. */
  flush(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const object of changed) object.flush();
  }

  onUnused(object: SharedObject): void {
    const key = keyOf(object.scope, object.name);
    if (this.#objects.get(key) !== object) return;
    this.#objects.delete(key);
    this.#changed.delete(object);
    this.cluster?.closed(object);
    if (!object.isPersistent) {
      this.#temporary--;
      this.total.bytes -= object.slots.bytes;
    }
    // Its bytes are not counted any more.
    object.slots.clear(object.version);
  }

  /** Objects that are used or kept. */
  get #all(): number {
    return this.#temporary + (this.#store?.count ?? 0);
  }

  #make(scope: string, name: string, isPersistent: boolean): SharedObject {
    const store = isPersistent ? this.#store : undefined;
    if (isPersistent && store === undefined) {
      throw new Refusal("SharedObject.ObjectCreationFailed", "nothing is kept here");
    }
    if (!store?.has(scope, name) && this.#all >= this.limits.objects) {
      const text = `more than ${this.limits.objects} objects, [sharedObjects] objects`;
      throw new Refusal("SharedObject.ObjectCreationFailed", text, { reason: "busy" });
    }
    if (store === undefined) {
      this.#temporary++;
      return new SharedObject(this, {
        scope,
        name,
        isPersistent,
        version: FIRST_VERSION,
        forgotten: 0,
      });
    }
    return this.#restore(store, scope, name);
  }

  #restore(store: SharedObjectStore, scope: string, name: string): SharedObject {
    const stored = store.open(scope, name);
    const key = keyOf(scope, name);
    let version = Math.max(FIRST_VERSION, stored.version);
    // Of a server that was killed, clients may have seen more than was kept.
    if (stored.version > 0 && !this.#opened.has(key)) version += VERSION_GAP;
    this.#opened.add(key);
    const forgotten = stored.version > 0 ? version : 0;
    const object = new SharedObject(this, { scope, name, isPersistent: true, version, forgotten });
    for (const [slot, value, at] of stored.slots) {
      object.slots.set(slot, { value, version: at, by: undefined, before: 0 });
    }
    object.keep(stored.keeper);
    return object;
  }
}

const FIRST_VERSION = 1;

/** Characters of an object's name that go into the log. */
const LOGGED_NAME = 100;

function keyOf(scope: string, name: string): string {
  return `${scope.length}:${scope}${name}`;
}

function checkName(name: string): void {
  if (name !== "" && name.length <= MAX_OBJECT_NAME) return;
  const text = name === ""
    ? "an object needs a name"
    : `a name of ${name.length} characters, ${MAX_OBJECT_NAME} at most`;
  throw new Refusal("SharedObject.ObjectCreationFailed", text);
}
