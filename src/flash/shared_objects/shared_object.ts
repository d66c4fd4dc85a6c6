import { errorStack } from "../../base/mod.ts";
import { equalBytes, ProtocolError } from "../../bytes/mod.ts";
import { Amf3Reader, treeSize } from "../../codecs/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { SharedObjectLimits } from "./params.ts";
import { type Slot, Slots, slotSize } from "./slots.ts";
import { TurnEvents } from "./turn_events.ts";
import {
  type Author,
  type Change,
  type Notice,
  type ObjectEvent,
  type ObjectHead,
  Update,
} from "./update.ts";
import type { KeptValues } from "./value.ts";

/** Who uses an object: a client, a script, another server. */
export interface Receiver {
  /** Told of everything that happens; in order. */
  receive(update: Update): void;
  /** By whom its own changes are known. */
  readonly author: Author;
  /** It only keeps the object for those who use it. */
  readonly isKeeper?: boolean;
}

/** Where a stored object is kept. */
export interface Keeper {
  set(name: string, slot: Slot, version: number): void;
  remove(name: string, version: number): void;
  clear(version: number): void;
  /** Writes what is not yet on the disk; false when it cannot be. */
  flush(): boolean;
  /** The object has no users and no slots. */
  forget(): void;
}

/** Another server decides what happens to the object. */
export interface Authority {
  /** Asks for a change; see {@link SharedObject.apply}. @throws ChangeRefusal */
  request(change: Change, by: Author | undefined, seen: number): void;
}

/** What an object needs of the server. */
export interface ObjectHost {
  readonly limits: SharedObjectLimits;
  readonly log: Log;
  /** Bytes of all objects. */
  readonly total: Author;
  /** Asks for {@link SharedObject.flush} at the end of the turn. */
  schedule(object: SharedObject): void;
  /** The object has no users any more. */
  onUnused(object: SharedObject): void;
}

/** Why a change was not made. */
export class ChangeRefusal extends Error {
  override readonly name = "ChangeRefusal";
}

/**
 * One object that many share: named slots, and messages to all who use it. What happens in a turn
 * goes to them together; a slot that changes several times is told once.
 */
export class SharedObject implements ObjectHead {
  readonly scope: string;
  readonly name: string;
  readonly isPersistent: boolean;
  version: number;
  /** Versions that a newcomer may be behind; one further behind is told all. */
  resyncDepth = Infinity;
  readonly slots: Slots;
  readonly #host: ObjectHost;
  #keeper: Keeper | undefined;
  readonly #receivers = new Set<Receiver>();
  readonly #events = new TurnEvents();
  #authority: Authority | undefined;
  /** It is not known yet what is in the object. */
  #joining: Promise<void> | undefined;
  #locks = 0;
  #waiting: (() => void)[] = [];
  #holders = 0;

  constructor(
    host: ObjectHost,
    options: {
      readonly scope: string;
      readonly name: string;
      readonly isPersistent: boolean;
      readonly version: number;
      /** Versions up to this one, of which nothing is known; 0 for a new object. */
      readonly forgotten: number;
    },
  ) {
    this.#host = host;
    this.scope = options.scope;
    this.name = options.name;
    this.isPersistent = options.isPersistent;
    this.version = options.version;
    this.slots = new Slots(options.forgotten);
  }

  /** Who uses it now. */
  get receivers(): ReadonlySet<Receiver> {
    return this.#receivers;
  }

  get isUsed(): boolean {
    if (this.#holders > 0) return true;
    for (const { isKeeper = false } of this.#receivers) if (!isKeeper) return true;
    return false;
  }

  get isLocked(): boolean {
    return this.#locks > 0;
  }

  /** From now on changes are kept. */
  keep(keeper: Keeper): void {
    this.#keeper = keeper;
  }

  /** What happened so far is told first: a newcomer gets it as the state. */
  add(receiver: Receiver): void {
    this.flush();
    this.#receivers.add(receiver);
  }

  remove(receiver: Receiver): void {
    if (this.#receivers.delete(receiver)) this.#checkUse();
  }

  /** Keeps it while it has no users; see {@link release}. */
  hold(): void {
    this.#holders++;
  }

  release(): void {
    this.#holders--;
    this.#checkUse();
  }

  /**
   * What a newcomer is told.
   * @param seen the version that it knows, 0 for none
   */
  state(seen: number): { readonly isWhole: boolean; readonly events: ObjectEvent[] } {
    const knows = this.isPersistent && seen > 0 && seen <= this.version &&
      this.slots.knowsSince(seen) && this.version - seen <= this.resyncDepth;
    const since = knows ? seen : 0;
    const events: ObjectEvent[] = [];
    const by = undefined;
    for (const [name, version] of this.slots.removed()) {
      if (knows && version > since) events.push({ kind: "remove", name, by, version });
    }
    for (const [name, { value, version }] of this.slots.entries()) {
      if (version > since) events.push({ kind: "set", name, value, by, version });
    }
    return { isWhole: !knows && (!this.isPersistent || seen > 0), events };
  }

  /**
   * Makes a change, and tells it at the end of the turn; or asks the server to make it that decides.
   * @param seen version of the object that its author knew; Infinity for the newest
   * @returns bytes that each receiver is told, about
   * @throws ChangeRefusal when a limit is reached
   */
  change(change: Change, by: Author | undefined, seen = Infinity): number {
    const size = this.#sizeOf(change);
    if (this.#authority !== undefined) {
      this.#authority.request(change, by, seen);
      return size;
    }
    if (change.kind === "set") this.#checkLimits(change.name, change.value.length, by);
    this.apply(change, by, seen, change.kind === "send" ? this.version : this.version + 1);
    return size;
  }

  /** Does what was decided, here or by another server; `version` is the object's from then on. */
  apply(change: Change, by: Author | undefined, seen: number, version: number): void {
    const { bytes } = this.slots;
    this.version = version;
    if (change.kind === "set") {
      const { name, value } = change;
      const old = this.slots.get(name);
      const before = old === undefined
        ? this.slots.removedAt(name)
        : old.by === by
        ? old.before
        : old.version;
      const isEchoed = seen < before;
      // What is told to its author may come between its later changes.
      const slot = { value, version, by, before: isEchoed ? version : before };
      this.slots.set(name, slot);
      this.#keeper?.set(name, slot, version);
      this.#events.replace(name, { ...change, by, version, isEchoed });
    } else if (change.kind === "clear") {
      this.slots.clear(version);
      this.#keeper?.clear(version);
      this.#events.replaceAll({ ...change, by, version });
    } else if (change.kind === "send") this.#events.add({ ...change, by, version });
    else if (this.slots.get(change.name) === undefined) this.applyVoid(change, by, version);
    else {
      this.slots.remove(change.name, version);
      this.#keeper?.remove(change.name, version);
      this.#events.replace(change.name, { ...change, by, version });
    }
    this.#host.total.bytes += this.slots.bytes - bytes;
    this.#host.schedule(this);
  }

  /** A change had no effect, or not for long: its author hears that it was made. */
  applyVoid(change: Change, by: Author | undefined, version: number): void {
    this.version = version;
    // Its author is told, maybe between its later changes.
    if (change.kind === "remove" && this.slots.get(change.name) === undefined) {
      this.slots.remove(change.name, version);
    }
    this.#events.add({ ...change, by, version, isVoid: true });
    this.#host.schedule(this);
  }

  /** The server that decides has refused a change: its author is told, and what is right. */
  applyRefusal(change: Change, by: Author | undefined, reason: string): void {
    this.#host.log.info(`refused: object ${this.name}: ${reason}`);
    const refusal: Notice[] = [
      { kind: "status", code: "SharedObject.NoWriteAccess" },
      ...this.rightOf(change),
    ];
    this.#events.add({ ...change, by, version: this.version, isVoid: true, refusal });
    this.#host.schedule(this);
  }

  /** What a client is told whose change was refused. */
  rightOf(change: Change): Notice[] {
    const all = this.slots;
    if (change.kind === "send") return [];
    if (change.kind === "clear") {
      return [...all.entries()].map(([name, { value }]) => ({ kind: "changed", name, value }));
    }
    const { name } = change;
    const slot = all.get(name);
    return [
      slot === undefined ? { kind: "removed", name } : {
        kind: "changed",
        name,
        value: slot.value,
      },
    ];
  }

  /** Makes the object what it is on the server that decides; what differs is told. */
  replace(version: number, slots: ReadonlyMap<string, KeptValues>, by: Author): void {
    for (const [name] of [...this.slots.entries()]) {
      if (!slots.has(name)) this.apply({ kind: "remove", name }, by, Infinity, version);
    }
    for (const [name, value] of slots) {
      const old = this.slots.get(name);
      if (old !== undefined && equalBytes(old.value, value)) continue;
      this.apply({ kind: "set", name, value }, by, Infinity, version);
    }
    this.version = version;
  }

  /** Who decides about changes from now on; undefined for this server. */
  decideBy(authority: Authority | undefined): void {
    this.#authority = authority;
  }

  /** Those who come to use it wait for this. */
  joinAfter(joined: Promise<void>): void {
    const joining = this.#joining = joined.finally(() => {
      if (this.#joining === joining) this.#joining = undefined;
    });
  }

  /** Tells all what has happened; while it is locked, later. */
  flush(): void {
    if (this.#events.isEmpty || this.#locks > 0) return;
    const events = this.#events.take();
    const { name, version, isPersistent } = this;
    const update = new Update({ name, version, isPersistent }, events);
    for (const receiver of [...this.#receivers]) {
      try {
        receiver.receive(update);
      } catch (error) {
        // One receiver's fault is not the others'.
        this.#host.log.error(`${name} was not sent to one of its clients: ${errorStack(error)}`);
      }
    }
  }

  /**
   * Until {@link unlock}, nothing is told, and what clients ask for waits. Returns how many locks
   * there are; -1 where another server decides.
   */
  lock(): number {
    if (this.#authority !== undefined) return -1;
    this.flush();
    return ++this.#locks;
  }

  unlock(): number {
    if (this.#locks === 0 || --this.#locks > 0) return this.#locks;
    this.flush();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) run();
    return 0;
  }

  /** Resolves when the object is not locked; undefined when it is not. */
  whenUnlocked(): Promise<void> | undefined {
    if (this.#locks === 0) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when clients may begin to use it; undefined for at once. */
  whenReady(): Promise<void> | undefined {
    return this.#joining ?? this.whenUnlocked();
  }

  /** Writes what is not yet on the disk; false for an object that is not kept, or cannot be. */
  save(): boolean {
    return this.#keeper?.flush() ?? false;
  }

  /** @throws ChangeRefusal when they would grow too much, or be lost, where they are told */
  #sizeOf(change: Change): number {
    const values = change.kind === "set"
      ? change.value
      : change.kind === "send"
      ? change.args
      : undefined;
    if (values === undefined) return 0;
    try {
      return treeSize(new Amf3Reader(values), this.#host.limits.objectBytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw new ChangeRefusal(error.message);
    }
  }

  #checkLimits(name: string, length: number, by: Author | undefined): void {
    const { limits, total } = this.#host;
    const old = this.slots.get(name);
    const size = slotSize(name, { length });
    const oldSize = old === undefined ? 0 : slotSize(name, old.value);
    const added = size - oldSize;
    if (old === undefined && this.slots.size >= limits.slots) {
      throw new ChangeRefusal(`more than ${limits.slots} slots, [sharedObjects] slots`);
    }
    if (added > 0 && this.slots.bytes + added > limits.objectBytes) {
      throw new ChangeRefusal(`more than ${limits.objectBytes} bytes, [sharedObjects] objectBytes`);
    }
    if (added > 0 && total.bytes + added > limits.bytes) {
      throw new ChangeRefusal(`more than ${limits.bytes} bytes in all, [sharedObjects] bytes`);
    }
    if (by === undefined) return;
    const own = old?.by === by ? added : size;
    if (own > 0 && by.bytes + own > limits.clientBytes) {
      throw new ChangeRefusal(
        `more than ${limits.clientBytes} bytes of one client, [sharedObjects] clientBytes`,
      );
    }
  }

  #checkUse(): void {
    if (this.isUsed) return;
    if (this.slots.size === 0) this.#keeper?.forget();
    this.#host.onUnused(this);
  }
}
