import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { ByteWriter, fromHex, hex, ProtocolError } from "../../src/bytes/mod.ts";
import {
  CONTAINERS,
  flvEncoder,
  FlvReader,
  MediaMessage,
  writeFlvHeader,
} from "../../src/media/mod.ts";

const message = (
  kind: MediaMessage["kind"],
  time: number,
  payload: number[] | Uint8Array,
  name = "",
  format: MediaMessage["format"] = "raw",
) => new MediaMessage(kind, "frame", time, Uint8Array.from(payload), name, format);

/** Each message, and its tag as annex E.4 of the FLV specification lays it out. */
const tags: [MediaMessage, string][] = [
  [message("audio", 0, [0xaf, 1, 2]), "08 000003 000000 00 000000 af0102 0000000e"],
  [message("video", 40, [0x17, 1]), "09 000002 000028 00 000000 1701 0000000d"],
  [message("video", 0xfedcba98, [0x27]), "09 000001 dcba98 fe 000000 27 0000000c"],
  [
    message("data", 7, [3, 0, 0, 9], "onX", "amf0"),
    "12 00000a 000007 00 000000 02 0003 6f6e58 03000009 00000015",
  ],
  [
    message("data", 8, new TextEncoder().encode("[5]"), "a", "json"),
    "12 00000d 000008 00 000000 02 0001 61 004014000000000000 00000018",
  ],
];

function stream(): Uint8Array {
  const out = new ByteWriter();
  writeFlvHeader(out, true, true);
  for (const [message] of tags) flvEncoder.encode(message, out);
  return out.take();
}

class Recorder {
  readonly found: unknown[] = [];
  audio(time: number, body: Uint8Array) {
    this.found.push(["audio", time, hex(body)]);
  }
  video(time: number, body: Uint8Array) {
    this.found.push(["video", time, hex(body)]);
  }
  data(time: number, name: string, values: Uint8Array) {
    this.found.push(["data", time, name, hex(values)]);
  }
  skipped(what: string) {
    this.found.push(["skipped", what]);
  }
}

const expected = [
  ["audio", 0, "af0102"],
  ["video", 40, "1701"],
  ["video", 0xfedcba98, "27"],
  ["data", 7, "onX", "03000009"],
  ["data", 8, "a", "004014000000000000"],
];

Deno.test("an FLV header promises the kinds of media that there are", () => {
  for (const [hasAudio, hasVideo, flags] of [[true, true, "05"], [true, false, "04"]] as const) {
    const out = new ByteWriter();
    writeFlvHeader(out, hasAudio, hasVideo);
    equal(hex(out.view()), `464c5601${flags}0000000900000000`);
  }
});

Deno.test("a message becomes the tag that the specification lays out", () => {
  for (const [message, golden] of tags) {
    const out = new ByteWriter();
    flvEncoder.encode(message, out);
    equal(hex(out.view()), golden.replaceAll(" ", ""));
  }
});

Deno.test("what has no place in FLV leaves no bytes", () => {
  const out = new ByteWriter();
  flvEncoder.encode(message("published", 1, []), out);
  flvEncoder.encode(message("unpublished", 1, []), out);
  flvEncoder.encode(message("video", 1, new Uint8Array(0x1000000)), out);
  equal(out.length, 0);
});

Deno.test("an audio tag of 0 bytes is one in FLV too", () => {
  const out = new ByteWriter();
  flvEncoder.encode(message("audio", 1, []), out);
  equal(hex(out.view()), "08 000000 000001 00 000000 0000000b".replaceAll(" ", ""));
});

/** The times of the tags that an encoder makes of messages. */
function timesOf(parameters: Record<string, string>, messages: readonly MediaMessage[]) {
  const encoder = CONTAINERS.get("flv")!.encoder(new Map(Object.entries(parameters)));
  const out = new ByteWriter();
  for (const message of messages) encoder.encode(message, out);
  const times: number[] = [];
  const note = (time: number) => void times.push(time);
  const reader = new FlvReader({ audio: note, video: note, data: note });
  writeFlvHeader(out, true, true);
  const head = out.view(out.length - 13);
  reader.readTags(Uint8Array.from([...head, ...out.view().subarray(0, -13)]));
  return times;
}

Deno.test("with start=0 an FLV stream begins at 0, and its time goes on from publisher to publisher", () => {
  const messages: [MediaMessage, number][] = [
    [message("data", 5, [8], "onMetaData", "amf0"), 0],
    [message("video", 70, [0x17, 0]), 0],
    [message("audio", 90_000, [0xaf, 1]), 0],
    [message("video", 89_980, [0x17, 1]), 0],
    [message("video", 90_020, [0x27, 1]), 20],
    [message("data", 3, [8], "onCuePoint", "amf0"), 20],
    [message("unpublished", 0, []), -1],
    [message("published", 0, []), -1],
    [message("video", 0, [0x17, 0]), 20],
    [message("video", 0xffff_fff0, [0x17, 1]), 20],
    [message("video", 0x10, [0x27, 1]), 52],
  ];
  const given = messages.map(([message]) => message);
  const wanted = messages.map(([, time]) => time).filter((time) => time >= 0);
  deepEqual(timesOf({ start: "0" }, given), wanted);
  deepEqual(timesOf({ start: "1" }, given.slice(2, 5)), [90_000, 89_980, 90_020]);
});

Deno.test("every listener from zero has a clock of its own", () => {
  const encoder = () => CONTAINERS.get("flv")!.encoder(new Map([["start", "0"]]));
  const [one, other] = [encoder(), encoder()];
  ok(one.isPrivate === true && one.key !== other.key);
});

Deno.test("an FLV stream is read alike in one piece and one byte at a time", () => {
  const bytes = stream();
  for (const step of [bytes.length, 1, 7, 14]) {
    const recorder = new Recorder();
    const reader = new FlvReader(recorder);
    for (let at = 0; at < bytes.length; at += step) reader.readTags(bytes.subarray(at, at + step));
    deepEqual(recorder.found, expected);
    ok(reader.atBoundary);
  }
});

Deno.test("an FLV stream that stops within a tag is not at a boundary", () => {
  const reader = new FlvReader(new Recorder());
  reader.readTags(stream().subarray(0, 20));
  ok(!reader.atBoundary);
});

Deno.test("a body that was read stays when the input buffer is used again", () => {
  const bodies: Uint8Array[] = [];
  const reader = new FlvReader({
    audio: (_time, body) => bodies.push(body),
    video: () => {},
    data: () => {},
  });
  const bytes = stream();
  reader.readTags(bytes);
  bytes.fill(0);
  equal(hex(bodies[0]!), "af0102");
});

/** Reads bytes in pieces of several sizes, which must make no difference, and says what came. */
function read(bytes: Uint8Array): { found: unknown[]; isWhole: boolean } {
  const results = [bytes.length, 1, 7].map((step) => {
    const recorder = new Recorder();
    const reader = new FlvReader(recorder);
    for (let at = 0; at < bytes.length; at += step) reader.readTags(bytes.subarray(at, at + step));
    reader.end();
    return { found: recorder.found, isWhole: reader.atBoundary };
  });
  for (const result of results) deepEqual(result, results[0]);
  return results[0]!;
}

const parts = (...hexes: (string | Uint8Array)[]) => {
  const out = new ByteWriter();
  for (const part of hexes) {
    out.bytes(typeof part === "string" ? fromHex(part.replaceAll(" ", ""))! : part);
  }
  return out.take();
};

const HEADER = "464c5601 05 00000009 00000000";
const AUDIO_TAG = "08 000003 000000 00 000000 af0102";
const VIDEO_TAG = "09 000002 000028 00 000000 1701";
const LAST_TAG = "09 000001 000050 00 000000 27";
const THREE = [["audio", 0, "af0102"], ["video", 40, "1701"], ["video", 80, "27"]];

Deno.test("all tags are out whatever becomes of the sizes behind them", () => {
  const sizes: [name: string, audio: string, video: string, last: string][] = [
    ["right", "0000000e", "0000000d", "0000000c"],
    ["the last is missing", "0000000e", "0000000d", ""],
    ["the last is cut", "0000000e", "0000000d", "0000"],
    ["all are missing", "", "", ""],
    ["all but the last are missing", "", "", "0000000c"],
    ["zero", "00000000", "00000000", "00000000"],
    ["of the body only", "00000003", "00000002", "00000001"],
    ["little-endian", "0e000000", "0d000000", "0c000000"],
    ["like the beginning of a tag", "08000003", "09000002", "12000001"],
  ];
  for (const [name, audio, video, last] of sizes) {
    const bytes = parts(HEADER, AUDIO_TAG, audio, VIDEO_TAG, video, LAST_TAG, last);
    deepEqual(read(bytes), { found: THREE, isWhole: true }, name);
  }
});

Deno.test("a tag is out before the size behind it comes", () => {
  const recorder = new Recorder();
  new FlvReader(recorder).readTags(parts(HEADER, AUDIO_TAG));
  deepEqual(recorder.found, THREE.slice(0, 1));
});

Deno.test("a file header without a size behind it, and others later, are passed over", () => {
  const head = HEADER.slice(0, -8);
  const bodies = [
    [head, AUDIO_TAG, "0000000e", VIDEO_TAG, "0000000d", LAST_TAG, "0000000c"],
    [HEADER, AUDIO_TAG, "0000000e", HEADER, VIDEO_TAG, "0000000d", LAST_TAG, "0000000c"],
    [HEADER, AUDIO_TAG, "0000000e", head, VIDEO_TAG, "0000000d", HEADER, LAST_TAG, "0000000c"],
    [HEADER, AUDIO_TAG, HEADER, VIDEO_TAG, head, LAST_TAG],
    [HEADER, HEADER, AUDIO_TAG, "0000000e", VIDEO_TAG, "0000000d", LAST_TAG, "0000000c"],
  ];
  for (const [index, body] of bodies.entries()) {
    deepEqual(read(parts(...body)), { found: THREE, isWhole: true }, `case ${index}`);
  }
});

Deno.test("zeros between tags and behind the last are padding", () => {
  for (const count of [1, 3, 11, 15, 4096]) {
    const zeros = new Uint8Array(count);
    const bytes = parts(HEADER, AUDIO_TAG, "0000000e", VIDEO_TAG, "0000000d", zeros, LAST_TAG);
    deepEqual(read(parts(bytes, "0000000c", zeros)), { found: THREE, isWhole: true }, `${count}`);
  }
});

Deno.test("zeros without end take no memory and no time", () => {
  const reader = new FlvReader(new Recorder());
  reader.readTags(parts(HEADER, AUDIO_TAG, "0000000e"));
  for (let count = 0; count < 20_000; count++) reader.readTags(new Uint8Array(1000));
  ok(reader.atBoundary);
});

Deno.test("script tags have their name in any form that encoders use", () => {
  const name = "6f6e4d65746144617461"; // onMetaData
  const forms: [type: string, body: string][] = [
    ["12", `02 000a ${name} 05`],
    ["12", `0c 0000000a ${name} 05`],
    ["12", `11 06 15 ${name} 05`],
    ["12", `00 02 000a ${name} 05`],
    ["0f", `00 02 000a ${name} 05`],
    ["0f", `02 000a ${name} 05`],
    ["0f", `00 11 06 15 ${name} 05`],
    ["12", `02 000d 40736574446174614672616d65 02 000a ${name} 05`],
  ];
  for (const [type, body] of forms) {
    const size = (body.replaceAll(" ", "").length / 2).toString(16).padStart(6, "0");
    const bytes = parts(HEADER, AUDIO_TAG, "0000000e", `${type} ${size} 000014 00 000000`, body);
    deepEqual(read(bytes).found.slice(1), [["data", 20, "onMetaData", "05"]], body);
  }
  const long = `11 06 8107 ${"61".repeat(0x180 / 2)}`;
  const size = (long.replaceAll(" ", "").length / 2).toString(16).padStart(6, "0");
  const { found } = read(parts(HEADER, `12 ${size} 000014 00 000000`, long));
  deepEqual(found, [["data", 20, "a".repeat(0xc0 - 0x7d), hex(new Uint8Array(0x7d).fill(0x61))]]);
});

Deno.test("what cannot be read is left out, and told once for each kind", () => {
  const left: [tag: string, told: string | undefined][] = [
    // FFmpeg's time code track.
    ["12 000004 000014 00 000000 00015f90 0000000f", "script tag that begins with no name"],
    ["12 000000 000014 00 000000 0000000b", "script tag that begins with no name"],
    ["12 000003 000014 00 000000 0200ff 0000000e", "script tag that begins with no name"],
    ["12 000003 000014 00 000000 110400 0000000e", "script tag that begins with no name"],
    ["0f 000001 000014 00 000000 00 0000000c", "script tag that begins with no name"],
    ["29 000002 000014 00 000000 1701 0000000d", "tag that is encrypted"],
    ["0a 000002 000014 00 000000 1701 0000000d", "tag of type 10"],
    ["03 000000 000014 00 000000 0000000b", "tag of type 3"],
  ];
  for (const [tag, told] of left) {
    const bytes = parts(
      ...[HEADER, AUDIO_TAG, "0000000e", tag, tag, VIDEO_TAG, "0000000d", LAST_TAG, "0000000c"],
    );
    const { found, isWhole } = read(bytes);
    ok(isWhole);
    deepEqual(found, [THREE[0], ["skipped", told], ...THREE.slice(1)]);
  }
});

Deno.test("sound of no bytes passes", () => {
  const { found } = read(parts(HEADER, "08 000000 000014 00 000000 0000000b", LAST_TAG));
  deepEqual(found, [["audio", 20, ""], THREE[2]]);
});

Deno.test("a long file header is passed over, wherever the input is cut", () => {
  const bytes = stream();
  const long = new Uint8Array(bytes.length + 4);
  long.set(bytes.subarray(0, 9));
  long[8] = 13;
  long.set(bytes.subarray(9), 13);
  for (const step of [long.length, 1, 10]) {
    const recorder = new Recorder();
    const reader = new FlvReader(recorder);
    for (let at = 0; at < long.length; at += step) reader.readTags(long.subarray(at, at + step));
    deepEqual(recorder.found, expected);
  }
});

Deno.test("what is no FLV is refused with a typed error", () => {
  const cases: [string, (bytes: Uint8Array) => void, number?][] = [
    ["signature", (bytes) => (bytes[0] = 0x47)],
    ["short header", (bytes) => (bytes[8] = 8)],
    ["endless header", (bytes) => (bytes[5] = 0x7f)],
    ["no tag", (bytes) => (bytes[13] = 10) && (bytes[23] = 1)],
    ["long tag", () => {}, 2],
  ];
  for (const [name, damage, maxTag] of cases) {
    const bytes = stream();
    damage(bytes);
    throws(() => new FlvReader(new Recorder(), maxTag).readTags(bytes), ProtocolError, name);
  }
});

Deno.test("a large tag that comes in small pieces is copied in bounded time", () => {
  let size = 0;
  const reader = new FlvReader({
    audio: () => {},
    video: (_time, body) => (size = body.length),
    data: () => {},
  });
  const out = new ByteWriter();
  writeFlvHeader(out, true, true);
  flvEncoder.encode(message("video", 1, new Uint8Array(8_000_000).fill(0x17)), out);
  const bytes = out.view();
  for (let at = 0; at < bytes.length; at += 1000) reader.readTags(bytes.subarray(at, at + 1000));
  equal(size, 8_000_000);
});
