import assert from "node:assert/strict";
import { fromHex } from "../../src/bytes/mod.ts";
import { audioRole, headerKey, type Role, trackOf, videoRole } from "../../src/media/mod.ts";
import { ENHANCED_TAGS } from "../vectors/enhanced_tags.ts";

const VIDEO: { name: string; body: number[]; role: Role }[] = [
  { name: "an empty tag", body: [], role: "frame" },
  { name: "H.263 key frame", body: [0x12, 0, 0], role: "key" },
  { name: "H.263 inter frame", body: [0x22, 0, 0], role: "frame" },
  { name: "VP6 key frame", body: [0x14, 0], role: "key" },
  { name: "VP6 with alpha, generated key frame", body: [0x45, 0], role: "key" },
  { name: "AVC sequence header", body: [0x17, 0, 0, 0, 0], role: "config" },
  { name: "AVC key frame", body: [0x17, 1, 0, 0, 0], role: "key" },
  { name: "AVC inter frame", body: [0x27, 1, 0, 0, 0], role: "frame" },
  { name: "AVC end of sequence", body: [0x17, 2, 0, 0, 0], role: "frame" },
  { name: "seek command frame", body: [0x57, 0], role: "frame" },
  { name: "Enhanced HEVC sequence start", body: [0x90, 0x68, 0x76, 0x63, 0x31], role: "config" },
  { name: "Enhanced HEVC key frame", body: [0x91, 0x68, 0x76, 0x63, 0x31], role: "key" },
  { name: "Enhanced HEVC inter frame X", body: [0xa3, 0x68, 0x76, 0x63, 0x31], role: "frame" },
  { name: "Enhanced metadata (HDR)", body: [0x94, 0x61, 0x76, 0x30, 0x31], role: "config" },
  { name: "Enhanced command frame", body: [0xd0, 0], role: "frame" },
  {
    name: "Enhanced multitrack sequence start",
    body: [0x96, 0x00, 0x68, 0x76, 0x63, 0x31, 1],
    role: "config",
  },
  {
    name: "Enhanced key frame behind a nanosecond ModEx",
    body: [0x97, 2, 0, 0, 0, 0x01, 0x68, 0x76, 0x63, 0x31],
    role: "key",
  },
  { name: "ModEx that runs past the end", body: [0xa7, 255, 0xff], role: "frame" },
];

for (const { name, body, role } of VIDEO) {
  Deno.test(`video: ${name} is ${role}`, () => {
    assert.equal(videoRole(Uint8Array.from(body)), role);
  });
}

const AUDIO: { name: string; body: number[]; role: Role }[] = [
  { name: "an empty tag", body: [], role: "frame" },
  { name: "MP3", body: [0x2f, 0xff], role: "frame" },
  { name: "Speex", body: [0xb2, 0], role: "frame" },
  { name: "Nellymoser", body: [0x62, 0], role: "frame" },
  { name: "AAC sequence header", body: [0xaf, 0, 0x12, 0x10], role: "config" },
  { name: "AAC frame", body: [0xaf, 1, 0x21], role: "frame" },
  { name: "Enhanced Opus sequence start", body: [0x90, 0x4f, 0x70, 0x75, 0x73], role: "config" },
  { name: "Enhanced Opus frame", body: [0x91, 0x4f, 0x70, 0x75, 0x73], role: "frame" },
  { name: "Enhanced channel layout", body: [0x94, 0x4f, 0x70, 0x75, 0x73], role: "config" },
];

for (const { name, body, role } of AUDIO) {
  Deno.test(`audio: ${name} is ${role}`, () => {
    assert.equal(audioRole(Uint8Array.from(body)), role);
  });
}

for (const { name, kind, role, key, hex } of ENHANCED_TAGS) {
  Deno.test(`FFmpeg's ${name} is ${role}${key === undefined ? "" : `, kept as ${key}`}`, () => {
    const body = fromHex(hex) ?? assert.fail(hex);
    assert.equal(kind === "video" ? videoRole(body) : audioRole(body), role);
    if (key !== undefined) assert.equal(headerKey(body, kind), key);
  });
}

const HVC1 = [0x68, 0x76, 0x63, 0x31];
const TRACKS: { name: string; body: number[]; track: number; key: string }[] = [
  { name: "no body", body: [], track: 0, key: "video 0 0" },
  { name: "AVC", body: [0x17, 0, 0, 0, 0], track: 0, key: "video 0 0" },
  { name: "one track", body: [0x96, 0x00, ...HVC1, 3], track: 3, key: "video 0 3" },
  { name: "one track, cut off", body: [0x96, 0x00, 0x68], track: 0, key: "video 0 0" },
  {
    name: "many tracks",
    body: [0x96, 0x10, ...HVC1, 2, 0, 0, 1, 9, 1, 0, 0, 2, 9, 9],
    track: 1,
    key: "video 0 2+1",
  },
  {
    name: "many tracks of many codecs",
    body: [0x96, 0x20, ...HVC1, 0, 0, 0, 1, 9, ...HVC1, 1, 0, 0, 2, 9, 9],
    track: 0,
    key: "video 0 0+1",
  },
  {
    name: "a start for MPEG-2 TS",
    body: [0x95, 0x61, 0x76, 0x30, 0x31],
    track: 0,
    key: "video 0 0",
  },
];

for (const { name, body, track, key } of TRACKS) {
  Deno.test(`a video tag of ${name} is of track ${track}, and its header's key "${key}"`, () => {
    assert.equal(trackOf(Uint8Array.from(body), "video"), track);
    assert.equal(headerKey(Uint8Array.from(body), "video"), key);
  });
}

Deno.test("an audio tag of one track tells its track", () => {
  assert.equal(trackOf(Uint8Array.of(0x95, 0x00, 0x4f, 0x70, 0x75, 0x73, 2), "audio"), 2);
});

Deno.test("a tag that says it has very many tracks is looked at for a few only", () => {
  const body = new Uint8Array(4_000_000);
  body.set([0x96, 0x10, ...HVC1]);
  assert.equal(headerKey(body, "video").length < 50, true);
});
