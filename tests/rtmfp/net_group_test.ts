import assert from "node:assert/strict";
import { encodeText, fromHex, hex, ProtocolError } from "../../src/bytes/mod.ts";
import { type Hub, type Publication, Refusal } from "../../src/hub/mod.ts";
import { readGroupSpec } from "../../src/protocols/rtmfp/group/group_spec.ts";
import {
  readPeerJoin,
  readStream,
  writePeerJoin,
  writeReport,
  writeStream,
} from "../../src/protocols/rtmfp/group/messages.ts";
import { Parts } from "../../src/protocols/rtmfp/group/parts.ts";
import { FlashServer, serverAddress } from "./flash_client.ts";
import { GROUP_ID, GroupViewer, SPEC, type ViewerOptions } from "./group_viewer.ts";

const AVC_HEADER = Uint8Array.of(0x17, 0, 0, 0, 0, 1, 2, 3);
const AAC_HEADER = Uint8Array.of(0xaf, 0, 0x12, 0x10);
const KEY_FRAME = Uint8Array.of(0x17, 1, 0, 0, 0, ...new Array(3000).fill(5));
const FRAME = Uint8Array.of(0x27, 1, 0, 0, 0, 9);
const SOUND = Uint8Array.of(0xaf, 1, 7, 7);

function begin(hub: Hub, name = "live/news"): Publication {
  const publication = hub.publishFrom({ kind: "script", id: "test" }, name) ?? assert.fail();
  publication.audio(0, AAC_HEADER);
  publication.video(0, AVC_HEADER);
  return publication;
}

/** A viewer that has met the server, and asked for all to be pushed if it plays. */
function viewer(server: FlashServer, port: number, options: ViewerOptions = { wants: "news" }) {
  const client = server.client(port, { static: true });
  client.connect("rtmfp://198.51.100.1/live");
  server.until(() => client.statuses.length > 0);
  const found = new GroupViewer(client, options);
  const own = server.groups.peerId ?? assert.fail();
  server.until(() => found.told.includes(hex(own)));
  found.meet(own, serverAddress);
  if (options.wants !== undefined) {
    server.until(() => found.announced.length > 0);
    found.ask(0x23, 0xff);
  }
  server.clock.advance(200);
  return found;
}

Deno.test("a group's id is the hash of its specification, of version 2 that of the hash", () => {
  // Seen when librtmfp's TestClient joined with it.
  const id = "c3ab09fc9d3fd2fe3f4f82762c530b96f2eb1c49d9fe615f48f250545b731dc9";
  assert.equal(hex(readGroupSpec(SPEC).id), id);
  assert.deepEqual(readGroupSpec(SPEC).id, GROUP_ID);
  // What follows the end, such as an authorization, is not part of the group.
  assert.equal(hex(readGroupSpec(`${SPEC}0102030405`).id), id);
  assert.notEqual(hex(readGroupSpec(SPEC.replace("7f02", "7f01")).id), id);
  for (
    const wrong of [
      "",
      "G:",
      "G:00zz",
      "test",
      "G:027f02",
      "G:ff0e",
      "G:00",
      `G:${"0".repeat(9000)}`,
    ]
  ) {
    assert.throws(() => readGroupSpec(wrong), ProtocolError, wrong);
  }
});

Deno.test("messages between peers are as librtmfp writes them", () => {
  const groupId = hex(GROUP_ID);
  const peerId = new Uint8Array(32).fill(1);
  const key = new Uint8Array(32).fill(2);
  const join = writePeerJoin({ groupId, key, peerId });
  assert.equal(
    hex(join),
    `014100${hex(encodeText(groupId))}2101${"02".repeat(32)}2303210f${"01".repeat(32)}`,
  );
  assert.deepEqual(readPeerJoin(join), { groupId, key, peerId });
  for (let length = 0; length < join.length; length++) {
    assert.throws(() => readPeerJoin(join.subarray(0, length)));
  }
  const stream =
    "21050074657374210101fad38249fa6143a68da4dfec9ff9f83e98bf942836339d936e1b0a3de07039" +
    "01020303be40040492a76002056403079344";
  const read = readStream(fromHex(stream)!);
  assert.equal(read?.name, "test");
  assert.equal(hex(writeStream(read!)), stream);
  const address = { host: "127.0.0.1", port: 0xd2d0 };
  assert.equal(
    hex(writeReport(address, [{ peerId, address, age: 3.7 }])),
    `0a080d027f000001d2d0010a0022210f${"01".repeat(32)}03080a027f000001d2d000`,
  );
});

Deno.test("media are cut into numbered parts, which are kept for the group's window", () => {
  const parts = new Parts();
  assert.deepEqual([parts.last, hex(parts.map(0))], [0, "2200"]);
  const [whole] = parts.add(8, 5, SOUND, 0);
  assert.equal(hex(whole!.bytes), "200108" + "00000005" + hex(SOUND));
  const cut = parts.add(9, 0x01020304, new Uint8Array(2 * 959 + 1).fill(3), 1000);
  assert.deepEqual(cut.map(({ bytes }) => hex(bytes.subarray(0, 8))), [
    "3002020901020304",
    "1003010303030303",
    "000403",
  ]);
  assert.equal(hex(parts.map(1000)), "220407");
  for (let i = 0; i < 8; i++) parts.add(8, 0, SOUND, 9000);
  assert.equal(hex(parts.map(9000)), "220cff07");
  assert.equal(parts.get(1)?.bytes, whole?.bytes);
  assert.equal(hex(parts.map(10_500)), "220cff03");
  assert.deepEqual([parts.get(1), parts.get(13), parts.get(0)], [undefined, undefined, undefined]);
  assert.equal(hex(parts.map(60_000)), "220c");
  // A message that would need more than 255 parts gets longer ones.
  const large = parts.add(9, 0, new Uint8Array(959 * 1000), 60_000);
  assert(large.length <= 255 && large[0]!.bytes[2] === large.length - 1);
});

Deno.test("parts are kept within a limit of bytes", () => {
  const parts = new Parts();
  for (let i = 0; i < 50; i++) parts.add(9, 0, new Uint8Array(1_000_000), 0);
  assert(parts.get(1) === undefined);
  assert(parts.get(parts.last) !== undefined);
});

Deno.test("two members of a group get a publication, the later one from headers on", async () => {
  const server = new FlashServer();
  const publication = begin(server.hub);
  const published = server.groups.publish(publication, SPEC, "news");
  const first = viewer(server, 5000);
  const own = server.groups.peerId!;
  publication.video(40, KEY_FRAME);
  publication.audio(45, SOUND);
  publication.flush();
  server.clock.advance(1000);
  const second = viewer(server, 5001);
  publication.video(80, FRAME);
  publication.video(1040, KEY_FRAME);
  publication.flush();
  server.clock.advance(1000);
  assert.deepEqual([published.peers, server.groups.neighbors], [2, 2]);
  const told = (each: GroupViewer) =>
    each.media.map(({ type, time, payload }) => [type, time, hex(payload)]);
  const start = (time: number) => [
    [8, time, hex(AAC_HEADER)],
    [9, time, hex(AVC_HEADER)],
    [9, time, hex(KEY_FRAME)],
  ];
  assert.deepEqual(told(first), [
    ...start(0),
    [8, 5, hex(SOUND)],
    [9, 40, hex(FRAME)],
    ...start(1000),
  ]);
  assert.deepEqual(told(second), [[9, 40, hex(FRAME)], ...start(1000)]);
  // What it was not sent it may fetch.
  second.ask(0x2b, 1);
  second.ask(0x2b, 99);
  server.clock.advance(200);
  assert(second.parts.has(1) && !second.parts.has(99));
  assert.equal(hex(second.reports[0]!.subarray(0, 4)), "0a080d02");
  // The second one is told of the first.
  assert(
    hex(second.reports.at(-1)!).includes(
      hex(first.client.endpoint.identity.certificate.fingerprint),
    ),
  );
  assert(first.maps.length > 0 && second.maps.length > 0);
  server.hub.unpublish(publication);
  server.clock.advance(500);
  assert(first.ended !== undefined && second.ended === first.ended);
  const last = first.media.at(-1)!;
  assert(new TextDecoder().decode(last.payload).includes("NetStream.Play.UnpublishNotify"));
  assert.deepEqual([published.isOver, server.groups.peerId], [true, undefined]);
  assert(!server.hub.groups.get(hex(GROUP_ID))?.virtualMembers.has(hex(own)));
  await server.close();
});

Deno.test("a member is pushed the parts that it asked for, and no others", async () => {
  const server = new FlashServer();
  const publication = begin(server.hub);
  server.groups.publish(publication, SPEC, "news");
  const member = viewer(server, 5000);
  member.ask(0x23, 0b0000_0110);
  server.clock.advance(200);
  for (let i = 0; i < 40; i++) publication.audio(i, SOUND);
  publication.video(40, KEY_FRAME);
  for (let i = 0; i < 40; i++) publication.audio(40 + i, SOUND);
  publication.flush();
  server.clock.advance(500);
  const remainders = new Set([...member.parts.keys()].map((id) => id % 8));
  assert.deepEqual([...remainders].sort(), [1, 2]);
  await server.close();
});

Deno.test("a part is pushed to five members, who pass it on; all others fetch it", async () => {
  const server = new FlashServer();
  const publication = begin(server.hub);
  const published = server.groups.publish(publication, SPEC, "news");
  // A newcomer is told of six others: each of these is told of the server.
  const members = [0, 1, 2, 3, 4, 5].map((i) => viewer(server, 5000 + i));
  publication.video(40, KEY_FRAME);
  publication.flush();
  server.clock.advance(500);
  assert.equal(published.peers, 6);
  assert.deepEqual(members.map(({ media }) => media.length > 0), [
    ...[true, true, true, true, true],
    false,
  ]);
  await server.close();
});

Deno.test("who does not know the specification, or means somebody else, is turned away", async () => {
  const server = new FlashServer();
  const publication = begin(server.hub);
  server.groups.publish(publication, SPEC, "news");
  const strangers = [
    { secret: encodeText("a guess"), wants: undefined! },
    { peerId: new Uint8Array(32).fill(9), wants: undefined! },
  ].map((options, i) => {
    const { wants: _, ...rest } = options;
    return viewer(server, 5000 + i, rest);
  });
  server.clock.advance(1000);
  for (const stranger of strangers) {
    assert(stranger.isClosed);
    assert.deepEqual(stranger.heard, []);
  }
  assert.equal(server.groups.neighbors, 0);
  await server.close();
});

Deno.test("a member of another group of this server gets nothing of this one", async () => {
  const server = new FlashServer();
  const other = SPEC.replace("74657374", "74657375");
  const [publication, second] = [begin(server.hub), begin(server.hub, "live/other")];
  server.groups.publish(publication, SPEC, "news");
  server.groups.publish(second, other, "news");
  const secret = encodeText(other.slice(0, -2));
  const member = viewer(server, 5000, {
    secret,
    groupId: readGroupSpec(other).id,
    wants: "news",
  });
  publication.video(40, KEY_FRAME);
  publication.flush();
  server.clock.advance(500);
  assert.deepEqual([member.announced.length, member.media], [1, []]);
  second.video(40, KEY_FRAME);
  second.flush();
  server.clock.advance(500);
  assert.equal(member.media.length, 3);
  await server.close();
});

Deno.test("malformed messages of a member end its flow or its session, and nothing else", async () => {
  const server = new FlashServer();
  const publication = begin(server.hub);
  const published = server.groups.publish(publication, SPEC, "news");
  const good = viewer(server, 5000);
  const bad = viewer(server, 5001);
  bad.ask(0x2b);
  bad.ask(0x23);
  bad.ask(0x2b, 0xff, 0xff, 0xff);
  bad.subscribe(Uint8Array.of(0x21, ...new Array(60).fill(0xff)));
  bad.subscribe(good.announced[0]!);
  bad.say(Uint8Array.of(), Uint8Array.of(0x0a), Uint8Array.of(0x7f, 1, 2), Uint8Array.of(0x0a, 1));
  server.clock.advance(500);
  publication.video(40, KEY_FRAME);
  publication.flush();
  server.clock.advance(500);
  assert.equal(good.media.length, 3);
  bad.say(Uint8Array.of(0x0c));
  server.clock.advance(500);
  assert(bad.isClosed);
  assert.equal(published.peers, 1);
  await server.close();
});

Deno.test("a publication whose publisher is refused after all leaves the group", async () => {
  const server = new FlashServer({ latency: 10 }, {
    onPublish({ publication }) {
      server.groups.publish(publication, SPEC, "news");
      throw new Refusal("Publish.Failed", "not you");
    },
  });
  const client = server.connected(5000);
  client.command(0, "createStream", 2, null);
  server.clock.advance(200);
  client.command(Number(client.calls.at(-1)?.[3]), "publish", 0, null, "news");
  server.clock.advance(500);
  assert(client.statuses.includes("NetStream.Publish.Failed"), `${client.statuses}`);
  assert.equal(server.groups.peerId, undefined);
  await server.close();
});

Deno.test("the port and the identity of the member exist while there is a group", async () => {
  const server = new FlashServer();
  assert.equal(server.groups.peerId, undefined);
  assert.deepEqual(server.groups.addressesFor({ host: "203.0.113.7", port: 1 }), []);
  assert.throws(() => server.groups.publish(begin(server.hub), "nonsense", "news"), /no group/);
  assert.equal(server.groups.peerId, undefined);
  const [one, two] = [begin(server.hub, "live/a"), begin(server.hub, "live/b")];
  const first = server.groups.publish(one, SPEC, "a");
  const second = server.groups.publish(two, SPEC, "b");
  assert.deepEqual(server.groups.addressesFor({ host: "203.0.113.7", port: 1 }), [
    { host: "198.51.100.1", port: 1936 },
  ]);
  first.close();
  first.close();
  assert.notEqual(server.groups.peerId, undefined);
  second.close();
  assert.equal(server.groups.peerId, undefined);
  await server.close();
});

Deno.test("a name that no member could read, one that is there, and too many are refused", () => {
  const server = new FlashServer();
  const publication = begin(server.hub);
  const { groups } = server;
  const publish = (name: string) => groups.publish(publication, SPEC, name);
  for (const name of ["", "n".repeat(1024), "ü".repeat(512)]) {
    assert.throws(() => publish(name), /name in a group has 1 to 1023 bytes, not \d+/);
    assert.throws(() => groups.play(SPEC, name, "other"), /1 to 1023 bytes/);
  }
  assert.equal(groups.peerId, undefined);
  const first = publish("n".repeat(1023));
  assert.throws(() => publish("n".repeat(1023)), /the group has a stream nnn/);
  for (let index = 1; index < 64; index++) publish(`n${index}`);
  assert.throws(() => publish("more"), /64 streams are in groups at most/);
  assert.throws(() => groups.play(SPEC, "theirs", "mine"), /64 streams/);
  first.close();
  publish("more");
  server.hub.unpublish(publication);
  assert.equal(groups.peerId, undefined);
});
