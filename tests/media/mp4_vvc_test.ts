import { deepEqual, equal } from "node:assert/strict";
import { hex } from "../../src/bytes/mod.ts";
import { find, readBoxes } from "./box_reader.ts";
import { message, written } from "./mp4_scene.ts";

/**
 * Main 10 of 1920 x 1080, level 3.2, frames only: built after ISO/IEC 14496-15 §11.2.4, and read as
 * that by mp4box.js 0.5.4 from the init that is made of it (lengthSizeMinusOne 3, chroma 1, depth 10,
 * one byte of constraints, general_level_idc 51, no arrays).
 */
const RECORD = "ff00115f010233800007800438000000";
const FOUR_CC = "76766331";

const header = (record: string) => message("video", 0, `90${FOUR_CC}${record}`);
const frame = (time: number, isKey: boolean) =>
  message("video", time, `${isKey ? "91" : "a1"}${FOUR_CC}000000000000030039aa`);

function made(record: string) {
  const frames = Array.from({ length: 10 }, (_, at) => frame(at * 40, at % 5 === 0));
  return written([header(record), ...frames], { kinds: { audio: false, video: true } });
}

Deno.test("VVC is told by its record: entry, codec, size, and the record as a FullBox", () => {
  const [{ init, fragments } = undefined!] = made(RECORD);
  const [{ codec, width, height } = undefined!] = init.tracks;
  // As browsers write it: vvc1.1.L51.CQA.
  deepEqual([codec, width, height], ["vvc1.1.L51.CQA", 1920, 1080]);
  deepEqual(fragments.map(({ isKey, duration }) => `${isKey} ${duration}`), [
    "true 200",
    "true 200",
  ]);
  const [entry] = find(readBoxes(init.bytes), "moov/trak/mdia/minf/stbl/stsd");
  const boxes = readBoxes(entry!.data.subarray(8 + 8 + 78));
  equal(hex(boxes.find(({ type }) => type === "vvcC")!.data), `00000000${RECORD}`);
});

Deno.test("constraints of VVC lose their zeros at the end, none are A", () => {
  const codecOf = (record: string) => made(record)[0]?.init.tracks[0]?.codec;
  // Two bytes of constraints, c0 00: as one byte of c0.
  equal(codecOf("ff00115f0202 33c0000007800438000000".replace(" ", "")), "vvc1.1.L51.CYA");
  equal(codecOf("ff00115f01023300 0007800438000000".replace(" ", "")), "vvc1.1.L51.CA");
});

Deno.test("VVC with a record that does not tell, or is cut off, leaves nothing", () => {
  for (const record of ["fe", "ff00115f01", RECORD.slice(0, 20)]) equal(made(record).length, 0);
});
