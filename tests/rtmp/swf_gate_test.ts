import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { Movies } from "../../src/protocols/rtmp/mod.ts";
import { BLOCK_SIZE } from "../../src/protocols/rtmp/params.ts";
import { fakeHub } from "../support/flash_peer.ts";
import { RtmpPeer } from "../support/rtmp_peer.ts";
import { pattern } from "./wire_bytes.ts";

const movie = pattern(5_000);
const hash = createHmac("sha256", "Genuine Adobe Flash Player 001").update(movie).digest();

/** A user control message as Flash Player and librtmp answer with. */
function response(size: number, key: Uint8Array): { type: number; payload: Uint8Array } {
  const payload = new Uint8Array(44);
  payload.set([0, 27, 1, 1]);
  new DataView(payload.buffer).setUint32(4, size);
  new DataView(payload.buffer).setUint32(8, size);
  payload.set(createHmac("sha256", key).update(hash).digest(), 12);
  return { type: 4, payload };
}

function setUp() {
  const connected: string[] = [];
  const { hub, clock } = fakeHub({
    onConnection: ({ client }) => {
      connected.push(client.path);
      return new Map();
    },
  });
  const movies = new Movies(`${"0".repeat(64)}:1, ${hash.toString("hex")}:5000`);
  assert.deepEqual(movies.faults, []);
  const peer = new RtmpPeer(hub, { movies });
  const key = peer.handshake().slice(1 + BLOCK_SIZE - 32, 1 + BLOCK_SIZE);
  peer.connect();
  // Asked once, before the script hears of anything.
  peer.command(0, "createStream");
  assert.deepEqual(peer.take().map(({ type, payload }) => [type, ...payload]), [[4, 0, 26]]);
  assert.deepEqual(connected, []);
  return { peer, key, clock, connected };
}

Deno.test("what a client sends waits until its movie is known", () => {
  const { peer, key, connected } = setUp();
  peer.message(0, response(5_000, key));
  assert.deepEqual(connected, ["/live"]);
  assert.deepEqual(peer.takeNames().filter((name) => name.endsWith("_result")), [
    "0: _result",
    "0: _result",
  ]);
});

Deno.test("another movie, another size and another key are refused", () => {
  for (const [size, end] of [[5_001, 0], [5_000, 1]] as const) {
    const { peer, key, connected } = setUp();
    key[31]! ^= end;
    peer.message(0, response(size, key));
    assert.equal(peer.output.aborted, true);
    assert.deepEqual(connected, []);
    assert.deepEqual(peer.log.lines, ["WARN rtmp: closed: its movie is none of [RTMP] movies"]);
  }
});

Deno.test("a client that does not answer is cut, and so is one that goes on and on", () => {
  const silent = setUp();
  silent.clock.advance(10_000);
  silent.peer.session.onDeadline(silent.clock.now());
  assert.deepEqual(silent.peer.log.lines, [
    "WARN rtmp: closed: does not say in time which movie it is",
  ]);
  const eager = setUp();
  for (let count = 0; count < 15; count++) eager.peer.command(0, "createStream");
  assert.equal(eager.peer.output.aborted, true);
});

Deno.test("entries that are no movies are named", () => {
  const good = `${"a".repeat(64)}:1`;
  assert.deepEqual(new Movies(`x:1 ${good},${good.slice(1)}`).faults, ["x:1", good.slice(1)]);
});
