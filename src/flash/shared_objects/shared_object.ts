import { errorStack } from "../../base/mod.ts";
import { ProtocolError } from "../../bytes/mod.ts";
import { Amf3Reader, treeSize } from "../../codecs/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { SharedObjectLimits } from "./params.ts";
import { type Slot, Slots, slotSize } from "./slots.ts";
import { type Author, type Change, type ObjectEvent, type ObjectHead, Update } from "./update.ts";
import type { KeptValues } from "./value.ts";

/** Who uses an object: a client, a script, another server. */
export interface Receiver {
  /** Told of everything that happens; in order. */
  receive(update: Update): void;
  /** By whom its own changes are known. */
  readonly author: Author;
}

/** Where a stored object is kept. */
export interface Keeper {
  set(name: string, slot: Slot, version: number): void;
  remove(name: string, version: number): void;
  clear(version: number): void;
  /** Writes what is not yet on the disk; false when it cannot be. */
  flush(): boolean;
  /** Nobody uses the object, and nothing is in it. */
  forget(): void;
}

/** What an object needs of the server. */
export interface ObjectHost {
  readonly limits: SharedObjectLimits;
  readonly log: Log;
  /** Bytes of all objects. */
  readonly total: Author;
  /** Asks for {@link SharedObject.flush} at the end of the turn. */
  schedule(object: SharedObject): void;
  /** Nobody uses the object any more. */
  onUnused(object: SharedObject): void;
}

const NOTHING = new Uint8Array(0);

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
  #events: ObjectEvent[] = [];
  /** Where in {@link #events} the last change of each slot is. */
  readonly #latest = new Map<string, number>();
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
    return this.#receivers.size > 0 || this.#holders > 0;
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

  /** Keeps it while nobody uses it; see {@link release}. */
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
    for (const [name, version] of this.slots.removed()) {
      if (knows && version > since) events.push({ kind: "remove", name, by: undefined });
    }
    for (const [name, { value, version }] of this.slots.entries()) {
      if (version > since) events.push({ kind: "set", name, value, by: undefined });
    }
    return { isWhole: !knows && (!this.isPersistent || seen > 0), events };
  }

  /**
   * Makes a change, and tells it at the end of the turn.
   * @param seen version of the object that its author knew; Infinity for the newest
   * @throws ChangeRefusal when a limit is reached
   */
  change(change: Change, by: Author | undefined, seen = Infinity): void {
    switch (change.kind) {
      case "set": {
        const { name, value } = change;
        const old = this.slots.get(name);
        this.#checkValues(value);
        this.#checkLimits(name, value.length, old, by);
        const before = old === undefined
          ? this.slots.removedAt(name)
          : old.by === by
          ? old.before
          : old.version;
        const version = ++this.version;
        const slot = { value, version, by, before };
        this.#set(name, slot);
        this.#keeper?.set(name, slot, version);
        this.#replace(name, { ...change, by, isEchoed: seen < before });
        break;
      }
      case "remove": {
        const { name } = change;
        if (this.slots.get(name) === undefined) {
          this.#events.push({ ...change, by, isVoid: true });
          break;
        }
        const { bytes } = this.slots;
        const version = ++this.version;
        this.slots.remove(name, version);
        this.#host.total.bytes += this.slots.bytes - bytes;
        this.#keeper?.remove(name, version);
        this.#replace(name, { ...change, by });
        break;
      }
      case "clear":
        this.version++;
        this.#host.total.bytes -= this.slots.bytes;
        this.slots.clear(this.version);
        this.#keeper?.clear(this.version);
        for (const name of [...this.#latest.keys()]) this.#void(name);
        this.#events.push({ ...change, by });
        break;
      case "send":
        this.#checkValues(change.args);
        this.#events.push({ ...change, by });
    }
    this.#host.schedule(this);
  }

  /** Tells all what has happened; while it is locked, later. */
  flush(): void {
    if (this.#events.length === 0 || this.#locks > 0) return;
    const events = this.#events;
    this.#events = [];
    this.#latest.clear();
    const { name, version, isPersistent } = this;
    const update = new Update({ name, version, isPersistent }, events);
    for (const receiver of [...this.#receivers]) {
      try {
        receiver.receive(update);
      } catch (error) {
        // One receiver's fault is not the others'.
        this.#host.log.error(`${name} was not told to one who uses it: ${errorStack(error)}`);
      }
    }
  }

  /** Until {@link unlock}, nothing is told, and what clients ask for waits. Returns how many locks. */
  lock(): number {
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

  /** Resolves when the object is not locked; at once when it is not. */
  whenUnlocked(): Promise<void> | undefined {
    if (this.#locks === 0) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Writes what is not yet on the disk; false for an object that is not kept, or cannot be. */
  save(): boolean {
    return this.#keeper?.flush() ?? false;
  }

  #set(name: string, slot: Slot): void {
    const { bytes } = this.slots;
    this.slots.set(name, slot);
    this.#host.total.bytes += this.slots.bytes - bytes;
  }

  /** An event of a slot makes an earlier one of this turn void. */
  #replace(name: string, event: ObjectEvent): void {
    this.#void(name);
    this.#latest.set(name, this.#events.push(event) - 1);
  }

  #void(name: string): void {
    const at = this.#latest.get(name);
    const event = at === undefined ? undefined : this.#events[at];
    if (at === undefined || event === undefined) return;
    this.#latest.delete(name);
    const { by } = event;
    const isVoid = true;
    this.#events[at] = event.kind === "set"
      ? { kind: "set", name, value: NOTHING, by, isVoid }
      : { ...event, isVoid };
  }

  /** @throws ChangeRefusal when they would grow too much, or be lost, where they are told */
  #checkValues(values: KeptValues): void {
    try {
      treeSize(new Amf3Reader(values), this.#host.limits.objectBytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw new ChangeRefusal(error.message);
    }
  }

  #checkLimits(name: string, length: number, old: Slot | undefined, by: Author | undefined): void {
    const { limits, total } = this.#host;
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
