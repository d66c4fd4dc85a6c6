import { ByteReader, ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import { BitReader, unescaped } from "../bit_reader.ts";
import { beginsWithStartCode, behindStartCodes, nalUnits } from "../mpegts/nal_units.ts";
import { boxOf } from "./box.ts";
import { hexByte, type VideoFormat } from "./video_format.ts";

const SPS = 7;
const PPS = 8;
/** Profiles whose parameter sets tell the chroma format (Rec. ITU-T H.264 §7.3.2.1.1). */
const HIGH: ReadonlySet<number> = new Set([
  ...[100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135],
]);
/** Table E-1: aspect ratios of samples by their number. */
const ASPECTS: readonly (readonly [number, number])[] = [
  ...[[0, 0], [1, 1], [12, 11], [10, 11], [16, 11], [40, 33], [24, 11], [20, 11]] as const,
  ...[[32, 11], [80, 33], [18, 11], [15, 11], [64, 33], [160, 99], [4, 3], [3, 2], [2, 1]] as const,
];
const OWN_ASPECT = 255;

/**
 * H.264 by its AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3), or by the parameter sets
 * that stand in its place or in a key frame.
 * @throws ProtocolError when neither tells
 */
export function avcFormat(record: Uint8Array | undefined, key: Uint8Array): VideoFormat {
  const given = record === undefined
    ? recordOf(nalUnits(new ByteReader(key), 4))
    : beginsWithStartCode(record, 0)
    ? recordOf(behindStartCodes(record))
    : record;
  const reader = new ByteReader(given);
  reader.advance(4);
  const lengthSize = (reader.u8() & 3) + 1;
  if ((reader.u8() & 0x1f) === 0) throw new ProtocolError("H.264 without parameter sets");
  const picture = readSps(reader.view(reader.u16()));
  const codec = `avc1.${hexByte(given[1])}${hexByte(given[2])}${hexByte(given[3])}`;
  return { entry: "avc1", codec, config: boxOf("avcC", given), lengthSize, ...picture };
}

function recordOf(units: readonly Uint8Array[]): Uint8Array {
  const sets = [SPS, PPS].map((type) => units.filter((unit) => (unit[0]! & 0x1f) === type));
  const sps = sets[0]![0];
  if (sps === undefined || sps.length < 4) throw new ProtocolError("H.264 without parameter sets");
  const out = new ByteWriter(64);
  out.u8(1).bytes(sps.subarray(1, 4)).u8(0xff);
  for (const [index, list] of sets.entries()) {
    out.u8(index === 0 ? 0xe0 | list.length : list.length);
    for (const set of list) out.u16(set.length).bytes(set);
  }
  return out.take();
}

type Picture = Pick<VideoFormat, "width" | "height" | "aspect">;

/** The size of pictures as shown, in a sequence parameter set (§7.3.2.1.1). */
function readSps(unit: Uint8Array): Picture {
  const bits = new BitReader(unescaped(unit), 1);
  const profile = bits.take(8);
  bits.skip(16);
  bits.golomb();
  const chroma = HIGH.has(profile) ? readHigh(bits) : 1;
  bits.golomb();
  readOrder(bits);
  bits.golomb();
  bits.skip(1);
  const columns = bits.golomb() + 1;
  const rows = bits.golomb() + 1;
  const isFrames = bits.flag();
  if (!isFrames) bits.skip(1);
  bits.skip(1);
  const [left, right, top, bottom] = bits.flag()
    ? [bits.golomb(), bits.golomb(), bits.golomb(), bits.golomb()]
    : [0, 0, 0, 0];
  const unitX = chroma === 1 || chroma === 2 ? 2 : 1;
  const unitY = (chroma === 1 ? 2 : 1) * (isFrames ? 1 : 2);
  const width = columns * 16 - (left + right) * unitX;
  const height = rows * 16 * (isFrames ? 1 : 2) - (top + bottom) * unitY;
  const aspect = readAspect(bits);
  return { width, height, ...(aspect ? { aspect } : {}) };
}

function readHigh(bits: BitReader): number {
  const chroma = bits.golomb();
  if (chroma === 3) bits.skip(1);
  bits.golomb();
  bits.golomb();
  bits.skip(1);
  if (bits.flag()) {
    for (let list = 0; list < (chroma === 3 ? 12 : 8); list++) {
      if (bits.flag()) skipScaling(bits, list < 6 ? 16 : 64);
    }
  }
  return chroma;
}

function skipScaling(bits: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let index = 0; index < size; index++) {
    if (next !== 0) next = (last + bits.signedGolomb() + 256) % 256;
    if (next !== 0) last = next;
  }
}

function readOrder(bits: BitReader): void {
  const type = bits.golomb();
  if (type === 0) bits.golomb();
  if (type !== 1) return;
  bits.skip(1);
  bits.signedGolomb();
  bits.signedGolomb();
  for (let count = bits.golomb(); count > 0; count--) bits.signedGolomb();
}

/** Of a sample, where the set says one that is not square. */
function readAspect(bits: BitReader): readonly [number, number] | undefined {
  if (!bits.flag() || !bits.flag()) return undefined;
  const id = bits.take(8);
  const aspect = id === OWN_ASPECT ? [bits.take(16), bits.take(16)] as const : ASPECTS[id];
  if (aspect === undefined || aspect[0] === 0 || aspect[0] === aspect[1]) return undefined;
  return aspect[1] === 0 ? undefined : aspect;
}
