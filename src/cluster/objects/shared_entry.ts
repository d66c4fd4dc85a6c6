import { type Clock, type Later, type Timer } from "../../base/mod.ts";
import { encodeText } from "../../bytes/mod.ts";
import {
  type Author,
  type Authority,
  type Change,
  ChangeRefusal,
  type KeptValues,
  type SharedObject,
} from "../../flash/mod.ts";
import { FrameType } from "../link/frame.ts";
import { MAX_REQUESTS, OFFER_TIME, OWNER_GAP, OWNER_TIME } from "../params.ts";
import {
  objectBody,
  type Offer,
  type RemoteEvent,
  type Request,
  type StatePart,
  writeOffer,
  writeRequest,
} from "./frames.ts";
import type { ObjectPeer } from "./object_peer.ts";
import { RemoteAuthor, RemoteUser } from "./remote_user.ts";

/** A change that waits for the server that decides. */
interface Pending {
  readonly change: Change;
  readonly by: Author | undefined;
  readonly seen: number;
}

/** What an entry needs of its surroundings. */
export interface EntryHost {
  /** 32 hexadecimal characters. */
  readonly id: string;
  readonly clock: Clock;
  /** Other servers that answer questions about objects. */
  readonly peers: Iterable<ObjectPeer>;
  tellAll(type: number, body: Uint8Array): void;
  /** This server decides about an object from now on. */
  decided(entry: SharedEntry): void;
  /** A server did not answer in time: it is not waited for again. */
  ignore(id: string): void;
}

/**
 * `claiming`: the others are asked what they know; `awaiting`: another one knows more, and is to
 * decide; `joining`: the owner is asked for all that is in the object.
 */
type State = "claiming" | "awaiting" | "joining" | "member" | "owner";

/** An object that is used here, and who decides about it. */
export class SharedEntry implements Authority {
  readonly object: SharedObject;
  readonly #host: EntryHost;
  #state: State = "claiming";
  /** Of a member: who decides. */
  #owner: ObjectPeer | undefined;
  /** What others who use the object know of it, by their ids. */
  readonly #offers = new Map<string, number>();
  /** Who has not answered yet. */
  readonly #asked = new Set<string>();
  #timer: Timer | undefined;
  /** The object had another owner: others may have seen later versions. */
  #isInherited = false;
  readonly #pending = new Map<number, Pending>();
  #lastRequest = 0;
  /** Parts of the owner's state so far. */
  #slots: Map<string, KeptValues> | undefined;
  readonly #users = new Map<ObjectPeer, RemoteUser>();
  /** Who others are, as authors. */
  readonly #others: Author = { bytes: -Infinity };
  #joined: () => void = () => {};
  /** What was in the object while two servers decided about it. */
  readonly #merged = new Map<string, KeptValues>();
  /** Of an owner: who was asked to keep the object. */
  #keeper: ObjectPeer | undefined;
  #isClosed = false;

  constructor(object: SharedObject, host: EntryHost) {
    this.object = object;
    this.#host = host;
  }

  get isOwner(): boolean {
    return this.#state === "owner";
  }

  /** It may become the owner. */
  get isCandidate(): boolean {
    return this.#state === "claiming" || this.#state === "awaiting";
  }

  /** The object has come to be used here. */
  begin(owner: ObjectPeer | undefined): void {
    if (owner === undefined && [...this.#host.peers].length === 0) {
      this.#state = "owner";
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#joined = resolve;
    this.object.joinAfter(promise);
    if (owner === undefined) this.claim();
    else this.join(owner);
  }

  /** The object is not used here any more. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#joined();
    const body = objectBody(this.object).view();
    if (this.isOwner) this.#host.tellAll(FrameType.objectFreed, body);
    else this.#owner?.write(FrameType.objectLeave, body);
  }

  /** The object has no owner: asks which server knows it. */
  claim(): void {
    this.#enter("claiming", OFFER_TIME, () => {
      for (const id of this.#asked) this.#host.ignore(id);
      this.#conclude();
    });
    this.#owner = undefined;
    this.object.decideBy(this);
    this.#offers.clear();
    this.#asked.clear();
    for (const { id } of this.#host.peers) this.#asked.add(id);
    if (this.#asked.size === 0) return this.#conclude();
    const offer = writeOffer(objectBody(this.object), this.offer(true));
    this.#host.tellAll(FrameType.objectOffer, offer.view());
  }

  offer(isQuestion: boolean): Offer {
    return { version: this.object.version, isUser: true, isQuestion };
  }

  /** What another server knows. */
  offered({ id }: ObjectPeer, { version, isUser }: Offer): void {
    if (isUser) this.#offers.set(id, version);
    this.#answered(id);
  }

  /** A server that is there has answered, or is not there any more. */
  #answered(id: string): void {
    if (!this.#asked.delete(id)) return;
    if (this.#asked.size === 0 && this.#state === "claiming") this.#conclude();
  }

  /** A server that does not use the object has kept it. */
  kept(peer: ObjectPeer, part: StatePart): void {
    if (this.#state !== "claiming") return;
    if (!this.#take(part)) return;
    this.#answered(peer.id);
  }

  /** A server says that it decides. */
  owned(peer: ObjectPeer): void {
    if (this.isOwner && this.#host.id < peer.id) {
      // It has not heard of us.
      return peer.write(FrameType.objectOwned, objectBody(this.object).view());
    }
    if (this.isOwner) this.#giveWay();
    if (!this.#isClosed) this.join(peer);
  }

  /** The owner does not know the object any more. */
  freed(peer: ObjectPeer): void {
    if (this.#owner === peer) this.claim();
  }

  /** A server is gone. */
  forget(peer: ObjectPeer): void {
    this.left(peer);
    this.#seekKeeper();
    this.#offers.delete(peer.id);
    if (this.#owner === peer) {
      this.#isInherited = true;
      return this.claim();
    }
    if (this.#state === "awaiting") return this.claim();
    this.#answered(peer.id);
  }

  join(owner: ObjectPeer): void {
    this.#owner = owner;
    this.#slots = undefined;
    this.object.decideBy(this);
    this.#enter("joining", OWNER_TIME, () => this.claim());
    owner.write(FrameType.objectJoin, objectBody(this.object).view());
  }

  /** A server wants to use the object of this one. */
  joinedBy(peer: ObjectPeer): void {
    if (!this.isOwner) return peer.write(FrameType.objectFreed, objectBody(this.object).view());
    this.left(peer);
    const user = new RemoteUser(this.object, peer, peer === this.#keeper);
    this.#users.set(peer, user);
    this.object.add(user);
    user.sendState();
  }

  left(peer: ObjectPeer): void {
    const user = this.#users.get(peer);
    this.#users.delete(peer);
    if (user !== undefined) this.object.remove(user);
  }

  /** The owner tells what is in the object. */
  told(peer: ObjectPeer, part: StatePart): void {
    if (this.#owner !== peer || this.#state !== "joining") return;
    if (!this.#take(part)) return;
    this.#timer?.cancel();
    this.#state = "member";
    this.#joined();
    const again = [...this.#pending].map(([id, { change }]) => ({ id, change }));
    if (again.length > 0) this.#send(again);
    for (const [name, value] of this.#merged) {
      if (this.object.slots.get(name) !== undefined) continue;
      this.request({ kind: "set", name, value }, undefined, Infinity);
    }
    this.#merged.clear();
  }

  /** The owner tells what happened. */
  happened(peer: ObjectPeer, events: Iterable<RemoteEvent>): void {
    if (this.#owner !== peer || this.#state !== "member") return;
    for (const { change, version, request, isVoid } of events) {
      const own = this.#pending.get(request);
      this.#pending.delete(request);
      const by = own === undefined ? this.#others : own.by;
      if (isVoid) this.object.applyVoid(change, by, version);
      else this.object.apply(change, by, own?.seen ?? Infinity, version);
    }
  }

  refused(peer: ObjectPeer, request: number, reason: string): void {
    const own = this.#pending.get(request);
    if (this.#owner !== peer || own === undefined) return;
    this.#pending.delete(request);
    this.object.applyRefusal(own.change, own.by, reason);
  }

  /** Another server asks for changes. */
  asked(peer: ObjectPeer, requests: readonly Request[]): Later<void> {
    const user = this.#users.get(peer);
    if (!this.isOwner || user === undefined) {
      return peer.write(FrameType.objectFreed, objectBody(this.object).view());
    }
    const locked = this.object.whenUnlocked();
    if (locked !== undefined) return locked.then(() => this.asked(peer, requests));
    for (const { id, change } of requests) {
      try {
        this.object.change(change, new RemoteAuthor(user, id));
      } catch (error) {
        if (!(error instanceof ChangeRefusal)) throw error;
        const out = objectBody(this.object).u32(id).bytes(encodeText(error.message));
        peer.write(FrameType.objectRefusal, out.view());
      }
    }
  }

  request(change: Change, by: Author | undefined, seen: number): void {
    if (this.#pending.size >= MAX_REQUESTS) {
      throw new ChangeRefusal("the server that decides about the object does not answer");
    }
    const id = this.#lastRequest = (this.#lastRequest % MAX_ID) + 1;
    this.#pending.set(id, { change, by, seen });
    if (this.#state === "member") this.#send([{ id, change }]);
  }

  #send(requests: readonly Request[]): void {
    const out = objectBody(this.object);
    for (const request of requests) writeRequest(out, request);
    this.#owner?.write(FrameType.objectRequests, out.view());
  }

  /** Takes a part of a state; true when that was the last one. */
  #take({ version, isFirst, isLast, slots }: StatePart): boolean {
    if (isFirst) this.#slots = new Map();
    if (this.#slots === undefined) return false;
    for (const [name, value] of slots) this.#slots.set(name, value);
    if (!isLast) return false;
    const whole = this.#slots;
    this.#slots = undefined;
    if (this.#state === "joining" || version > this.object.version) {
      this.object.replace(version, whole, this.#others);
    }
    return true;
  }

  /** All have answered: who knows most decides, and of those the one with the smallest id. */
  #conclude(): void {
    const { id } = this.#host;
    const { version } = this.object;
    const isBest = [...this.#offers].every(([other, theirs]) =>
      theirs < version || (theirs === version && id < other)
    );
    if (isBest) this.#own();
    else this.#enter("awaiting", OWNER_TIME, () => this.claim());
  }

  #own(): void {
    this.#timer?.cancel();
    this.#state = "owner";
    this.#owner = undefined;
    if (this.#isInherited) this.object.version += OWNER_GAP;
    this.#isInherited = false;
    this.object.decideBy(undefined);
    this.#host.tellAll(FrameType.objectOwned, objectBody(this.object).view());
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { change, by, seen } of pending) this.#decide(change, by, seen);
    this.#joined();
    this.#seekKeeper();
    this.#host.decided(this);
  }

  /** What is to be kept is kept on one more server, so that it outlives this one. */
  #seekKeeper(): void {
    if (!this.isOwner || !this.object.isPersistent || this.#users.size > 0) return;
    const [first] = [...this.#host.peers].sort((a, b) => a.id < b.id ? -1 : 1);
    this.#keeper = first;
    first?.write(FrameType.objectHold, objectBody(this.object).view());
  }

  #decide(change: Change, by: Author | undefined, seen: number): void {
    try {
      this.object.change(change, by, seen);
    } catch (error) {
      if (!(error instanceof ChangeRefusal)) throw error;
      this.object.applyRefusal(change, by, error.message);
    }
  }

  /** Two servers decided: what only this one has is asked of the other. */
  #giveWay(): void {
    this.object.decideBy(this);
    for (const [name, { value }] of this.object.slots.entries()) this.#merged.set(name, value);
    for (const [peer, user] of [...this.#users]) {
      this.#users.delete(peer);
      this.object.remove(user);
      peer.write(FrameType.objectFreed, objectBody(this.object).view());
    }
  }

  #enter(state: State, patience: number, onTime: () => void): void {
    this.#timer?.cancel();
    this.#state = state;
    this.#timer = this.#host.clock.after(patience, onTime);
  }
}

/** Requests are numbered with 32 bits; 0 is none. */
const MAX_ID = 0xffff_ffff;
