import assert from "node:assert/strict";
import { fromHex } from "../../src/bytes/mod.ts";
import { codecOf, isWholeHeader } from "../../src/media/mod.ts";
import { ENHANCED_TAGS } from "../vectors/enhanced_tags.ts";

const bytes = (text: string) => fromHex(text.replace(/ /g, "")) ?? assert.fail(text);

/** AVCDecoderConfigurationRecord of FFmpeg's libx264, and where its parts are cut. */
const AVC = "01640015ffe1001027640015ac5681e0bfe59a808083520401000428ee3cb0";

const HEADERS: [name: string, kind: "audio" | "video", hexadecimal: string, isWhole: boolean][] = [
  ["AVC", "video", `17 00 000000 ${AVC}`, true],
  ["AVC behind a FourCC", "video", `90 61766331 ${AVC}`, true],
  ["AVC as Annex B", "video", "17 00 000000 00000001 67640015", true],
  ["AVC, empty", "video", "17 00 000000", false],
  ["AVC, cut in its header", "video", "17 00", false],
  ["AVC, cut in its first set", "video", `17 00 000000 ${AVC.slice(0, 30)}`, false],
  ["AVC of ones", "video", "17 00 000000 ffffffff", false],
  ["AVC without sets", "video", "17 00 000000 01640015ffe00000", false],
  ["AVC behind a FourCC, empty", "video", "90 61766331", false],
  ["a FourCC that is cut", "video", "90 6176", false],
  ["HEVC, cut", "video", "90 68766331 0102200000009000", false],
  ["AV1, empty", "video", "90 61763031", false],
  ["AV1 as an MPEG-2 TS descriptor", "video", "95 61763031 80048100", true],
  ["AV1 as an empty MPEG-2 TS descriptor", "video", "95 61763031", false],
  ["VVC", "video", "90 76766331 ff001041", true],
  ["colours without any", "video", "94 68766331", false],
  ["AAC", "audio", "af 00 1210", true],
  ["AAC behind a FourCC", "audio", "90 6d703461 1210", true],
  ["AAC, empty", "audio", "af 00", false],
  ["AAC of one byte", "audio", "af 00 12", false],
  ["AAC of object type 0", "audio", "af 00 0210", false],
  ["AAC of a reserved frequency", "audio", "af 00 1690", false],
  ["AC-3, which is empty", "audio", "90 61632d33", true],
];

for (const [name, kind, hexadecimal, isWhole] of HEADERS) {
  Deno.test(`a codec header of ${name} is ${isWhole ? "good" : "broken"}`, () => {
    assert.equal(isWholeHeader(bytes(hexadecimal), kind), isWhole);
  });
}

for (const { name, kind, role, hex } of ENHANCED_TAGS) {
  if (role !== "config") continue;
  Deno.test(`what FFmpeg 8.1 wrote as ${name} is good`, () => {
    assert.equal(isWholeHeader(bytes(hex), kind), true);
  });
}

const CODECS: [name: string, kind: "audio" | "video", hexadecimal: string, codec: number][] = [
  ["AVC by number", "video", "17 01 000000", 0x61766331],
  ["AVC by FourCC", "video", "91 61766331 000000", 0x61766331],
  ["HEVC by number", "video", "1c 01 000000", 0x68766331],
  ["VVC", "video", "91 76766331 000028", 0x76766331],
  ["AV1 behind a ModEx", "video", "97 02000000 01 61763031", 0x61763031],
  ["H.263", "video", "12 00", 0x102],
  ["a command", "video", "57 00", 0],
  ["several tracks", "video", "96 11 68766331 00", 0],
  ["a number that is none", "video", "1f 00", 0],
  ["nothing", "video", "", 0],
  ["AAC by number", "audio", "af 01", 0x6d703461],
  ["AAC by FourCC", "audio", "91 6d703461", 0x6d703461],
  ["MP3 of 8 kHz", "audio", "e2 ff", 0x2e6d7033],
  ["MP3 by number", "audio", "2f ff", 0x2e6d7033],
  ["Speex", "audio", "b2", 0x20b],
  ["a FourCC that is cut", "audio", "91 4f70", 0],
];

for (const [name, kind, hexadecimal, codec] of CODECS) {
  Deno.test(`the codec of ${name} is ${codec.toString(16)}`, () => {
    assert.equal(codecOf(bytes(hexadecimal), kind), codec);
  });
}
