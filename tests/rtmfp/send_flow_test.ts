import assert from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import { Priority, type SendFlow } from "../../src/protocols/rtmfp/flow/send_flow.ts";
import { chunk, RawPeer } from "./raw_peer.ts";
import { ack, metadata, open, options } from "./sender.ts";

/** New flows of these priorities, in order. */
function flowsOf(peer: RawPeer, ...priorities: Priority[]): SendFlow[] {
  return priorities.map((priority) => peer.session.openFlow(metadata, { priority }));
}

Deno.test("messages of one turn share a packet, with numbers only on the first", () => {
  const { peer, flow, write } = open();
  write("a");
  write("b");
  peer.clock.advance(0);
  assert.deepEqual(peer.seen.map(({ chunks }) => chunks), [["10:00" + "010201" + "61", "11:0062"]]);
  assert.equal(flow.queued, 2);
  ack(peer, "03");
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
    "10:80" + "010101" + options + "61",
    "10:80" + "010202" + options + "62",
  ]);
  peer.close();
});

Deno.test("a long message leaves in packets of at most 1200 bytes and six at once", () => {
  const { peer, flow } = open();
  flow.write(new Uint8Array(20_000));
  peer.clock.advance(0);
  assert.equal(peer.seen.length, 4, "the first window takes the short part and three long ones");
  ack(peer, "02");
  ack(peer, "03");
  ack(peer, "04");
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
    peer.seen.map(({ chunks }) => chunks.map((chunk) => chunk.slice(3, 7))),
    [["8002", "9001"], ["a001"]],
  );
  peer.close();
});

Deno.test("higher priorities leave first and mark the packet as time critical", () => {
  const peer = new RawPeer();
  const [background, immediate] = flowsOf(peer, Priority.background, Priority.immediate);
  background!.write(new Uint8Array(1100));
  immediate!.write(new Uint8Array(1100));
  peer.clock.advance(0);
  assert.deepEqual(peer.seen.map(({ chunks }) => chunks[0]?.slice(5, 7)), ["02", "01"]);
  assert.deepEqual(peer.seen.map(({ header }) => header.timeCritical), [true, false]);
  peer.close();
});

Deno.test("flows of one priority take turns", () => {
  const peer = new RawPeer();
  const flows = [1, 2, 3].map(() => peer.session.openFlow(metadata));
  for (const flow of flows) flow.write(new Uint8Array(3000));
  peer.clock.advance(0);
  assert.deepEqual(peer.seen.map(({ chunks }) => chunks[0]?.slice(5, 7)), [
    "01",
    "02",
    "03",
    "01",
    "02",
  ]);
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

Deno.test("a receiver without room is asked after 1 s and then ever later until it has some", () => {
  const { peer, write } = open();
  peer.say(chunk("51", "01" + "00" + "01"));
  write("a");
  peer.clock.advance(6000);
  const probes = peer.seen.filter(({ chunks }) => chunks[0] === "18:01").map(({ at }) => at - 1000);
  assert.deepEqual(probes, [3000, 6000 + 1243].filter((time) => time <= 6000));
  peer.seen.length = 0;
  ack(peer, "01");
  assert.deepEqual(peer.heard(), ["10:00" + "010201" + "61"]);
  peer.clock.advance(2000);
  assert.deepEqual(peer.heard().filter((seen) => seen.startsWith("18")), []);
  peer.close();
});

Deno.test("a receiver that stays without room is asked once a minute at last", () => {
  const { peer, write } = open();
  peer.say(chunk("51", "01" + "00" + "01"));
  write("a");
  for (let second = 0; second < 600; second++) {
    peer.clock.advance(1000);
    peer.say(chunk("41"));
  }
  const probes = peer.seen.filter(({ chunks }) => chunks[0] === "18:01").map(({ at }) => at);
  const gaps = probes.slice(1).map((at, i) => Math.round(at - probes[i]!));
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
  peer.say(chunk("5e", "01" + "07") + chunk("51", "01" + "40" + "01"));
  write("b");
  peer.clock.advance(0);
  assert.deepEqual(codes, [7]);
  assert.equal(flow.isOpen, false);
  // Begin and end of the long message, both abandoned and the last one final.
  assert.deepEqual(peer.heard(), ["10:12" + "010302", "11:23"]);
  peer.say(chunk("5e", "01" + "07") + chunk("51", "01" + "40" + "04"));
  assert.deepEqual(codes, [7]);
  assert.equal(peer.session.isIdle, true);
  peer.close();
});

Deno.test("closing a flow marks its last fragment, or sends an empty one when that has left", () => {
  const { peer, flow, write } = open();
  write("a");
  flow.close();
  peer.clock.advance(0);
  assert.deepEqual(peer.heard(), ["10:01" + "010201" + "61"]);
  ack(peer, "02");
  assert.equal(peer.session.isIdle, true);
  const other = peer.session.openFlow(metadata);
  other.write(encodeText("b"));
  peer.clock.advance(0);
  peer.heard();
  other.close();
  peer.clock.advance(0);
  assert.deepEqual(peer.heard(), ["10:83" + "020202" + options]);
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
  ack(peer, "02");
  assert.equal(told, 1);
  ack(peer, "03");
  assert.equal(told, 1);
  peer.close();
});
