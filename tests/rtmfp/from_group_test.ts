import assert from "node:assert/strict";
import { hex, ProtocolError } from "../../src/bytes/mod.ts";
import type { MediaMessage } from "../../src/media/mod.ts";
import { PartQueue } from "../../src/protocols/rtmfp/group/part_queue.ts";
import { Parts } from "../../src/protocols/rtmfp/group/parts.ts";
import { writeStream, writeStreamEnd } from "../../src/protocols/rtmfp/group/messages.ts";
import { FlashServer, serverAddress } from "./flash_client.ts";
import { GroupViewer, SPEC } from "./group_viewer.ts";

const KEY_FRAME = Uint8Array.of(0x17, 1, 0, 0, 0, ...new Array(2500).fill(5));
const SOUND = Uint8Array.of(0xaf, 1, 7, 7);

/** Parts of `count` sounds, and of a picture before each tenth. */
function partsOf(count: number): Uint8Array[] {
  const parts = new Parts();
  const found: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    if (i % 10 === 0) found.push(...parts.add(9, i * 20, KEY_FRAME, 0).map(({ bytes }) => bytes));
    found.push(...parts.add(8, i * 20, SOUND, 0).map(({ bytes }) => bytes));
  }
  return found;
}

function taken(queue: PartQueue): string[] {
  const found: string[] = [];
  for (let media = queue.take(); media; media = queue.take()) {
    found.push(`${media.type}@${media.time}:${media.payload.length}`);
  }
  return found;
}

Deno.test("messages come out of parts in their order, whatever the order of the parts", () => {
  const parts = partsOf(3);
  const whole = ["9@0:2505", "8@0:4", "8@20:4", "8@40:4"];
  const ordered = new PartQueue();
  assert.deepEqual(parts.flatMap((part) => ordered.add(part) ? taken(ordered) : []), whole);
  const shuffled = new PartQueue();
  const [first, ...rest] = parts;
  for (const part of [first!, ...rest.toReversed()]) assert(shuffled.add(part));
  assert(!shuffled.add(first!));
  assert.deepEqual(taken(shuffled), whole);
  assert(!shuffled.add(first!) && shuffled.isEmpty);
});

Deno.test("a stream begins with a whole message, and what is lost is given up with its message", () => {
  const parts = partsOf(12);
  const queue = new PartQueue();
  // In the middle of the picture: useless.
  assert(!queue.add(parts[1]!) && queue.next === undefined);
  for (const part of parts.slice(2)) queue.add(part);
  assert.equal(queue.next, 4);
  assert.equal(taken(queue).length, 13);
  const torn = new PartQueue();
  for (const [index, part] of parts.entries()) if (index !== 1) torn.add(part);
  assert.deepEqual([taken(torn), torn.next, torn.has(3), torn.has(2)], [[], 1, true, false]);
  torn.skip();
  assert.equal(torn.next, 4);
  assert.equal(taken(torn).length, 13);
  torn.skip();
  assert.equal(torn.next, undefined);
});

Deno.test("what cannot be a part is refused, and what is far ahead begins anew", () => {
  const queue = new PartQueue();
  for (const wrong of ["", "20", "2001", "200108", "30010208", "7f0102", "10"]) {
    assert.throws(() => queue.add(Uint8Array.fromHex(wrong)), ProtocolError, wrong);
  }
  queue.add(Uint8Array.fromHex("20010800000000aa"));
  // A first part without the number of those that follow.
  queue.add(Uint8Array.fromHex("30020900000005bb"));
  queue.add(Uint8Array.fromHex("0003cc"));
  assert.deepEqual(taken(queue), ["8@0:1", "9@5:2"]);
  assert(!queue.add(Uint8Array.fromHex("1083d00001aa")));
  assert(queue.add(Uint8Array.fromHex("2083d0000800000009aa")));
  assert.deepEqual(taken(queue), ["8@9:1"]);
  // A message that is followed by another one before its end.
  for (const hex of ["3083d001010900000001aa", "2083d0020800000002bb"]) {
    queue.add(Uint8Array.fromHex(hex));
  }
  assert.deepEqual(taken(queue), ["8@2:1"]);
});

/** A member that publishes into the group by itself, and the server's neighbor. */
function member(server: FlashServer, port: number): GroupViewer {
  const client = server.client(port, { static: true });
  client.connect("rtmfp://198.51.100.1/live");
  server.until(() => client.statuses.length > 0);
  const found = new GroupViewer(client);
  server.until(() => found.told.includes(hex(server.groups.peerId!)));
  found.meet(server.groups.peerId!, serverAddress);
  server.until(() => found.reports.length > 0);
  return found;
}

const stream = (name: string, byte: number) =>
  writeStream({ name, key: new Uint8Array(32).fill(byte) });

/** A map that says that all parts up to a number are there. */
const mapTo = (last: number) =>
  Uint8Array.of(0x22, last, ...new Array(Math.ceil((last - 1) / 8)).fill(0xff));

/** What a player of a publication gets. */
function played(server: FlashServer, name: string) {
  const messages: MediaMessage[] = [];
  const tap = server.hub.tap({ name, onReady: () => drain(), onOverrun: () => assert.fail() });
  const drain = () => {
    for (let next = tap.next(); next; next = tap.next()) messages.push(next);
  };
  drain();
  const kinds = () => messages.map(({ kind }) => kind);
  return { messages, kinds, close: () => tap.close() };
}

Deno.test("a stream that a member publishes is played outside of its group", async () => {
  const server = new FlashServer();
  const relay = server.groups.play(SPEC, "show", "live/show");
  assert.throws(() => server.groups.play(SPEC, "show", "live/again"), /played already/);
  const player = played(server, "live/show");
  const publisher = member(server, 5000);
  publisher.subscribe(stream("other", 1));
  publisher.subscribe(stream("show", 2));
  server.until(() => publisher.isSubscribed);
  server.until(() => publisher.requests.length > 0);
  assert.deepEqual([...publisher.requests[0]!], [0x23, 0xff]);
  assert.equal(relay.peers, 1);
  publisher.send(...partsOf(20));
  server.clock.advance(500);
  assert.deepEqual(player.kinds().filter((kind) => kind === "video").length, 2);
  assert.deepEqual(player.kinds().filter((kind) => kind === "audio").length, 20);
  publisher.ask(...writeStreamEnd(partsOf(20).length + 1));
  server.clock.advance(500);
  assert.equal(player.kinds().at(-1), "unpublished");
  // The next stream of the name is another one, of another key.
  publisher.subscribe(stream("show", 2));
  server.clock.advance(500);
  assert.equal(relay.peers, 0);
  publisher.subscribe(stream("show", 3));
  server.clock.advance(500);
  assert.equal(relay.peers, 1);
  relay.close();
  relay.close();
  assert.deepEqual([relay.isOver, server.groups.peerId], [true, undefined]);
  player.close();
  await server.close();
});

Deno.test("a member that announces a stream twice is one source of it", async () => {
  const server = new FlashServer();
  const relay = server.groups.play(SPEC, "show", "live/show");
  const publisher = member(server, 5000);
  for (let i = 0; i < 5; i++) publisher.subscribe(stream("show", 2));
  server.clock.advance(500);
  assert.deepEqual([relay.peers, publisher.announced.length], [1, 1]);
  await server.close();
});

Deno.test("parts that nobody pushes are fetched from whoever has them", async () => {
  const server = new FlashServer();
  const relay = server.groups.play(SPEC, "show", "live/show");
  const player = played(server, "live/show");
  const [one, two] = [member(server, 5000), member(server, 5001)];
  for (const each of [one, two]) {
    each.subscribe(stream("show", 2));
    server.until(() => each.isSubscribed);
  }
  server.clock.advance(200);
  assert.equal(relay.peers, 2);
  // Each is to push half of them.
  assert.deepEqual([one, two].map(({ requests }) => requests.at(-1)![1]), [
    0b0101_0101,
    0b1010_1010,
  ]);
  const parts = partsOf(20);
  one.send(...parts.slice(0, 5));
  one.ask(...mapTo(10));
  two.ask(...mapTo(parts.length));
  server.clock.advance(1200);
  const pulled = (each: GroupViewer) =>
    each.requests.filter(([kind]) => kind === 0x2b).map(([, id]) => id!);
  const asked = [...pulled(one), ...pulled(two)];
  assert.deepEqual(
    [...new Set(asked)].sort((a, b) => a - b),
    parts.map((_, index) => index + 1).slice(5),
  );
  assert(pulled(one).every((id) => id <= 10));
  two.send(...parts.slice(5));
  server.clock.advance(200);
  assert.equal(player.kinds().filter((kind) => kind === "audio").length, 20);
  // A member that goes leaves its share to the other.
  two.session?.close();
  server.clock.advance(300);
  assert.deepEqual([...one.requests.at(-1)!], [0x23, 0xff]);
  player.close();
  await server.close();
});

Deno.test("a part that nobody has is given up, and a stream without members is over", async () => {
  const server = new FlashServer();
  const relay = server.groups.play(SPEC, "show", "live/show");
  const player = played(server, "live/show");
  const publisher = member(server, 5000);
  publisher.subscribe(stream("show", 2));
  server.until(() => publisher.isSubscribed);
  const parts = partsOf(20);
  publisher.send(...parts.filter((_, index) => index !== 8));
  server.clock.advance(2000);
  assert.equal(player.kinds().filter((kind) => kind === "audio").length, 5);
  server.clock.advance(5000);
  assert.equal(player.kinds().filter((kind) => kind === "audio").length, 19);
  publisher.session?.close();
  server.clock.advance(20_000);
  assert.equal(player.kinds().at(-1), "unpublished");
  assert.equal(relay.isOver, false);
  player.close();
  await server.close();
});

Deno.test("malformed parts end their flow, and a map that boasts costs nothing", async () => {
  const server = new FlashServer();
  server.groups.play(SPEC, "show", "live/show");
  const player = played(server, "live/show");
  const publisher = member(server, 5000);
  publisher.subscribe(stream("show", 2));
  server.until(() => publisher.isSubscribed);
  publisher.ask(0x22, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f);
  const parts = partsOf(12);
  publisher.send(...parts.slice(0, 5));
  server.clock.advance(3000);
  publisher.send(...parts.slice(5), Uint8Array.of(0x20), Uint8Array.of(0x55, 1));
  server.clock.advance(1000);
  assert.equal(player.kinds().filter((kind) => kind === "audio").length, 12);
  assert.deepEqual(publisher.requests.filter(([kind]) => kind === 0x2b), []);
  // What another one has is fetched after as long a while as ever.
  const other = member(server, 5001);
  other.subscribe(stream("show", 2));
  server.until(() => other.isSubscribed);
  other.ask(...mapTo(parts.length + 4));
  server.clock.advance(300);
  assert.deepEqual(other.requests.filter(([kind]) => kind === 0x2b), []);
  server.clock.advance(700);
  assert.equal(other.requests.filter(([kind]) => kind === 0x2b).length, 4);
  assert.equal(server.groups.neighbors, 2);
  player.close();
  await server.close();
});

Deno.test("a relay that comes later gets what was announced before, if its name is free", async () => {
  const server = new FlashServer();
  const taken = server.hub.publishFrom({ kind: "script", id: "x" }, "live/show") ?? assert.fail();
  const other = server.groups.play(SPEC, "other", "live/other");
  const publisher = member(server, 5000);
  publisher.subscribe(stream("show", 2));
  server.clock.advance(300);
  assert(!publisher.isSubscribed);
  const relay = server.groups.play(SPEC, "show", "live/show");
  server.until(() => publisher.isSubscribed);
  publisher.send(...partsOf(3));
  server.clock.advance(300);
  assert.equal(server.hub.publication("live/show"), taken);
  server.hub.unpublish(taken);
  publisher.send(...partsOf(6).slice(6));
  server.clock.advance(300);
  assert.equal(server.hub.publication("live/show")?.origin?.kind, "relay");
  relay.close();
  assert.notEqual(server.hub.publication("live/show")?.isRunning, true);
  other.close();
  await server.close();
});
