import assert from "node:assert/strict";
import { commandMessage } from "../../src/flash/command.ts";
import { fakeHub, FlashPeer, type Received } from "../support/flash_peer.ts";

/** A client that answers each onBWCheck after `latency` ms and so many ms for each kB. */
function check(perKilobyte: number, hasMethod = false, method = "checkBandwidth") {
  const { hub, clock } = fakeHub({ hasMethod: () => hasMethod });
  const peer = new FlashPeer(hub);
  peer.connect();
  const sizes: number[] = [];
  let done: unknown[] | undefined;
  const hear = (messages: readonly Received[]) => {
    for (const { values = [] } of messages) {
      const [name, transaction, , payload] = values;
      if (/^(onBWDone|_onbwdone)$/.test(String(name))) done = values.slice(3);
      if (name !== (method === "_checkbw" ? "_onbwcheck" : "onBWCheck")) continue;
      const size = typeof payload === "string" ? payload.length : 0;
      sizes.push(size);
      clock.advance(40 + perKilobyte * size / 1024);
      hear(peer.message(0, commandMessage(false, "_result", Number(transaction), null, 0)));
    }
  };
  hear(peer.command(0, method));
  return { sizes, done, peer, clock, hear };
}

Deno.test("checkBandwidth measures how fast the client gets data", () => {
  const { sizes, done } = check(8); // 128 kB/s, 1,024 kbit/s
  assert.deepEqual(sizes, [0, 4096, 8192, 16_384, 32_768]);
  assert.deepEqual(done, [1024, 491.52, 0.48, 40]);
});

Deno.test("a fast client gets no more than a megabyte", () => {
  const { sizes, done } = check(0);
  assert.equal(sizes.at(-1), 524_288);
  assert.equal(done?.[3], 40);
});

Deno.test("a client is checked once in ten seconds", () => {
  const { peer, clock } = check(8);
  assert.equal(peer.command(0, "checkBandwidth")[0]?.values?.[0], "_error");
  clock.advance(10_000);
  assert.equal(peer.command(0, "checkBandwidth")[0]?.values?.[0], "onBWCheck");
});

Deno.test("a script's checkBandwidth replaces the server's", () => {
  assert.deepEqual(check(8, true).sizes, []);
});

Deno.test("players ask by _checkbw, and are measured by functions of their own", () => {
  const { sizes, done } = check(8, false, "_checkbw");
  assert.equal(sizes.length, 5);
  assert.deepEqual(done, [1024, 491.52, 0.48, 40]);
});

Deno.test("a client that does not answer is sent nothing more, and told nothing", () => {
  const { hub, clock } = fakeHub({});
  const peer = new FlashPeer(hub);
  peer.connect();
  const names = (messages: readonly Received[]) => messages.map(({ values }) => values?.[0]);
  assert.deepEqual(names(peer.command(0, "_checkbw")), ["_onbwcheck", "_result"]);
  clock.advance(60_000);
  assert.deepEqual(names(peer.take()), []);
  // FFmpeg and librtmp ask when they are told of a check that is done.
  assert.deepEqual(names(peer.command(0, "_checkbw")), ["_onbwcheck", "_result"]);
  peer.connection.close();
  clock.advance(60_000);
  assert.deepEqual(names(peer.take()), []);
});
