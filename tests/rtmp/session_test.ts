import assert from "node:assert/strict";
import { type Handler, Refusal } from "../../src/hub/mod.ts";
import { ValueReader } from "../../src/codecs/mod.ts";
import { received } from "../support/flash_peer.ts";
import { RtmpPeer } from "../support/rtmp_peer.ts";
import { peerWith } from "./scene.ts";
import { bytes, joined, pattern } from "./wire_bytes.ts";

const refuse: Partial<Handler> = {
  onConnection: () => {
    throw new Refusal("Connect.Rejected", "you are not Tom!");
  },
};

/** Window 2,500,000; peer bandwidth 2,500,000, dynamic; stream begin 0; chunk size 65536. */
const GREETING = bytes(
  "02 000000 000004 05 00000000 002625a0" +
    "02 000000 000005 06 00000000 002625a002" +
    "02 000000 000006 04 00000000 0000 00000000" +
    "02 000000 000004 01 00000000 00010000",
);

for (
  const [name, handler, answer] of [["accepted", {}, "_result"], [
    "refused",
    refuse,
    "_error",
  ]] as const
) {
  Deno.test(`a connect that is ${name} is answered by the settings, then ${answer} with full headers`, () => {
    const { peer } = peerWith(handler);
    peer.handshake();
    peer.connect();
    assert.equal(peer.output.sends, 2);
    const sent = peer.output.take();
    assert.deepEqual(sent.slice(0, GREETING.length), GREETING);
    const rest = sent.subarray(GREETING.length);
    // Format 0, chunk stream 3, time 0; the type behind the length; stream 0.
    assert.deepEqual(rest.slice(0, 4), bytes("03 000000"));
    assert.deepEqual(rest.slice(7, 12), bytes("14 00000000"));
    const payload = rest.slice(12, 12 + ((rest[5] ?? 0) << 8 | (rest[6] ?? 0)));
    assert.equal(received(0, { type: 20, payload }).values?.[0], answer);
    assert.equal(peer.output.ended, name === "refused");
  });
}

Deno.test("what a refused client sends has no effect", () => {
  const { peer, hub } = peerWith(refuse);
  peer.handshake();
  peer.connect();
  peer.take();
  peer.connect();
  peer.command(0, "createStream");
  assert.deepEqual(peer.take(), []);
  assert.equal(hub.clients.size, 0);
});

Deno.test("a redirected client is sent to the same application elsewhere", () => {
  const { peer } = peerWith({ onHandshake: () => ["b.test:1936"] }, { scheme: "rtmps" });
  peer.handshake();
  peer.connect({ tcUrl: "" });
  const error = peer.take().map((message) => received(0, message).values).find((values) =>
    values?.[0] === "_error"
  );
  assert.deepEqual((error?.[3] as { ex: unknown }).ex, {
    code: 302,
    redirect: "rtmps://b.test:1936/live",
  });
});

for (const step of [1, 2, 5, 4000]) {
  Deno.test(`a whole session is understood ${step} bytes at a time`, () => {
    const { hub, clock, peer } = peerWith();
    const recorder = new RtmpPeer(hub);
    const input: Uint8Array[] = [];
    recorder.give = (bytes) => void input.push(bytes);
    recorder.handshake();
    recorder.connect();
    recorder.command(0, "createStream");
    recorder.command(1, "publish", "test");
    recorder.message(1, { type: 9, payload: pattern(1000, 0x17) }, 40);
    const all = joined(...input);
    for (let at = 0; at < all.length; at += step) peer.give(all.subarray(at, at + step));
    clock.advance(2000);
    assert.equal(hub.publication("test")?.videoQos.byteRate, 500);
    assert.equal(hub.publication("test")?.lastTime, 40);
    assert.deepEqual(peer.log.at("WARN"), []);
  });
}

Deno.test("input is acknowledged once per window, with all bytes after the handshake", () => {
  const { peer } = peerWith();
  const id = peer.ready();
  peer.control({ type: 5, size: 10_000 });
  peer.command(id, "publish", "test");
  peer.take();
  for (let count = 0; count < 3; count++) peer.message(id, { type: 9, payload: pattern(5000) });
  const acknowledgements = peer.take().filter(({ type }) => type === 3);
  assert.equal(acknowledgements.length, 1);
  const { payload } = acknowledgements[0] ?? assert.fail();
  const acknowledged = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
  assert.ok(acknowledged > 10_000 && acknowledged < 12_000, `${acknowledged} bytes`);
});

Deno.test("a peer bandwidth that differs from our window is answered by that window", () => {
  const { peer } = peerWith();
  peer.ready();
  peer.control({ type: 6, size: 2_500_000, limit: "dynamic" });
  assert.deepEqual(peer.take(), []);
  peer.control({ type: 6, size: 5_000_000, limit: "hard" });
  peer.control({ type: 6, size: 5_000_000, limit: "hard" });
  assert.deepEqual(peer.take(), [
    { type: 5, streamId: 0, time: 0, payload: bytes("004c4b40") },
  ]);
});

Deno.test("a ping request is answered with its own time", () => {
  const { peer } = peerWith();
  peer.ready();
  peer.message(0, { type: 4, payload: bytes("0006 12345678") });
  assert.deepEqual(peer.take(), [
    { type: 4, streamId: 0, time: 0, payload: bytes("0007 12345678") },
  ]);
});

Deno.test("the server pings, and the answer gives the client's ping", () => {
  const { hub, clock, peer } = peerWith();
  peer.ready();
  const [client] = hub.clients.values();
  assert.equal(peer.session.nextDeadline(), clock.now() + 20_000);
  clock.advance(20_000);
  peer.session.onDeadline(clock.now());
  const [request] = peer.take();
  assert.deepEqual([request?.type, request?.payload.slice(0, 2)], [4, bytes("0006")]);
  clock.advance(37);
  peer.message(0, {
    type: 4,
    payload: joined(bytes("0007"), request?.payload.slice(2) ?? bytes("")),
  });
  assert.equal(client?.ping, 37);
  clock.advance(500);
  peer.message(0, { type: 4, payload: bytes("0007 00000000 00") });
  peer.message(0, { type: 4, payload: bytes("0007 7fffffff") });
  assert.equal(client?.ping, 37);
});

const idle: [string, (peer: RtmpPeer) => void, number, string][] = [
  ["says nothing", () => {}, 10_000, "does not end its handshake"],
  [
    "ends half its handshake",
    (peer) => peer.give(bytes("03 00")),
    10_000,
    "does not end its handshake",
  ],
  ["never connects", (peer) => void peer.handshake(), 10_000, "does not connect in time"],
  ["is silent", (peer) => void peer.ready(), 60_000, "is silent for 60 seconds"],
];
for (const [name, begin, timeout, reason] of idle) {
  Deno.test(`a peer that ${name} is cut after ${timeout / 1000} seconds`, () => {
    const { hub, clock, peer } = peerWith();
    begin(peer);
    const [client] = [...hub.clients.values()];
    const end = clock.now() + timeout;
    while (peer.session.nextDeadline() < end) {
      clock.advance(peer.session.nextDeadline() - clock.now());
      peer.session.onDeadline(clock.now());
      assert.equal(peer.output.aborted, false);
    }
    assert.equal(peer.session.nextDeadline(), end);
    clock.advance(end - clock.now() - 1);
    peer.session.onDeadline(clock.now());
    assert.equal(peer.output.aborted, false);
    clock.advance(1);
    peer.session.onDeadline(clock.now());
    assert.equal(peer.output.aborted, true);
    assert.equal(hub.clients.size, 0);
    // The end of a client is told with that of all clients, by what observes the hub.
    if (client !== undefined) assert.deepEqual(client.ending, { cause: "silent", reason });
    assert.deepEqual(peer.log.at("WARN"), client ? [] : [`WARN rtmp: closed: ${reason}`]);
    assert.equal(peer.session.nextDeadline(), Infinity);
  });
}

for (const isThere of [false, true]) {
  const fate = isThere ? "keeps its name when it answers" : "loses its name within 6 seconds";
  Deno.test(`a publisher that sends nothing ${fate}, once another wants it`, () => {
    const { hub, clock, peer } = peerWith();
    peer.command(peer.ready(), "publish", "live", "live");
    const other = new RtmpPeer(hub);
    const id = other.ready();
    for (let second = 0; second < 7; second++) {
      // The listener's timer, and a client that tries again and again.
      clock.advance(1000);
      peer.session.onDeadline(clock.now());
      const asked = peer.take().find(({ type, payload }) => type === 4 && payload[1] === 6);
      const answer = asked && { ...asked, payload: Uint8Array.of(0, 7, ...asked.payload.slice(2)) };
      if (isThere && answer) peer.message(0, answer);
      other.command(id, "publish", "live", "live");
    }
    assert.equal(peer.output.ended, !isThere);
    assert.equal(hub.publication("live")?.publisher?.address, "192.0.2.1:5000");
    assert.equal(other.takeNames().includes("1: onStatus NetStream.Publish.Start"), !isThere);
  });
}

Deno.test("half a handshake is not prolonged by dribbling", () => {
  const { clock, peer } = peerWith();
  peer.give(bytes("03"));
  for (let second = 0; second < 9; second++) {
    clock.advance(1000);
    peer.give(bytes("00"));
  }
  assert.equal(peer.session.nextDeadline(), clock.now() + 1000);
});

Deno.test("the timeout is the settings', 0 for never, unless the application says otherwise", () => {
  for (
    const [settings, answer, expected] of [[9000, undefined, 9000], [9000, 5, 5000], [
      0,
      undefined,
      0,
    ], [9000, 0, 0]] as const
  ) {
    const { clock, peer } = peerWith({
      onConnection: () => answer === undefined ? undefined : { timeout: answer },
    }, { settings: { timeout: settings, chunkSize: 65_536 } });
    peer.ready();
    const begun = clock.now();
    for (let round = 0; round < 10 && !peer.output.aborted; round++) {
      clock.advance(Math.min(20_000, peer.session.nextDeadline() - clock.now()));
      peer.session.onDeadline(clock.now());
    }
    assert.equal(peer.output.aborted, expected > 0);
    if (expected > 0) assert.equal(clock.now() - begun, expected);
  }
});

Deno.test("a peer that has not connected may not send long messages, a client may", () => {
  const { peer } = peerWith();
  peer.handshake();
  peer.give(bytes("04 000000 010001 14 00000000"));
  assert.equal(peer.output.aborted, true);
  const client = peerWith().peer;
  const id = client.ready();
  client.message(id, { type: 9, payload: pattern(1_000_000) });
  assert.equal(client.output.aborted, false);
});

Deno.test("unknown messages are skipped, logged once a kind", () => {
  const { peer } = peerWith();
  peer.ready();
  for (const type of [7, 7, 99, 23, 99]) peer.message(0, { type, payload: pattern(10) });
  assert.deepEqual(peer.log.at("WARN"), [
    "WARN rtmp: skipped a message of type 7",
    "WARN rtmp: skipped a message of type 99",
    "WARN rtmp: skipped a message of type 23",
  ]);
  peer.command(0, "createStream");
  assert.deepEqual(peer.takeNames(), ["0: _result"]);
});

for (
  const [name, type, payload] of [
    ["command without name", 20, "00"],
    ["command that is no AMF", 20, "ff"],
    ["command cut short", 20, "02 0009 61"],
    ["empty command", 17, ""],
    ["data cut short", 18, "02 0009 61"],
    ["user control cut short", 4, "00"],
    ["window size cut short", 5, "0001"],
    ["aggregate cut short", 22, "09 000009 01"],
  ] as const
) {
  Deno.test(`a ${name} is left out and the connection goes on`, () => {
    const { hub, peer } = peerWith();
    const id = peer.ready();
    peer.command(id, "publish", "test");
    peer.take();
    peer.message(id, { type, payload: bytes(payload) });
    assert.deepEqual(peer.take(), []);
    assert.equal(peer.output.aborted, false);
    peer.message(id, { type: 8, payload: bytes("af01") }, 77);
    assert.equal(hub.publication("test")?.lastTime, 77);
  });
}

Deno.test("chunks that make no sense end the connection, its streams and its client", () => {
  const { hub, peer } = peerWith();
  const id = peer.ready();
  peer.command(id, "publish", "test");
  peer.take();
  const [client] = [...hub.clients.values()];
  peer.give(bytes("ff 00 00"));
  assert.equal(peer.output.aborted, true);
  assert.equal(hub.publication("test"), undefined);
  assert.equal(hub.clients.size, 0);
  assert.equal(client?.ending.cause, "protocol");
  assert.match(client?.ending.reason ?? "", /^chunk stream 63 begins without/);
});

Deno.test("an error of the server's own ends that session only, and the log has where", () => {
  const { hub, peer } = peerWith({
    onCall: () => {
      throw new TypeError("a bug");
    },
  });
  peer.ready();
  const other = new RtmpPeer(hub);
  other.ready();
  peer.command(0, "test");
  assert.equal(peer.output.aborted, true);
  assert.match(peer.log.at("ERROR")[0] ?? "", /TypeError: a bug[\s\S]*session_test/);
  other.command(0, "createStream");
  assert.deepEqual(other.takeNames(), ["0: _result"]);
});

Deno.test("messages that scripts write outside of any input are sent at once", () => {
  const { hub, peer } = peerWith();
  peer.ready();
  const [client] = hub.clients.values();
  client?.writer.writeInvocation("hello", new ValueReader([]));
  assert.deepEqual(peer.takeNames(), ["0: hello"]);
  client?.writer.close();
  assert.equal(peer.output.ended, true);
});

Deno.test("nothing that follows is done once a script has closed the client", () => {
  const { hub, peer } = peerWith({ onCall: ({ client }) => client.writer.close() });
  const id = peer.ready();
  const parts: Uint8Array[] = [];
  const { give } = peer;
  peer.give = (bytes) => void parts.push(bytes);
  peer.command(0, "leave");
  peer.command(id, "publish", "test");
  give.call(peer, joined(...parts));
  assert.equal(peer.output.ended, true);
  assert.equal(hub.publication("test"), undefined);
});

Deno.test("a server that stops tells the client and ends; a client that never connected is cut", () => {
  const { hub, peer } = peerWith();
  peer.ready();
  peer.session.shutdown();
  assert.deepEqual(peer.takeNames(), ["0: onStatus NetConnection.Connect.AppShutdown", "0: close"]);
  assert.equal(peer.output.ended, true);
  const early = new RtmpPeer(hub);
  early.session.shutdown();
  assert.equal(early.output.ended, true);
});

Deno.test("a lost connection is told to the application with its reason", () => {
  const events: string[] = [];
  const { peer } = peerWith({
    onFailed: (_client, error) => void events.push(error),
    onDisconnection: () => void events.push("disconnection"),
  });
  peer.ready();
  peer.session.close("connection reset");
  peer.session.close();
  assert.deepEqual(events, ["connection reset", "disconnection"]);
});

Deno.test("encrypted RTMP and other protocols are closed at the first byte", () => {
  for (const first of [bytes("06"), bytes("474554")]) {
    const { peer } = peerWith();
    peer.give(first);
    assert.equal(peer.output.aborted, true);
    assert.equal(peer.output.sends, 0);
  }
});
