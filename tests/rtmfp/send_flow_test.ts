import assert from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import { Priority, type SendFlow } from "../../src/protocols/rtmfp/flow/send_flow.ts";
import { timestampOf } from "../../src/protocols/rtmfp/wire/packet.ts";
import { Part } from "../../src/protocols/rtmfp/wire/user_data.ts";
import {
  ack,
  bufferProbe,
  flowException,
  nextUserData,
  pingReply,
  readUserData,
  userData,
} from "./chunks.ts";
import { RawPeer } from "./raw_peer.ts";
import { metadata, open } from "./sender.ts";

/** New flows of these priorities, in order. */
function flowsOf(peer: RawPeer, ...priorities: Priority[]): SendFlow[] {
  return priorities.map((priority) => peer.session.openFlow(metadata, { priority }));
}

Deno.test("messages of one turn share a packet, with numbers only on the first", () => {
  const { peer, flow, write } = open();
  write("a");
  write("b");
  peer.clock.advance(0);
  assert.deepEqual(peer.seen.map(({ chunks }) => chunks), [[
    userData({ sequence: 2, data: "a" }),
    nextUserData({ data: "b" }),
  ]]);
  assert.equal(flow.queued, 2);
  peer.say(ack({ cumulative: 3 }));
  assert.equal(flow.queued, 0);
  peer.close();
});

Deno.test("options are repeated until the first acknowledgement", () => {
  const peer = new RawPeer();
  const flow = peer.session.openFlow(metadata);
  for (const text of ["a", "b"]) {
    flow.write(encodeText(text));
    peer.clock.advance(0);
  }
  assert.deepEqual(peer.heard(), [
    userData({ sequence: 1, forward: 0, metadata: "aa", data: "a" }),
    userData({ sequence: 2, forward: 0, metadata: "aa", data: "b" }),
  ]);
  peer.close();
});

Deno.test("a long message leaves in packets of at most 1200 bytes and six at once", () => {
  const { peer, flow } = open();
  flow.write(new Uint8Array(20_000));
  peer.clock.advance(0);
  assert.equal(peer.seen.length, 4, "the first window takes the short part and three long ones");
  peer.say(ack({ cumulative: 2 }));
  peer.say(ack({ cumulative: 3 }));
  peer.say(ack({ cumulative: 4 }));
  assert(peer.seen.length > 4);
  peer.close();
});

Deno.test("a long message's short part comes first and shares the packet of what left before", () => {
  const peer = new RawPeer();
  const [video, audio] = flowsOf(peer, Priority.routine, Priority.immediate);
  audio!.write(new Uint8Array(300));
  video!.write(new Uint8Array(1500));
  peer.clock.advance(0);
  assert.deepEqual(
    peer.seen.map(({ chunks }) => chunks.map(readUserData).map(({ flow, part }) => [flow, part])),
    [[[2, Part.whole], [1, Part.begin]], [[1, Part.end]]],
  );
  peer.close();
});

Deno.test("higher priorities leave first and mark the packet as time critical", () => {
  const peer = new RawPeer();
  const [background, immediate] = flowsOf(peer, Priority.background, Priority.immediate);
  background!.write(new Uint8Array(1100));
  immediate!.write(new Uint8Array(1100));
  peer.clock.advance(0);
  assert.deepEqual(peer.seen.map(({ chunks }) => readUserData(chunks[0]!).flow), [2, 1]);
  assert.deepEqual(peer.seen.map(({ header }) => header.timeCritical), [true, false]);
  peer.close();
});

Deno.test("flows of one priority take turns", () => {
  const peer = new RawPeer();
  const flows = [1, 2, 3].map(() => peer.session.openFlow(metadata));
  for (const flow of flows) flow.write(new Uint8Array(3000));
  peer.clock.advance(0);
  assert.deepEqual(peer.seen.map(({ chunks }) => readUserData(chunks[0]!).flow), [1, 2, 3, 1, 2]);
  peer.close();
});

Deno.test("hundreds of flows of one session get through", () => {
  const peer = new RawPeer();
  for (let i = 0; i < 200; i++) peer.session.openFlow(metadata).write(Uint8Array.of(i));
  peer.clock.advance(0);
  assert(peer.seen.length <= 6);
  assert.equal(peer.heard().length, 200);
  peer.close();
});

/** Times at which flow 1 is probed, in milliseconds from `start`. */
function probeTimes(peer: RawPeer, start: number): number[] {
  return peer.seen.filter(({ chunks }) => chunks[0] === bufferProbe(1))
    .map(({ at }) => Math.round(at - start));
}

Deno.test("a receiver whose window is 0 is probed after the timeout, later each time, until it opens", () => {
  const { peer, write } = open();
  const start = peer.clock.now();
  peer.say(ack({ window: 0, cumulative: 1 }));
  write("a");
  peer.clock.advance(8000);
  // The timeout is 3 s, then its square root of two.
  assert.deepEqual(probeTimes(peer, start), [3000, 3000 + 4243]);
  peer.heard();
  peer.say(ack({ cumulative: 1 }));
  assert.deepEqual(peer.heard(), [userData({ sequence: 2, data: "a" })]);
  peer.clock.advance(2000);
  assert.deepEqual(probeTimes(peer, start), []);
  peer.close();
});

Deno.test("a receiver whose window is 0 is probed after a second when the timeout is shorter", () => {
  const { peer, write } = open();
  const start = peer.clock.now();
  const echo = timestampOf(start).toString(16).padStart(4, "0");
  peer.say(ack({ window: 0, cumulative: 1 }), { header: "05" + echo });
  assert(peer.session.roundTrip.timeout < 1000);
  write("a");
  peer.clock.advance(2500);
  assert.deepEqual(probeTimes(peer, start), [1000, 1000 + 1414]);
  peer.close();
});

Deno.test("a receiver whose window stays 0 is probed once a minute at last", () => {
  const { peer, write } = open();
  peer.say(ack({ window: 0, cumulative: 1 }));
  write("a");
  for (let second = 0; second < 600; second++) {
    peer.clock.advance(1000);
    peer.say(pingReply());
  }
  const probes = probeTimes(peer, 0);
  const gaps = probes.slice(1).map((at, i) => at - probes[i]!);
  assert.deepEqual(gaps.slice(-3), [60_000, 60_000, 60_000]);
  peer.close();
});

Deno.test("a flow that the receiver refuses tells its owner once, gives up the rest and ends", () => {
  const { peer, flow, write } = open();
  const codes: number[] = [];
  flow.onException = (code) => codes.push(code);
  write("a");
  peer.clock.advance(0);
  peer.heard();
  flow.write(new Uint8Array(2000));
  peer.say(flowException({ flow: 1, code: 7 }) + ack({ cumulative: 1 }));
  write("b");
  peer.clock.advance(0);
  assert.deepEqual(codes, [7]);
  assert.equal(flow.isOpen, false);
  // Begin and end of the long message, both abandoned and the last one final.
  assert.deepEqual(peer.heard(), [
    userData({ sequence: 3, part: Part.begin, isAbandoned: true }),
    nextUserData({ part: Part.end, isAbandoned: true, isFinal: true }),
  ]);
  peer.say(flowException({ flow: 1, code: 7 }) + ack({ cumulative: 4 }));
  assert.deepEqual(codes, [7]);
  assert.equal(peer.session.isIdle, true);
  peer.close();
});

Deno.test("closing a flow marks its last fragment, or sends an empty one when that has left", () => {
  const { peer, flow, write } = open();
  write("a");
  flow.close();
  peer.clock.advance(0);
  assert.deepEqual(peer.heard(), [userData({ sequence: 2, isFinal: true, data: "a" })]);
  peer.say(ack({ cumulative: 2 }));
  assert.equal(peer.session.isIdle, true);
  const other = peer.session.openFlow(metadata);
  other.write(encodeText("b"));
  peer.clock.advance(0);
  peer.heard();
  other.close();
  peer.clock.advance(0);
  assert.deepEqual(peer.heard(), [
    userData({
      flow: 2,
      sequence: 2,
      forward: 0,
      isAbandoned: true,
      isFinal: true,
      metadata: "aa",
    }),
  ]);
  peer.close();
});

Deno.test("a flow that sent nothing closes without a word", () => {
  const peer = new RawPeer();
  peer.session.openFlow(metadata).close();
  peer.clock.advance(1000);
  assert.deepEqual(peer.heard(), []);
  assert.equal(peer.session.isIdle, true);
  peer.close();
});

Deno.test("a flush of full packets keeps the last one back", () => {
  const { peer, flow } = open();
  flow.write(new Uint8Array(1500));
  peer.session.flush(true);
  assert.equal(peer.seen.length, 1);
  peer.session.flush();
  assert.equal(peer.seen.length, 2);
  peer.close();
});

Deno.test("a writer is told when its queue has gone down", () => {
  const { peer, flow, write } = open();
  let told = 0;
  write("a".repeat(500));
  write("b".repeat(500));
  flow.whenBelow(600, () => told++);
  peer.clock.advance(0);
  assert.equal(told, 0);
  peer.say(ack({ cumulative: 2 }));
  assert.equal(told, 1);
  peer.say(ack({ cumulative: 3 }));
  assert.equal(told, 1);
  peer.close();
});
