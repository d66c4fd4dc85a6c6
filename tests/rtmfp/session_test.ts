import assert from "node:assert/strict";
import { Chunk } from "../../src/protocols/rtmfp/wire/chunk.ts";
import { encodeText, ProtocolError } from "../../src/bytes/mod.ts";
import { PacketFragments } from "../../src/protocols/rtmfp/session/packet_fragments.ts";
import { checksum } from "../../src/protocols/rtmfp/startup/session_key.ts";
import { ReplayWindow } from "../../src/protocols/rtmfp/startup/replay_window.ts";
import { ByteReader, fromHex } from "../../src/bytes/mod.ts";
import {
  chunk,
  nextUserData,
  packetFragment,
  ping,
  pingReply,
  sessionClose,
  sessionCloseAck,
  userData,
} from "./chunks.ts";
import { RawPeer } from "./raw_peer.ts";
import { metadata, Simulation } from "./simulation.ts";

const there = { host: "192.0.2.99", port: 5000 };

Deno.test("a ping is answered with its message, a long one is not", () => {
  const peer = new RawPeer();
  peer.say(ping("0102") + ping());
  assert.deepEqual(peer.heard(), [pingReply("0102"), pingReply()]);
  peer.say(ping("00".repeat(1001)));
  assert.deepEqual(peer.heard(), []);
  peer.close();
});

Deno.test("packets with and without timestamps are read, and ours always have one", () => {
  const peer = new RawPeer();
  peer.say(ping(), { header: "01" });
  peer.clock.advance(400);
  peer.say(ping(), { header: "091000" });
  peer.clock.advance(40);
  peer.say(ping(), { header: "01" });
  const headers = peer.seen.map(({ header }) => [header.timestamp, header.timestampEcho]);
  assert.deepEqual(headers, [[250, undefined], [350, 0x1000], [360, 0x100a]]);
  peer.close();
});

Deno.test("the round trip is measured from the echo of our timestamp", () => {
  const peer = new RawPeer();
  assert.equal(peer.session.roundTrip.smoothed, undefined);
  peer.clock.advance(200);
  peer.say("", { header: "0d1000" + (1000 / 4).toString(16).padStart(4, "0") });
  assert.equal(peer.session.roundTrip.smoothed, 200);
  assert.equal(peer.session.roundTrip.timeout, 200 + 4 * 100 + 200);
  peer.clock.advance(40);
  peer.say("", { header: "0d1000" + (1160 / 4).toString(16).padStart(4, "0") });
  assert.equal(peer.session.roundTrip.smoothed, (7 * 200 + 80) / 8);
  peer.close();
});

Deno.test("a packet of the wrong direction, damaged, or too short is refused", () => {
  const peer = new RawPeer();
  for (const header of ["02", "03", "00"]) {
    assert.throws(() => peer.say(ping(), { header }), ProtocolError, header);
  }
  const packet = peer.sealed(ping());
  for (let at = 4; at < packet.length; at++) {
    const damaged = packet.slice();
    damaged[at]! ^= 0x40;
    assert.throws(() => peer.session.receive(damaged, there), ProtocolError, `byte ${at}`);
  }
  for (const length of [4, 8, 19]) {
    assert.throws(() => peer.session.receive(packet.subarray(0, length), there), ProtocolError);
  }
  assert.deepEqual(peer.heard(), []);
  peer.say(ping());
  assert.deepEqual(peer.heard(), [pingReply()]);
  peer.close();
});

Deno.test("with HMAC a forged packet, and with sequence numbers a repeated one, is refused", () => {
  const peer = new RawPeer({ receiveHmacLength: 10, receiveSequence: true, sendHmacLength: 32 });
  const packet = peer.sealed(ping("aa"));
  const forged = packet.slice();
  forged[packet.length - 1]! ^= 1;
  assert.throws(() => peer.session.receive(forged, there), /wrong HMAC/);
  peer.session.receive(packet, there);
  assert.throws(() => peer.session.receive(packet, there), /came twice/);
  assert.deepEqual(peer.heard().filter((seen) => seen === pingReply("aa")), [pingReply("aa")]);
  peer.close();
});

Deno.test("the checksum is RFC 1071's, of even and odd lengths", () => {
  const example = fromHex("0001f203f4f5f6f7") ?? assert.fail(); // RFC 1071 §3
  assert.equal(checksum(example, 0, 8), 0x220d);
  assert.equal(checksum(example, 0, 3), ~(0x0001 + 0xf200) & 0xffff);
});

Deno.test("the replay window is exact for 1024 numbers and knows nothing older", () => {
  const window = new ReplayWindow();
  for (const number of [0, 5, 3, 1030]) {
    assert.equal(window.has(number), false, `${number}`);
    window.addSequence(number);
    assert.equal(window.has(number), true, `${number}`);
  }
  assert.deepEqual([5, 6, 7, 1029, 1031].map((n) => window.has(n)), [
    true,
    true,
    false,
    false,
    false,
  ]);
  window.addSequence(1_000_000);
  assert.equal(window.has(999_999), false);
  assert.equal(window.has(1030), true);
});

Deno.test("keep-alive pings go out in silence and stop being owed at the reply", () => {
  const peer = new RawPeer();
  peer.clock.advance(14_999);
  assert.deepEqual(peer.heard(), []);
  peer.clock.advance(1);
  assert.deepEqual(peer.heard(), [ping()]);
  peer.say(pingReply());
  peer.clock.advance(14_999);
  assert.deepEqual(peer.heard(), []);
  peer.clock.advance(1);
  assert.deepEqual(peer.heard(), [ping()]);
  peer.close();
});

Deno.test("a peer that never answers is given up after 120 seconds of asking", () => {
  const peer = new RawPeer();
  peer.clock.advance(15_000 + 119_000);
  assert.equal(peer.recorder.closed, undefined);
  peer.clock.advance(15_000);
  assert.equal(peer.recorder.closed, "timeout");
  const pings = peer.heard().filter((seen) => seen === ping()).length;
  assert(pings > 10 && pings < 40, `${pings} pings`);
  peer.close();
});

Deno.test("a session without flows ends after 300 seconds, one with a flow does not", () => {
  for (const withFlow of [false, true]) {
    const peer = new RawPeer();
    if (withFlow) peer.say(userData({ flow: 2, sequence: 1, metadata: "aa" }));
    for (let second = 0; second <= 310; second++) {
      peer.clock.advance(1000);
      if (peer.session.isOpen && second % 10 === 0) peer.say(pingReply());
    }
    assert.equal(peer.recorder.closed, withFlow ? undefined : "idle");
    peer.close();
  }
});

Deno.test("the 300 seconds without flows begin when the last flow has ended", () => {
  const peer = new RawPeer();
  peer.say(userData({ flow: 2, sequence: 1, metadata: "aa" }));
  const live = (seconds: number) => {
    for (let second = 0; second < seconds && peer.session.isOpen; second++) {
      peer.clock.advance(1000);
      if (second % 10 === 0) peer.say(pingReply());
    }
  };
  live(400);
  assert.equal(peer.recorder.closed, undefined);
  peer.say(userData({ flow: 2, sequence: 2, isFinal: true }));
  live(610);
  assert.equal(peer.recorder.closed, "idle");
  peer.close();
});

Deno.test("a close is repeated until it is confirmed, and flows end before the session", () => {
  const peer = new RawPeer();
  peer.say(userData({ flow: 2, sequence: 1, metadata: "aa", data: "a" }));
  const flow = peer.session.openFlow(metadata);
  const exceptions: number[] = [];
  flow.onException = (code) => exceptions.push(code);
  peer.heard();
  peer.session.close();
  assert.deepEqual(peer.recorder.ended, [2]);
  assert.deepEqual(exceptions, [0]);
  assert.equal(peer.recorder.closed, "near");
  peer.clock.advance(10_000);
  assert.deepEqual(peer.heard().filter((seen) => seen === sessionClose()).length, 3);
  assert.equal(peer.closed, 0);
  peer.say(sessionCloseAck());
  assert.equal(peer.closed, 1);
  peer.close();
});

Deno.test("a close without confirmation ends after 90 seconds", () => {
  const peer = new RawPeer();
  peer.session.close();
  peer.clock.advance(89_999);
  assert.equal(peer.closed, 0);
  peer.clock.advance(5000);
  assert.equal(peer.closed, 1);
  peer.close();
});

Deno.test("the peer's close is confirmed each time for 19 seconds", () => {
  const peer = new RawPeer();
  peer.say(sessionClose());
  assert.equal(peer.recorder.closed, "far");
  peer.say(sessionClose());
  assert.deepEqual(peer.heard(), [sessionCloseAck(), sessionCloseAck()]);
  peer.say(ping());
  assert.deepEqual(peer.heard(), []);
  peer.clock.advance(18_999);
  assert.equal(peer.closed, 0);
  peer.clock.advance(1);
  assert.equal(peer.closed, 1);
  peer.close();
});

Deno.test("nothing can be written to a session that is over", () => {
  const peer = new RawPeer();
  peer.session.abort("far");
  const flow = peer.session.openFlow(metadata);
  flow.write(encodeText("late"));
  peer.session.forwardHello({
    discriminator: metadata,
    replyTo: there,
    tag: metadata,
  });
  peer.clock.advance(1000);
  assert.equal(flow.isOpen, false);
  assert.deepEqual(peer.heard(), []);
  peer.close();
});

Deno.test("a packet that came in fragments counts like a whole one", () => {
  const peer = new RawPeer();
  const whole = "01" + ping("c0ffee");
  const part = (number: number, isLast: boolean, plain: string) =>
    peer.say(packetFragment({ packet: 5, number, isLast, plain }));
  part(1, false, whole.slice(4, 8));
  part(2, true, whole.slice(8));
  assert.deepEqual(peer.heard(), []);
  part(0, false, whole.slice(0, 4));
  assert.deepEqual(peer.heard(), [pingReply("c0ffee")]);
  peer.close();
});

/** Chunks of a packet, its header included, in two fragments. */
function inFragments(plain: string): [string, string] {
  const middle = Math.ceil(plain.length / 4) * 2;
  return [
    packetFragment({ packet: 9, number: 0, isLast: false, plain: plain.slice(0, middle) }),
    packetFragment({ packet: 9, number: 1, isLast: true, plain: plain.slice(middle) }),
  ];
}

Deno.test("a packet in fragments tells the time, may have a malformed chunk, and may end the session", () => {
  const peer = new RawPeer();
  const [first, second] = inFragments("09" + "1000" + chunk(Chunk.ackRanges, "02") + ping("07"));
  peer.say(first);
  peer.say(second);
  const [answer] = peer.seen.splice(0);
  assert.deepEqual(answer?.chunks, [pingReply("07")]);
  assert.equal(answer.header.timestampEcho, 0x1000);
  assert.equal(peer.session.dropped, 1);
  for (const part of inFragments("01" + sessionClose())) peer.say(part);
  assert.equal(peer.recorder.closed, "far");
  assert.deepEqual(peer.heard(), [sessionCloseAck()]);
  peer.close();
});

Deno.test("data that follows a packet in fragments is not the next of its data", () => {
  const peer = new RawPeer();
  const [first, second] = inFragments(
    "01" + userData({ flow: 2, sequence: 1, metadata: "aa", data: "a" }),
  );
  peer.say(first);
  peer.say(second + nextUserData({ data: "b" }));
  assert.deepEqual(peer.recorder.messages, [encodeText("a")]);
  assert.equal(peer.session.dropped, 1);
  peer.close();
});

Deno.test("fragmented packets are few, short and forgotten", () => {
  const fragments = new PacketFragments();
  const add = (text: string) =>
    fragments.addFragment(new ByteReader(fromHex(text) ?? assert.fail(text)));
  assert.throws(() => add("800110"), /fragment 16/);
  for (let packet = 0; packet < 5; packet++) assert.equal(add(`800${packet}00aa`), undefined);
  assert.equal(add("000001bb"), undefined);
  assert.equal(add("800400aa"), undefined);
  assert.deepEqual(add("000401bb"), Uint8Array.of(0xaa, 0xbb));
  assert.throws(() => {
    for (let number = 0; number < 16; number++) {
      add("8007" + number.toString(16).padStart(2, "0") + "00".repeat(1000));
    }
  }, /too long/);
});

Deno.test("a malformed chunk costs itself, not its packet's others", () => {
  const peer = new RawPeer();
  peer.say(
    chunk(Chunk.userData) + nextUserData() + chunk(Chunk.ackRanges, "02") +
      chunk(Chunk.bufferProbe) + chunk(Chunk.flowException, "80") +
      chunk(0x99, "00") + ping("07"),
  );
  assert.deepEqual(peer.heard(), [pingReply("07")]);
  assert.equal(peer.session.dropped, 5);
  peer.close();
});

Deno.test("padding of either kind behind the chunks is no chunk", () => {
  const peer = new RawPeer();
  peer.say(ping("07") + "00".repeat(9));
  peer.say(ping("08") + "ff".repeat(9));
  assert.deepEqual(peer.heard(), [pingReply("07"), pingReply("08")]);
  peer.close();
});

Deno.test("time-critical data of one session makes the others hold back", () => {
  const simulation = new Simulation();
  const { client, server } = simulation.establish();
  assert.equal(client.timeCritical.fastGrowAllowed, true);
  server.timeCritical.onSent();
  assert.equal(server.timeCritical.hasSentLately, true);
  assert.equal(server.timeCritical.fastGrowAllowed, false);
  simulation.clock.advance(800);
  assert.equal(server.timeCritical.fastGrowAllowed, true);
  const peer = new RawPeer();
  peer.say("", { header: "41" });
  assert.equal(peer.session.timeCritical.fastGrowAllowed, false);
  peer.say("", { header: "81" });
  assert.equal(peer.session.timeCritical.isReverse, false);
  peer.close();
  simulation.close();
});

Deno.test("the last packet of a turn waits for no other session's", () => {
  const simulation = new Simulation({ conditions: { latency: 20 } });
  const { server } = simulation.establish();
  simulation.clock.advance(1000);
  server.openFlow(metadata).write(Uint8Array.of(7));
  simulation.clock.advance(20);
  assert.deepEqual(simulation.atClient.messages, [Uint8Array.of(7)]);
  simulation.close();
});
