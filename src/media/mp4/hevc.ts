import { ByteReader, ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import { BitReader, unescaped } from "../bit_reader.ts";
import { beginsWithStartCode, behindStartCodes, nalUnits } from "../mpegts/nal_units.ts";
import { boxOf } from "./box.ts";
import type { VideoFormat } from "./video_format.ts";

const VPS = 32;
const SPS = 33;
const PPS = 34;
const ARRAYS_AT = 22;
/** Bytes of profile, tier and level, in parameter sets and in the record. */
const PROFILE_SIZE = 12;

/**
 * HEVC by its HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §8.3.3), or by the parameter sets
 * that stand in its place or in a key frame.
 * @throws ProtocolError when neither tells
 */
export function hevcFormat(record: Uint8Array | undefined, key: Uint8Array): VideoFormat {
  const given = record === undefined
    ? recordOf(nalUnits(new ByteReader(key), 4))
    : beginsWithStartCode(record, 0)
    ? recordOf(behindStartCodes(record))
    : record;
  const { width, height } = readSps(spsOf(given));
  const lengthSize = (given[21]! & 3) + 1;
  const config = boxOf("hvcC", given);
  return { entry: "hvc1", codec: codecOf(given), config, lengthSize, width, height };
}

function spsOf(record: Uint8Array): Uint8Array {
  const reader = new ByteReader(record);
  reader.advance(ARRAYS_AT);
  for (let arrays = reader.u8(); arrays > 0; arrays--) {
    const type = reader.u8() & 0x3f;
    for (let count = reader.u16(); count > 0; count--) {
      const unit = reader.view(reader.u16());
      if (type === SPS) return unit;
    }
  }
  throw new ProtocolError("HEVC without parameter sets");
}

/** ISO/IEC 14496-15 annex E.3: profile, compatibility, tier and level, constraints. */
function codecOf(record: Uint8Array): string {
  const space = ["", "A", "B", "C"][record[1]! >> 6]!;
  let compatible = 0;
  const flags = new ByteReader(record, 2).u32();
  for (let bit = 0; bit < 32; bit++) compatible = (compatible << 1) | ((flags >>> bit) & 1);
  const tier = (record[1]! & 0x20) === 0 ? "L" : "H";
  const constraints = [...record.subarray(6, PROFILE_SIZE)];
  while (constraints.at(-1) === 0) constraints.pop();
  return [
    "hvc1",
    `${space}${record[1]! & 0x1f}`,
    (compatible >>> 0).toString(16).toUpperCase(),
    `${tier}${record[PROFILE_SIZE]!}`,
    ...constraints.map((byte) => byte.toString(16).toUpperCase()),
  ].join(".");
}

interface Sps {
  readonly width: number;
  readonly height: number;
  /** Profile, tier and level as the record has them. */
  readonly profile: Uint8Array;
  readonly layers: number;
  readonly chroma: number;
  readonly depths: readonly [number, number];
}

/** Rec. ITU-T H.265 §7.3.2.2.1. */
function readSps(unit: Uint8Array): Sps {
  const bytes = unescaped(unit);
  const bits = new BitReader(bytes, 2);
  bits.skip(4);
  const layers = bits.take(3);
  bits.skip(1);
  const profile = bytes.subarray(3, 3 + PROFILE_SIZE);
  bits.skip(PROFILE_SIZE * 8);
  skipLayers(bits, layers);
  bits.golomb();
  const chroma = bits.golomb();
  if (chroma === 3) bits.skip(1);
  const [codedWidth, codedHeight] = [bits.golomb(), bits.golomb()];
  const [left, right, top, bottom] = bits.flag()
    ? [bits.golomb(), bits.golomb(), bits.golomb(), bits.golomb()]
    : [0, 0, 0, 0];
  const width = codedWidth - (left + right) * (chroma === 1 || chroma === 2 ? 2 : 1);
  const height = codedHeight - (top + bottom) * (chroma === 1 ? 2 : 1);
  const depths = [bits.golomb(), bits.golomb()] as const;
  return { width, height, profile, layers: layers + 1, chroma, depths };
}

function skipLayers(bits: BitReader, layers: number): void {
  const present: boolean[][] = [];
  for (let layer = 0; layer < layers; layer++) present.push([bits.flag(), bits.flag()]);
  if (layers > 0) bits.skip(2 * (8 - layers));
  for (const [hasProfile, hasLevel] of present) {
    bits.skip((hasProfile ? 88 : 0) + (hasLevel ? 8 : 0));
  }
}

function recordOf(units: readonly Uint8Array[]): Uint8Array {
  const ofType = (type: number) => units.filter((unit) => ((unit[0]! >> 1) & 0x3f) === type);
  const [sps] = ofType(SPS);
  if (sps === undefined) throw new ProtocolError("HEVC without parameter sets");
  const { profile, layers, chroma, depths } = readSps(sps);
  const out = new ByteWriter(256);
  out.u8(1).bytes(profile).u16(0xf000).u8(0xfc).u8(0xfc | chroma);
  out.u8(0xf8 | depths[0]).u8(0xf8 | depths[1]).u16(0).u8((layers << 3) | 3);
  const arrays = [VPS, SPS, PPS].map((type) => [type, ofType(type)] as const)
    .filter(([, list]) => list.length > 0);
  out.u8(arrays.length);
  for (const [type, list] of arrays) {
    out.u8(0x80 | type).u16(list.length);
    for (const unit of list) out.u16(unit.length).bytes(unit);
  }
  return out.take();
}
