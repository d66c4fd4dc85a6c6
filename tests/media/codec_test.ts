import assert from "node:assert/strict";
import { audioRole, type Role, trackOf, videoRole } from "../../src/media/mod.ts";

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

Deno.test("a multitrack tag of one track tells its track, other tags are track 0", () => {
  assert.equal(trackOf(Uint8Array.of(0x96, 0x00, 0x68, 0x76, 0x63, 0x31, 3), "video"), 3);
  assert.equal(trackOf(Uint8Array.of(0x95, 0x00, 0x4f, 0x70, 0x75, 0x73, 2), "audio"), 2);
  assert.equal(trackOf(Uint8Array.of(0x96, 0x00, 0x68), "video"), 0);
  assert.equal(trackOf(Uint8Array.of(0x17, 0, 0, 0, 0), "video"), 0);
  assert.equal(trackOf(new Uint8Array(0), "video"), 0);
});
