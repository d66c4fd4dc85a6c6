import { equal } from "node:assert/strict";
import { isDisposable } from "../../src/media/mod.ts";

const units = (...bytes: number[][]) => bytes.flatMap((unit) => [0, 0, 0, unit.length, ...unit]);

const rows: [what: string, body: number[], expected: boolean][] = [
  ["an empty body", [], false],
  ["a disposable frame of H.263", [0x32, 1], true],
  ["an inter frame of H.263", [0x22, 1], false],
  ["an H.264 slice with nal_ref_idc 2", [0x27, 1, 0, 0, 0, ...units([0x41, 0x9a])], false],
  ["an H.264 slice with nal_ref_idc 0", [0x27, 1, 0, 0, 0, ...units([0x01, 0x9a])], true],
  ["the same behind SEI and a delimiter", [
    ...[0x27, 1, 0, 0, 0],
    ...units([0x09, 0xf0], [0x06, 1], [0x01, 0x9a]),
  ], true],
  ["SEI alone", [0x27, 1, 0, 0, 0, ...units([0x06, 1])], false],
  ["a header of H.264", [0x17, 0, 0, 0, 0, ...units([0x01, 0x9a])], false],
  ["a slice in avc1 of Enhanced RTMP", [
    ...[0xa1, 0x61, 0x76, 0x63, 0x31, 0, 0, 0],
    ...units([0x01, 0x9a]),
  ], true],
  ["the same without a composition time", [
    ...[0xa3, 0x61, 0x76, 0x63, 0x31],
    ...units([0x01, 0x9a]),
  ], true],
  ["a slice of hvc1", [0xa1, 0x68, 0x76, 0x63, 0x31, 0, 0, 0, ...units([0x01, 0x9a])], false],
  ["a unit whose length is past the end", [0x27, 1, 0, 0, 0, 255, 255, 255, 255, 6, 1], false],
  ["a unit of no bytes", [0x27, 1, 0, 0, 0, 0, 0, 0, 0], false],
  ["a cut length", [0x27, 1, 0, 0, 0, 0, 0], false],
];
for (const [what, body, expected] of rows) {
  Deno.test(`${what} is ${expected ? "" : "not "}a frame that no other needs`, () => {
    equal(isDisposable(Uint8Array.from(body)), expected);
  });
}
