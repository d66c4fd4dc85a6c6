import { Amf0Writer, writeValues } from "../../src/codecs/mod.ts";
import { type Handler, type Hub } from "../../src/hub/mod.ts";
import { fakeHub, FlashPeer, type Received } from "../support/flash_peer.ts";

export const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 1);
export const FRAME = Uint8Array.of(0x27, 1, 0, 0, 0, 2);
export const AVC_HEADER = Uint8Array.of(0x17, 0, 0, 0, 0, 3);
export const SOUND = Uint8Array.of(0xaf, 1, 9);

export const audio = (payload: Uint8Array) => ({ type: 8, payload });
export const video = (payload: Uint8Array) => ({ type: 9, payload });

export function data(...values: unknown[]): { type: number; payload: Uint8Array } {
  const writer = new Amf0Writer();
  writeValues(writer, ...values);
  return { type: 18, payload: writer.take() };
}

/** A publisher of `name`, and its stream's id. */
export function publisherOf(hub: Hub, name: string): { peer: FlashPeer; id: number } {
  const peer = new FlashPeer(hub);
  const id = peer.ready();
  peer.command(id, "publish", name, "live");
  return { peer, id };
}

/** What one or two peers at a hub with this handler are. */
export function pair(handler: Partial<Handler> = {}) {
  const { hub, clock } = fakeHub(handler);
  const player = new FlashPeer(hub);
  return {
    hub,
    clock,
    player,
    id: player.ready(),
    ...{ publisher: () => publisherOf(hub, "test") },
  };
}

export const description = (message: Received | undefined) =>
  (message?.values?.[3] as { description: string }).description;

export const kinds = (peer: FlashPeer) =>
  peer.takeMedia().map(([, { kind, role, time }]) => `${kind} ${role} ${time}`);
