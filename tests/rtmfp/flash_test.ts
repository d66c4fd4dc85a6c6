import assert from "node:assert/strict";
import { decodeText, encodeText, hex } from "../../src/bytes/mod.ts";
import { MessageType } from "../../src/flash/mod.ts";
import { openHandler, Refusal } from "../../src/hub/mod.ts";
import { flowSyncMessage } from "../../src/protocols/rtmfp/flash/flow_sync.ts";
import { readFlowKind, streamMetadata } from "../../src/protocols/rtmfp/flash/metadata.ts";
import { FlashServer, play, publish } from "./flash_client.ts";

const keyFrame = Uint8Array.of(0x17, 1, 0, 0, 0, 1, 2, 3);
const interFrame = (n: number) => Uint8Array.of(0x27, 1, 0, 0, 0, n);
const videoConfig = Uint8Array.of(0x17, 0, 0, 0, 0, 9);
const audioConfig = Uint8Array.of(0xaf, 0, 9);
const sound = (n: number) => Uint8Array.of(0xaf, 1, n);

Deno.test("a client connects with its peer id and is told so, then it leaves", async () => {
  const server = new FlashServer();
  const client = server.connected(5000, "rtmfp://198.51.100.1/live?a=1");
  const [known] = server.hub.clients.values();
  assert.equal(known?.id, hex(client.endpoint.identity.certificate.fingerprint));
  assert.equal(known?.protocol, "RTMFP");
  assert.equal(known?.address, "203.0.113.7:5000");
  assert.equal(known?.path, "/live");
  assert.equal(known?.query, "a=1");
  client.session?.close();
  server.until(() => server.hub.clients.size === 0);
  assert.deepEqual(server.events, ["gone"]);
  assert.equal(server.listener.connections, 0);
  await server.close();
});

Deno.test("a client that is refused hears why, and the session ends", async () => {
  const server = new FlashServer({ latency: 10, loss: 0.2 }, {
    onConnection: () => {
      throw new Refusal("Connect.Rejected", "not you");
    },
  });
  const client = server.client(5000);
  client.connect("rtmfp://198.51.100.1/live");
  server.until(() => client.closed);
  assert.deepEqual(client.statuses, ["NetConnection.Connect.Rejected", "close"]);
  await server.close();
});

Deno.test("a client that falls silent is given up and its application told", async () => {
  const server = new FlashServer();
  server.connected(5000);
  server.link.filter = (_datagram, from) => from.port !== 5000;
  server.until(() => server.events.length > 0, 200_000);
  assert.deepEqual(server.events, ["failed: the client is gone", "gone"]);
  server.link.filter = undefined;
  await server.close();
});

Deno.test("calls are answered in both encodings, also fifty in flight", async () => {
  const server = new FlashServer({ latency: 10, loss: 0.05 }, {
    onCall: ({ name, args, reply }) => {
      if (name !== "echo") throw new Refusal("Call.Failed", `no ${name}`);
      args.read(reply());
    },
  });
  const client = server.connected(5000);
  client.calls.length = 0;
  for (let i = 0; i < 50; i++) client.command(0, "echo", 10 + i, null, i);
  client.command(0, "lost", 99, null);
  server.until(() => client.calls.length === 51);
  assert.deepEqual(client.calls.slice(0, 50).map((values) => values[3]), [...Array(50).keys()]);
  assert.deepEqual(client.calls[50]?.slice(0, 2), ["_error", 99]);
  const amf3 = client.heard.length;
  client.send(
    0,
    17,
    0,
    Uint8Array.of(
      0,
      2,
      0,
      4,
      ...encodeText("echo"),
      0,
      0x40,
      0x59,
      0,
      0,
      0,
      0,
      0,
      0,
      5,
      0x11,
      4,
      7,
    ),
  );
  server.until(() => client.heard.length > amf3);
  assert.deepEqual(client.calls.at(-1)?.slice(0, 4), ["_result", 100, null, 7]);
  await server.close();
});

Deno.test("a client that numbers none of its commands gets its stream's id all the same", async () => {
  const server = new FlashServer();
  const client = server.connected(5000);
  const calls = client.calls.length;
  client.command(0, "createStream", 0, null);
  server.until(() => client.calls.length > calls);
  assert.deepEqual(client.calls.at(-1), ["_result", 0, null, 1]);
  await server.close();
});

Deno.test("the server calls the client over its writer and over new ones beside it", async () => {
  const server = new FlashServer();
  const client = server.connected(5000);
  const [known] = server.hub.clients.values();
  assert(known);
  const other = known.writer.newFlowWriter();
  const flows = client.flows.length;
  known.writer.writeStatus("One", "");
  other.reliable = false;
  other.writeStatus("Two", "");
  other.flush(true);
  server.until(() => client.statuses.length === 2);
  assert.deepEqual(client.statuses.sort(), ["NetConnection.One", "NetConnection.Two"]);
  assert.equal(client.flows.length, flows + 1);
  other.close();
  server.clock.advance(1000);
  assert.equal(client.closed, false);
  known.writer.close();
  server.until(() => client.closed);
  await server.close();
});

Deno.test("media goes from publisher to players in order, headers first, over flows of its own", async () => {
  const server = new FlashServer({ latency: 10, jitter: 5, loss: 0.03 });
  const publisher = server.connected(5000);
  const player = server.connected(5001);
  const out = publish(server, publisher, "cam");
  publisher.send(out, 8, 0, audioConfig);
  publisher.send(out, 9, 0, videoConfig);
  server.clock.advance(500);
  const stream = play(server, player, "cam");
  for (let i = 0; i < 50; i++) {
    publisher.send(out, 9, i * 40, i % 25 === 0 ? keyFrame : interFrame(i));
    publisher.send(out, 8, i * 40, sound(i));
    server.clock.advance(40);
  }
  server.clock.advance(3000);
  const video = player.heard.filter((each) => each.type === 9);
  const audio = player.heard.filter((each) => each.type === 8);
  assert.deepEqual(video[0]?.payload, videoConfig);
  assert.deepEqual(audio[0]?.payload, audioConfig);
  assert.deepEqual(
    video.slice(1).map((each) => each.time),
    [...Array(50).keys()].map((i) => i * 40),
  );
  assert.deepEqual(audio.slice(1).map((each) => each.payload[2]), [...Array(50).keys()]);
  assert(video.every((each) => each.streamId === stream));
  assert.equal(new Set([video[0]?.flow, audio[0]?.flow]).size, 2);
  publisher.command(out, "closeStream", 0, null);
  server.until(() => player.statuses.includes("NetStream.Play.UnpublishNotify"));
  await server.close();
});

Deno.test("flows that carry media wait at first for the one with the statuses", async () => {
  const server = new FlashServer();
  const publisher = server.connected(5000);
  const player = server.connected(5001);
  const out = publish(server, publisher, "cam");
  play(server, player, "cam");
  publisher.send(out, 9, 0, keyFrame);
  server.until(() => player.heard.some((each) => each.type === 9));
  const syncs = player.heard.filter((each) => each.type === 4 && each.payload[1] === 34);
  assert.equal(syncs.length, 3);
  assert.equal(new Set(syncs.map((each) => each.flow)).size, 3);
  assert.deepEqual(new Set(syncs.map((each) => hex(each.payload))).size, 1);
  await server.close();
});

Deno.test("a message after a flow sync waits for the other flows, and theirs for it", async () => {
  const server = new FlashServer();
  const publisher = server.connected(5000);
  const out = publish(server, publisher, "cam");
  const seen: number[] = [];
  server.hub.handler = { ...openHandler, onVideo: (_p, time) => seen.push(time) };
  const publication = server.hub.publication("cam");
  assert(publication && publisher.session);
  publication.hooks.video = true;
  const other = publisher.session.openFlow(streamMetadata(out), { associated: publisher.flows[0] });
  publisher.send(out, 9, 1, keyFrame);
  publisher.flow(out).write(flowSyncMessage(7, 2));
  publisher.send(out, 9, 3, interFrame(3));
  server.clock.advance(1000);
  assert.deepEqual(seen, [1]);
  other.write(Uint8Array.of(9, 0, 0, 0, 2, ...interFrame(2)));
  other.write(flowSyncMessage(7, 2));
  server.clock.advance(1000);
  assert.deepEqual(seen, [1, 2, 3]);
  publisher.flow(out).write(flowSyncMessage(8, 2));
  publisher.send(out, 9, 4, interFrame(4));
  publisher.flow(out).close();
  other.close();
  server.clock.advance(1000);
  assert.deepEqual(seen, [1, 2, 3]);
  await server.close();
});

Deno.test("media and data that are kept for listeners keep no memory but their own", async () => {
  const kept: Uint8Array[] = [];
  const server = new FlashServer({ latency: 10 }, {
    onVideo: (_publication, _time, payload) => kept.push(payload),
    onData: (_publication, _name, payload) => kept.push(payload),
  });
  const publisher = server.connected(5000);
  const out = publish(server, publisher, "cam");
  const publication = server.hub.publication("cam");
  assert(publication);
  publication.hooks.video = publication.hooks.data = true;
  for (const size of [8, 1000, 5000]) {
    publisher.send(out, 9, 0, new Uint8Array(size).fill(0x17));
    publisher.send(out, MessageType.data, 0, encodeText("\x02\0\x01x\x05"));
  }
  server.until(() => kept.length === 6);
  for (const { length, buffer } of kept) assert(buffer.byteLength <= length + 9);
  await server.close();
});

Deno.test("unreliable play never stalls, drops what was lost, and counts it", async () => {
  const server = new FlashServer({ latency: 50 });
  const publisher = server.connected(5000);
  const player = server.connected(5001);
  const out = publish(server, publisher, "cam");
  play(server, player, "cam", -3);
  server.link.conditions = { latency: 50, loss: 0.1 };
  server.link.filter = (_datagram, from, to) => from.port !== 5000 && to.port !== 5000 || true;
  let longest = 0;
  let last = server.clock.now();
  for (let i = 0; i < 500; i++) {
    publisher.send(out, 9, i * 20, i % 50 === 0 ? keyFrame : interFrame(i & 0xff));
    const before = player.heard.length;
    server.clock.advance(20);
    if (player.heard.length > before) {
      longest = Math.max(longest, server.clock.now() - last);
      last = server.clock.now();
    }
  }
  server.link.conditions = { latency: 50 };
  server.clock.advance(2000);
  const times = player.heard.filter((each) => each.type === 9).map((each) => each.time);
  assert(times.length > 400 && times.length < 500, `${times.length} of 500 frames`);
  assert.deepEqual(times, times.toSorted((a, b) => a - b));
  assert(longest < 1200, `nothing for ${longest} ms`);
  const [listener] = server.hub.publication("cam")?.listeners.values() ?? [];
  assert((listener?.videoQos.lostRate ?? 0) >= 0);
  await server.close();
});

Deno.test("parts that a publisher gave up are counted as lost", async () => {
  const server = new FlashServer();
  const publisher = server.connected(5000);
  const out = publish(server, publisher, "cam");
  server.link.filter = (datagram, from) => !(from.port === 5000 && datagram.length > 1000);
  for (let i = 0; i < 40; i++) {
    const frame = i % 4 === 1 ? new Uint8Array(1100).fill(0x27) : interFrame(i);
    publisher.send(out, 9, i * 20, frame, false);
    server.clock.advance(20);
  }
  const rate = server.hub.publication("cam")?.videoQos.lostRate ?? 0;
  assert(rate > 0.1 && rate < 0.4, `${rate}`);
  server.link.filter = undefined;
  await server.close();
});

Deno.test("setPeerInfo is answered with the keep-alive periods", async () => {
  const server = new FlashServer();
  const client = server.connected(5000);
  client.command(0, "setPeerInfo", 0, null, "192.168.1.2:5000", "nonsense");
  server.until(() => client.heard.some((each) => each.type === MessageType.userControl));
  const control = client.heard.find((each) => each.type === MessageType.userControl);
  assert.equal(hex(control?.payload ?? assert.fail()), "0029" + "00003a98" + "00002710");
  await server.close();
});

Deno.test("a client behind a NAT that rebinds stays, and its application is told", async () => {
  const server = new FlashServer();
  const client = server.connected(5000);
  server.nats.get(5000)?.rebind({ host: "203.0.113.7", port: 5999 });
  client.command(0, "createStream", 9, null);
  server.until(() => server.events.length > 0);
  assert.deepEqual(server.events, ["203.0.113.7:5000 is 203.0.113.7:5999"]);
  await server.close();
});

Deno.test("messages that are no messages, and flows that are none of ours, do no harm", async () => {
  const server = new FlashServer();
  const client = server.connected(5000);
  const session = client.session ?? assert.fail();
  client.flow(0).write(new Uint8Array(0));
  client.flow(0).write(Uint8Array.of(20, 0, 0, 0, 0, 0xff, 0xff));
  client.send(0, 99, 0, encodeText("?"));
  client.send(0, 4, 0, Uint8Array.of(1));
  client.send(0, 22, 0, Uint8Array.of(1, 2, 3));
  const codes: string[] = [];
  for (
    const [name, metadata] of Object.entries({
      other: encodeText("XX"),
      unknown: streamMetadata(77),
    })
  ) {
    const flow = session.openFlow(metadata);
    flow.onException = () => codes.push(name);
    flow.write(encodeText("hello"));
  }
  server.until(() => codes.length === 2);
  client.command(0, "createStream", 5, null);
  const before = client.calls.length;
  server.until(() => client.calls.length > before);
  assert.equal(decodeText(encodeText(String(client.calls.at(-1)?.[0]))), "_result");
  await server.close();
});

Deno.test("a server that stops tells its clients and waits for them", async () => {
  const server = new FlashServer();
  const client = server.connected(5000);
  const closed = server.listener.close();
  server.until(() => client.closed);
  await closed;
  assert.deepEqual(client.statuses, ["NetConnection.Connect.AppShutdown", "close"]);
  client.endpoint.close();
});

Deno.test("flow metadata says which stream, or a group, or nothing", () => {
  assert.deepEqual(readFlowKind(streamMetadata(300)), {
    kind: "stream",
    streamId: 300,
    order: "sequence",
  });
  assert.deepEqual(readFlowKind(Uint8Array.of(0x54, 0x43, 5, 2)), {
    kind: "stream",
    streamId: 2,
    order: "network",
  });
  assert.deepEqual(readFlowKind(Uint8Array.of(0x47, 0x43)), { kind: "group" });
  for (const wrong of [[], [0x54], [0x54, 0x43, 4], [0x54, 0x43, 0, 1], [0x41, 0x43, 4, 1]]) {
    assert.equal(readFlowKind(Uint8Array.from(wrong)), undefined);
  }
});
