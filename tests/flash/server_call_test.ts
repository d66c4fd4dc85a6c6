import assert from "node:assert/strict";
import { readValues, type Value, ValueReader } from "../../src/codecs/mod.ts";
import { commandMessage } from "../../src/flash/command.ts";
import { settled } from "../support/decided.ts";
import { fakeHub, FlashPeer, plain } from "../support/flash_peer.ts";

/** Has the server call the client; what came of it is in the list. */
function call(
  peer: FlashPeer,
  name: string,
  ...args: Value[]
): { ended: unknown[]; giveUp(): void } {
  const ended: unknown[] = [];
  const send = peer.connection.client.call?.(name, new ValueReader(args));
  const giveUp = send?.({
    result: (values) => ended.push(...readValues(values).map(plain)),
    failed: (reason) => ended.push(`failed: ${reason}`),
  });
  return { ended, giveUp: () => giveUp?.() };
}

Deno.test("a call of the server has a transaction id, by which _result and _error answer it", () => {
  for (const amf3 of [false, true]) {
    const peer = new FlashPeer(fakeHub().hub);
    peer.connect(amf3 ? { objectEncoding: 3 } : {});
    const calls = [call(peer, "add", 1, 2), call(peer, "fail"), call(peer, "text")];
    assert.deepEqual(peer.take().map(({ values }) => values), [
      ["add", 1, null, 1, 2],
      ["fail", 2, null],
      ["text", 3, null],
    ]);
    const info = { level: "error", code: "NetConnection.Call.Failed", description: "no" };
    assert.deepEqual(peer.message(0, commandMessage(amf3, "_error", 2, info)), []);
    assert.deepEqual(peer.message(0, commandMessage(amf3, "_result", 1, 3)), []);
    peer.message(0, commandMessage(amf3, "_error", 3, "because"));
    assert.deepEqual(calls.map(({ ended }) => ended), [[3], ["failed: no"], ["failed: because"]]);
  }
});

Deno.test("an answer passes the client's own calls, which wait for it", async () => {
  const { hub } = fakeHub({
    onCall({ client, reply }) {
      const send = client.call?.("inner", new ValueReader([]));
      return new Promise((resolve) => {
        send?.({
          result(values) {
            values.read(reply());
            resolve();
          },
          failed: () => resolve(),
        });
      });
    },
  });
  const peer = new FlashPeer(hub);
  peer.connect();
  assert.deepEqual(peer.command(0, "outer").map(({ values }) => values?.[0]), ["inner"]);
  assert.deepEqual(peer.command(0, "outer"), []);
  peer.message(0, commandMessage(false, "_result", 1, "here"));
  await settled();
  assert.deepEqual(peer.take().map(({ values }) => [values?.[0], values?.[3]]), [
    ["_result", "here"],
    ["inner", undefined],
  ]);
});

Deno.test("answers that nobody waits for are dropped, and not answered themselves", () => {
  const asked: string[] = [];
  const { hub } = fakeHub({ onCall: ({ name }) => void asked.push(name) });
  const peer = new FlashPeer(hub);
  peer.connect();
  const given = call(peer, "a");
  given.giveUp();
  peer.take();
  for (const id of [1, 7, 0]) {
    assert.deepEqual(peer.message(0, commandMessage(false, "_result", id, 1)), []);
    assert.deepEqual(peer.message(0, commandMessage(false, "_error", id, 1)), []);
  }
  assert.deepEqual([asked, given.ended], [[], []]);
});

Deno.test("a client that does not answer, or leaves, fails the call", async () => {
  const { hub, clock } = fakeHub();
  const peer = new FlashPeer(hub);
  peer.connect();
  const slow = call(peer, "a");
  clock.advance(20_000);
  assert.deepEqual(slow.ended, ["failed: the client has not answered within 20 s"]);
  const left = call(peer, "b");
  const { client } = peer.connection;
  peer.connection.close();
  await settled();
  const late = client.call?.("c", new ValueReader([]));
  late?.({ result: () => left.ended.push("result"), failed: (reason) => left.ended.push(reason) });
  await settled();
  assert.deepEqual(left.ended, ["failed: the client is gone", "the client is gone"]);
});
