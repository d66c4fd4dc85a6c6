import assert from "node:assert/strict";
import { ByteWriter, hex } from "../../src/bytes/mod.ts";
import { Amf0Writer, writeValues } from "../../src/codecs/mod.ts";
import { md5 } from "../../src/crypto/mod.ts";
import { type MediaKind, MediaMessage } from "../../src/media/mod.ts";
import { RtmpEncoder } from "../../src/protocols/rtmp/mod.ts";
import type { WireMessage } from "../../src/protocols/rtmp/wire/chunk_reader.ts";
import { fakeHub, received } from "../support/flash_peer.ts";
import { RtmpPeer } from "../support/rtmp_peer.ts";
import { bytes, joined, pattern, readAll } from "./wire_bytes.ts";

const CHUNK_SIZE = bytes("02 000000 000004 01 00000000 00010000");
const KEY = joined(bytes("17 01 000000"), pattern(100));

const newEncoder = (name = "test", streamId = 1, amf3 = false, chunkSize = 65_536) =>
  new RtmpEncoder({ name, streamId, amf3, chunkSize });

function encoded(encoder: RtmpEncoder, message: MediaMessage): Uint8Array {
  const out = new ByteWriter();
  encoder.encode(message, out);
  return out.take();
}

/** A message in few characters: long ones take minutes to compare. */
const digest = ({ type, streamId, time, payload }: WireMessage) =>
  `${type} ${streamId} ${time} ${hex(md5(payload))}`;

const message = (kind: MediaKind, time: number, payload: Uint8Array, name = "") =>
  new MediaMessage(kind, "frame", time, payload, name, "amf0");

Deno.test("media is chunks with a full header and the absolute time", () => {
  const encoder = newEncoder();
  assert.deepEqual(
    encoded(encoder, message("audio", 0x010203, bytes("af01"))),
    bytes("04 010203 000002 08 01000000 af01"),
  );
  assert.deepEqual(
    encoded(encoder, message("video", 0x01020304, bytes("1701"))),
    bytes("06 ffffff 000002 09 01000000 01020304 1701"),
  );
});

Deno.test("a message longer than a chunk continues, and needs no message before it", () => {
  const encoder = newEncoder();
  const payload = pattern(150_000);
  const sent = encoded(encoder, message("video", 5, payload));
  assert.equal(sent.length, 12 + 150_000 + 2);
  assert.deepEqual(readAll(joined(CHUNK_SIZE, sent), 1000).map(digest), [
    digest({ type: 9, streamId: 1, time: 5, payload }),
  ]);
});

Deno.test("a message that is too long for RTMP is left out", () => {
  const encoder = newEncoder();
  const long = (length: number) => encoded(encoder, message("video", 0, new Uint8Array(length)));
  assert.equal(long(0x1000000).length, 0);
  assert.ok(long(0xffffff).length > 0xffffff);
});

Deno.test("encoders have one key when, and only when, their bytes are the same", () => {
  const key = (...args: Parameters<typeof newEncoder>) => newEncoder(...args).key;
  assert.equal(key("a", 1, false, 4096), key("a", 1, false, 4096));
  const keys = [
    key("a", 1, false, 4096),
    key("a", 2, false, 4096),
    key("a", 1, true, 4096),
    key("a", 1, false, 8192),
  ];
  assert.equal(new Set(keys).size, 4);
});

for (const [amf3, type] of [[false, 20], [true, 17]] as const) {
  Deno.test(`publish notices are statuses on the stream, ${amf3 ? "AMF3" : "AMF0"}`, () => {
    const encoder = newEncoder("test", 3, amf3);
    for (const [kind, word] of [["published", "Publish"], ["unpublished", "Unpublish"]] as const) {
      const [sent] = readAll(joined(CHUNK_SIZE, encoded(encoder, message(kind, 9, pattern(0)))));
      assert.ok(sent);
      assert.deepEqual([sent.streamId, sent.type, sent.time], [3, type, 9]);
      assert.deepEqual(received(3, sent).values, ["onStatus", 0, null, {
        level: "status",
        code: `NetStream.Play.${word}Notify`,
        description: `test is now ${word.toLowerCase()}ed`,
        details: "test",
      }]);
    }
  });
}

Deno.test("data that breaks off reaches players well formed, and so does what follows", () => {
  const encoder = newEncoder();
  const out = new ByteWriter();
  encoder.encode(message("data", 0, bytes("03 0001 78 05 00"), "onCue"), out);
  assert.deepEqual(out.view().slice(12), bytes("02 0005 6f6e437565 03 0001 78 05 000009"));
  out.truncate(0);
  encoder.encode(message("audio", 0, bytes("af01")), out);
  assert.equal(out.length, 14);
});

/** A publisher and players of one hub, each by its bytes. */
function stage(...encodings: number[]) {
  const { hub, clock } = fakeHub();
  const publisher = new RtmpPeer(hub);
  const id = publisher.ready();
  publisher.command(id, "publish", "test");
  publisher.take();
  const players = encodings.map((objectEncoding) => {
    const player = new RtmpPeer(hub);
    const stream = player.ready({ objectEncoding });
    player.command(stream, "play", "test");
    return player;
  });
  return { hub, clock, publisher, id, players };
}

Deno.test("a player receives play's statuses before media, each on its stream", () => {
  const { publisher, id, players: [player] } = stage(0);
  const metadata = new Amf0Writer();
  writeValues(metadata, "@setDataFrame", "onMetaData", { width: 640 });
  publisher.message(id, { type: 18, payload: metadata.take() });
  publisher.message(id, { type: 9, payload: KEY }, 40);
  assert.deepEqual(player?.takeNames(), [
    "0: type 4",
    "1: onStatus NetStream.Play.Reset",
    "1: onStatus NetStream.Play.Start",
    "1: |RtmpSampleAccess",
    "1: onMetaData",
    "1: type 9",
  ]);
});

Deno.test("media reaches every player byte by byte as it came, in times that go on", () => {
  const { publisher, id, players } = stage(0, 0, 3);
  players.forEach((player) => player.take());
  const sent = [[0, KEY], [40, joined(bytes("27 01"), pattern(70_000))], [
    0x01000000,
    KEY,
  ]] as const;
  for (const [time, payload] of sent) publisher.message(id, { type: 9, payload }, time);
  for (const player of players) {
    assert.deepEqual(
      player.take().map(digest),
      sent.map(([time, payload]) => digest({ type: 9, streamId: 1, time, payload })),
    );
  }
});

Deno.test("players of one encoding share the very same bytes", () => {
  const { publisher, id, hub } = stage();
  const taken: Uint8Array[] = [];
  for (let count = 0; count < 2; count++) {
    const player = new RtmpPeer(hub);
    player.output.attach = (source) => {
      player.output.wake = () => {
        const bytes = source.takeBytes(100_000);
        if (bytes !== undefined) taken.push(bytes);
      };
    };
    player.command(player.ready(), "play", "test");
  }
  publisher.message(id, { type: 9, payload: KEY }, 40);
  assert.equal(taken.length, 2);
  assert.equal(taken[0]?.buffer, taken[1]?.buffer);
  assert.equal(taken[0]?.byteOffset, taken[1]?.byteOffset);
});

Deno.test("each listener gets data in its own encoding, whatever the publisher's", () => {
  for (const [type, first] of [[18, ""], [15, "00"]] as const) {
    const { publisher, id, players } = stage(0, 3);
    players.forEach((player) => player.take());
    const values = new Amf0Writer(undefined, type === 15 ? "preferred" : "never");
    writeValues(values, "onCue", { a: 1 });
    publisher.message(id, { type, payload: joined(bytes(first), values.take()) });
    const got = players.map((player) => player.take().map((data) => received(1, data)));
    assert.deepEqual(got, [
      [{ stream: 1, type: 18, values: ["onCue", { a: 1 }] }],
      [{ stream: 1, type: 15, values: ["onCue", { a: 1 }] }],
    ]);
  }
});

Deno.test("a player that stops takes its source along; one that leaves too", () => {
  const { players: [player] } = stage(0);
  assert.equal(player?.output.sources, 1);
  player?.command(1, "closeStream");
  assert.equal(player?.output.sources, 0);
  player?.command(1, "play", "test");
  assert.equal(player?.output.sources, 1);
  player?.session.close();
  assert.equal(player?.output.sources, 0);
});

Deno.test("listeners are woken once for all messages of one read", () => {
  const { publisher, id, players: [player] } = stage(0);
  player?.take();
  const before = player?.output.wakes ?? 0;
  const out = new ByteWriter();
  for (let count = 0; count < 10; count++) {
    out.bytes(bytes("04 000001 000002 08")).u32LE(id).bytes(bytes("af01"));
  }
  publisher.give(out.take());
  assert.equal(player?.output.wakes, before + 1);
  assert.equal(player?.take().length, 10);
});
