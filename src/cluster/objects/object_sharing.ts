import type { Clock } from "../../base/mod.ts";
import { type ByteReader, decodeText } from "../../bytes/mod.ts";
import type { ObjectCluster, SharedObject, SharedObjects } from "../../flash/mod.ts";
import { Refusal } from "../../hub/mod.ts";
import { FrameType } from "../link/frame.ts";
import { MAX_SHARED_ITEMS } from "../params.ts";
import {
  objectBody,
  type ObjectName,
  type Offer,
  readEvents,
  readObjectName,
  readOffer,
  readRequests,
  readState,
  writeOffer,
} from "./frames.ts";
import type { ObjectPeer, ObjectPeers } from "./object_peer.ts";
import { sendState } from "./remote_user.ts";
import { type EntryHost, SharedEntry } from "./shared_entry.ts";

export interface ObjectSharingOptions {
  readonly objects: SharedObjects;
  /** Of this server: 32 hexadecimal characters. */
  readonly id: string;
  readonly clock: Clock;
  readonly servers: ObjectPeers;
}

/**
 * Shared objects of a cluster: of each object one server decides what happens to it, and all others
 * whose clients use it ask that one. When it is gone, the one that knows most of the object follows.
 */
export class ObjectSharing implements ObjectCluster, EntryHost {
  readonly id: string;
  readonly clock: Clock;
  readonly #objects: SharedObjects;
  readonly #servers: ObjectPeers;
  readonly #entries = new Map<string, SharedEntry>();
  /** Which objects other servers decide about. */
  readonly #owners = new Map<string, ObjectPeer>();
  /** Objects of others that this server keeps. */
  readonly #held = new Map<string, SharedObject>();
  /** Servers that do not share objects, or do not answer. */
  readonly #ignored = new Set<string>();

  constructor({ objects, id, clock, servers }: ObjectSharingOptions) {
    this.id = id;
    this.clock = clock;
    this.#objects = objects;
    this.#servers = servers;
  }

  get peers(): Iterable<ObjectPeer> {
    return [...this.#servers].filter(({ id }) => !this.#ignored.has(id));
  }

  tellAll(type: number, body: Uint8Array): void {
    this.#servers.write(type, body);
  }

  ignore(id: string): void {
    this.#ignored.add(id);
  }

  decided({ object }: SharedEntry): void {
    // An object without users is left to the store.
    this.#letGo(keyOf(object));
  }

  opened(object: SharedObject): void {
    const key = keyOf(object);
    const entry = new SharedEntry(object, this);
    this.#entries.set(key, entry);
    entry.begin(this.#owners.get(key));
  }

  closed(object: SharedObject): void {
    const key = keyOf(object);
    this.#entries.get(key)?.close();
    this.#entries.delete(key);
  }

  /** True when this server decides about that object. */
  owns(scope: string, name: string, isPersistent: boolean): boolean {
    return this.#entries.get(keyOf({ scope, name, isPersistent }))?.isOwner ?? false;
  }

  /** A server is connected, or may have missed something. */
  greet(peer: ObjectPeer): void {
    for (const { isOwner, object } of this.#entries.values()) {
      if (isOwner) peer.write(FrameType.objectOwned, objectBody(object).view());
    }
  }

  /** A server is gone. */
  forget(peer: ObjectPeer): void {
    this.#ignored.delete(peer.id);
    for (const [key, owner] of this.#owners) if (owner === peer) this.#owners.delete(key);
    for (const entry of [...this.#entries.values()]) entry.forget(peer);
  }

  /** @throws ProtocolError when the body is malformed */
  receive(peer: ObjectPeer, type: number, body: ByteReader): void {
    this.#ignored.delete(peer.id);
    const object = readObjectName(body);
    const key = keyOf(object);
    const entry = this.#entries.get(key);
    switch (type) {
      case FrameType.objectOffer:
        return this.#offered(peer, object, readOffer(body));
      case FrameType.objectOwned:
        if (this.#owners.size < MAX_SHARED_ITEMS) this.#owners.set(key, peer);
        return entry?.owned(peer);
      case FrameType.objectFreed:
        if (this.#owners.get(key) !== peer) return;
        this.#owners.delete(key);
        this.#letGo(key);
        return this.#entries.get(key)?.freed(peer);
      case FrameType.objectHold:
        return this.#hold(peer, object);
      case FrameType.objectJoin:
        if (entry !== undefined) return entry.joinedBy(peer);
        return peer.write(FrameType.objectFreed, objectBody(object).view());
      case FrameType.objectLeave:
        return entry?.left(peer);
      case FrameType.objectState: {
        const part = readState(body);
        entry?.kept(peer, part);
        return entry?.told(peer, part);
      }
      case FrameType.objectEvents:
        return entry?.happened(peer, [...readEvents(body)]);
      case FrameType.objectRequests:
        return void entry?.asked(peer, [...readRequests(body)]);
      case FrameType.objectRefusal: {
        const request = body.u32();
        const { bytes, offset, end } = body;
        return entry?.refused(peer, request, decodeText(bytes, offset, end));
      }
    }
  }

  /** Keeps an object of another server, whether or not it is used here. */
  #hold(peer: ObjectPeer, object: ObjectName): void {
    const { scope, name, isPersistent } = object;
    const key = keyOf(object);
    if (!isPersistent || this.#held.has(key)) return;
    this.#owners.set(key, peer);
    try {
      const held = this.#objects.open(scope, name, true);
      held.hold();
      this.#held.set(key, held);
    } catch (error) {
      // A limit of this server, or another persistence here.
      if (!(error instanceof Refusal)) throw error;
    }
  }

  #letGo(key: string): void {
    const held = this.#held.get(key);
    this.#held.delete(key);
    held?.release();
  }

  #offered(peer: ObjectPeer, object: ObjectName, offer: Offer): void {
    const entry = this.#entries.get(keyOf(object));
    if (offer.isQuestion) this.#answer(peer, object, offer, entry);
    entry?.offered(peer, offer);
  }

  #answer(
    peer: ObjectPeer,
    object: ObjectName,
    { version }: Offer,
    entry: SharedEntry | undefined,
  ): void {
    const { scope, name, isPersistent } = object;
    if (entry?.isOwner) return peer.write(FrameType.objectOwned, objectBody(object).view());
    if (entry?.isCandidate) {
      const own = writeOffer(objectBody(object), entry.offer(false));
      return peer.write(FrameType.objectOffer, own.view());
    }
    const stored = isPersistent && entry === undefined
      ? this.#objects.stored(scope, name)
      : undefined;
    if (stored !== undefined && stored.version > version) {
      const slots = [...stored.slots].map(([slot, value]) => [slot, value] as const);
      return sendState(peer, object, stored.version, slots);
    }
    const none = writeOffer(objectBody(object), { version: 0, isUser: false, isQuestion: false });
    peer.write(FrameType.objectOffer, none.view());
  }
}

function keyOf({ scope, name, isPersistent }: ObjectName): string {
  return `${isPersistent ? "p" : "t"}${scope.length}:${scope}${name}`;
}
