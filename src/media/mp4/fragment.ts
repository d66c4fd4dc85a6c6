import { ByteWriter } from "../../bytes/mod.ts";
import { box, fullBox } from "./box.ts";
import { FLAGS_INTER, FLAGS_KEY } from "./params.ts";
import type { Sample } from "./track.ts";

/** Samples of one track in a fragment. */
export interface Run {
  readonly id: number;
  readonly samples: readonly Sample[];
}

const BASE_IS_MOOF = 0x020000;
const DEFAULT_DURATION = 0x000008;
const DEFAULT_FLAGS = 0x000020;
const HAS_DATA_OFFSET = 0x000001;
const HAS_FIRST_FLAGS = 0x000004;
const HAS_DURATIONS = 0x000100;
const HAS_SIZES = 0x000200;
const HAS_FLAGS = 0x000400;
const HAS_OFFSETS = 0x000800;
const HIGH = 2 ** 32;
const BOX_HEAD = 8;

/** `moof` and `mdat` (§8.8.4, §8.1.1), the media of each track in one piece. */
export function writeFragment(sequence: number, runs: readonly Run[]): Uint8Array<ArrayBuffer> {
  let size = 0;
  let count = 0;
  for (const { samples } of runs) {
    count += samples.length;
    for (const { data } of samples) size += data.length;
  }
  const out = new ByteWriter(size + 16 * count + 128 * (runs.length + 1));
  const offsets: number[] = [];
  box(out, "moof", () => {
    fullBox(out, "mfhd", {}, () => out.u32(sequence));
    for (const run of runs) box(out, "traf", () => offsets.push(writeRun(out, run)));
  });
  let at = out.length + BOX_HEAD;
  out.u32(BOX_HEAD + size).text("mdat");
  for (const [index, { samples }] of runs.entries()) {
    out.setU32(offsets[index]!, at);
    for (const { data } of samples) {
      out.bytes(data);
      at += data.length;
    }
  }
  return out.buffer.subarray(0, out.length);
}

/** Returns where the offset of its media is to be written. */
function writeRun(out: ByteWriter, { id, samples }: Run): number {
  const [first] = samples;
  const { duration = 0, time = 0 } = first ?? {};
  const isEven = samples.every((sample) => sample.duration === duration);
  const rest = samples.slice(1);
  const areKeys = rest.length > 0 && rest.every(({ isKey }) => isKey);
  const isUsual = areKeys || rest.every(({ isKey }) => !isKey);
  const hasOffsets = samples.some(({ offset }) => offset !== 0);
  const headerFlags = BASE_IS_MOOF | DEFAULT_FLAGS | (isEven ? DEFAULT_DURATION : 0);
  fullBox(out, "tfhd", { flags: headerFlags }, () => {
    out.u32(id);
    if (isEven) out.u32(duration);
    out.u32(areKeys ? FLAGS_KEY : FLAGS_INTER);
  });
  fullBox(out, "tfdt", { version: 1 }, () => out.u32(Math.floor(time / HIGH)).u32(time % HIGH));
  const flags = HAS_DATA_OFFSET | HAS_SIZES | (isUsual ? HAS_FIRST_FLAGS : HAS_FLAGS) |
    (isEven ? 0 : HAS_DURATIONS) | (hasOffsets ? HAS_OFFSETS : 0);
  let offsetAt = 0;
  // Version 1: frames may be shown before they are decoded.
  fullBox(out, "trun", { version: 1, flags }, () => {
    out.u32(samples.length);
    offsetAt = out.reserve(4);
    if (isUsual) out.u32(first?.isKey ? FLAGS_KEY : FLAGS_INTER);
    for (const sample of samples) {
      if (!isEven) out.u32(sample.duration);
      out.u32(sample.data.length);
      if (!isUsual) out.u32(sample.isKey ? FLAGS_KEY : FLAGS_INTER);
      if (hasOffsets) out.u32(sample.offset >>> 0);
    }
  });
  return offsetAt;
}
