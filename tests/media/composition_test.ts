import { equal } from "node:assert/strict";
import { fromHex } from "../../src/bytes/mod.ts";
import { compositionOffset } from "../../src/media/mod.ts";

// Bodies by Adobe's FLV specification 10.1, E.4.3, and Enhanced RTMP v2.
const CASES: [name: string, body: string, offset: number][] = [
  ["AVC by number", "27 01 000050 00000001 41", 80],
  ["a picture that is shown before it is decoded", "27 01 ffffd8 00000001 41", 0],
  ["a codec header", "17 00 000050 01", 0],
  ["HEVC behind a FourCC", "a1 68766331 000028 00", 40],
  ["HEVC without an offset", "a3 68766331 000028 00", 0],
  ["AV1, which has none", "a1 61763031 000028 00", 0],
  ["several tracks", "a6 11 68766331 00 000006 000028 000000 01 000006 0000a0 000000", 160],
  ["Sorenson", "22 000028", 0],
  ["cut", "a1 68766331 00", 0],
  ["nothing", "", 0],
];

for (const [name, body, offset] of CASES) {
  Deno.test(`the offset of presentation is read: ${name}`, () => {
    equal(compositionOffset(fromHex(body.replaceAll(" ", ""))!), offset);
  });
}
