import type { ByteWriter } from "../../bytes/mod.ts";
import type {
  Author,
  KeptValues,
  ObjectEvent,
  Receiver,
  SharedObject,
  Update,
} from "../../flash/mod.ts";
import { FrameType } from "../link/frame.ts";
import { SHARED_FRAME_SIZE } from "../params.ts";
import { objectBody, type ObjectName, writeEvent, writeState } from "./frames.ts";
import type { ObjectPeer } from "./object_peer.ts";

/** Who another server's change comes from: its request, which it knows by that number. */
export class RemoteAuthor implements Author {
  /** The limit of one client's bytes is its server's matter. */
  bytes = -Infinity;
  readonly user: RemoteUser;
  readonly request: number;

  constructor(user: RemoteUser, request: number) {
    this.user = user;
    this.request = request;
  }
}

/** Another server that uses an object of this one. */
export class RemoteUser implements Receiver {
  readonly author: Author = { bytes: -Infinity };
  readonly object: SharedObject;
  readonly isKeeper: boolean;
  readonly #peer: ObjectPeer;

  constructor(object: SharedObject, peer: ObjectPeer, isKeeper: boolean) {
    this.object = object;
    this.isKeeper = isKeeper;
    this.#peer = peer;
  }

  receive({ events }: Update): void {
    const out = objectBody(this.object);
    const { length } = out;
    for (const event of events) this.#write(out, event);
    if (out.length > length) this.#peer.write(FrameType.objectEvents, out.view());
  }

  /** Tells all that is in the object. */
  sendState(): void {
    const { version, slots } = this.object;
    const all = [...slots.entries()].map(([name, { value }]) => [name, value] as const);
    sendState(this.#peer, this.object, version, all);
  }

  #write(out: ByteWriter, event: ObjectEvent): void {
    const { by, version, isVoid = false, refusal } = event;
    const request = by instanceof RemoteAuthor && by.user === this ? by.request : 0;
    if ((isVoid && request === 0) || refusal !== undefined) return;
    writeEvent(out, { change: event, version, request, isVoid });
  }
}

/** Sends all that is in an object, in frames of a bounded size. */
export function sendState(
  peer: ObjectPeer,
  object: ObjectName,
  version: number,
  all: Iterable<readonly [name: string, value: KeptValues]>,
): void {
  let slots: (readonly [string, KeptValues])[] = [];
  let size = 0;
  let isFirst = true;
  const send = (isLast: boolean) => {
    const part = { version, isFirst, isLast, slots };
    peer.write(FrameType.objectState, writeState(objectBody(object), part).view());
    slots = [];
    size = 0;
    isFirst = false;
  };
  for (const slot of all) {
    slots.push(slot);
    size += slot[0].length + slot[1].length;
    if (size >= SHARED_FRAME_SIZE) send(false);
  }
  send(true);
}
