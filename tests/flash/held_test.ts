import assert from "node:assert/strict";
import type { Handler } from "../../src/hub/mod.ts";
import { MessageType } from "../../src/flash/mod.ts";
import { commandMessage } from "../../src/flash/command.ts";
import { fakeHub, FlashPeer, statuses } from "../support/flash_peer.ts";

const KEY_FRAME = Uint8Array.of(0x17, 1, 0, 0, 0, 1);

function heldPeer(handler: Partial<Handler> = {}) {
  const called: string[] = [];
  const { hub } = fakeHub({
    onCall: ({ name }) => void called.push(name),
    ...handler,
  });
  const peer = new FlashPeer(hub);
  const stream = peer.ready();
  const { input } = peer.connection.client;
  assert(input);
  return { hub, peer, stream, input, called };
}

Deno.test("calls of a held client wait in order, and are answered when it is released", () => {
  const { peer, input, called } = heldPeer();
  input.hold();
  assert.deepEqual(peer.command(0, "first"), []);
  assert.deepEqual(peer.command(0, "second"), []);
  assert.deepEqual(called, []);
  input.release();
  assert.deepEqual(called, ["first", "second"]);
  assert.deepEqual(peer.take().map(({ values }) => values?.[0]), ["_result", "_result"]);
});

Deno.test("a held client's media goes on", () => {
  const { hub, peer, stream, input } = heldPeer();
  peer.command(stream, "publish", "film");
  input.hold();
  peer.command(0, "call");
  peer.message(stream, { type: MessageType.video, payload: KEY_FRAME }, 40);
  assert.equal(hub.publication("film")?.lastTime, 40);
});

Deno.test("media behind a publish that waits begin with it", () => {
  const { hub, peer, stream, input } = heldPeer();
  input.hold();
  peer.command(stream, "publish", "film");
  peer.message(stream, { type: MessageType.video, payload: KEY_FRAME }, 40);
  assert.equal(hub.publication("film"), undefined);
  input.release();
  assert.deepEqual(statuses(peer.take()), [[stream, "NetStream.Publish.Start"]]);
  assert.equal(hub.publication("film")?.lastTime, 40);
});

Deno.test("a client may be held while it is asked about, before it is accepted", () => {
  const called: string[] = [];
  const { hub } = fakeHub({
    onConnection: ({ client }) => client.input?.hold(),
    onCall: ({ name }) => void called.push(name),
  });
  const peer = new FlashPeer(hub);
  peer.connect();
  peer.command(0, "early");
  assert.deepEqual(called, []);
  peer.connection.client.input?.release();
  assert.deepEqual(called, ["early"]);
});

Deno.test("requests that a client sends while it is held are bounded, by a cut where nothing else can be", () => {
  const { peer, input } = heldPeer();
  input.hold();
  for (let count = 0; count < 300 && peer.aborted === undefined; count++) {
    peer.command(0, "call", "x".repeat(1000));
  }
  assert.match(peer.aborted ?? "", /more than 262144 bytes of requests wait/);
  input.release();
  assert.deepEqual(peer.take(), []);
});

Deno.test("a malformed message that waited costs nothing else", () => {
  const { peer, input, called } = heldPeer();
  input.hold();
  peer.message(0, { type: MessageType.command, payload: Uint8Array.of(2, 0, 9) });
  peer.message(0, commandMessage(false, "good", 0));
  input.release();
  assert.deepEqual(called, ["good"]);
});
