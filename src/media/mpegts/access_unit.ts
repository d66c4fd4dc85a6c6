import { type ByteReader, type ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import type { VideoConfig } from "./parameter_sets.ts";

interface NalTypes {
  of(first: number): number;
  readonly sps: number;
  readonly delimiter: number;
  /** A delimiter that allows every kind of slice, with its start code. */
  readonly delimiterBytes: Uint8Array;
}

/** Rec. ITU-T H.264 table 7-1. */
const H264: NalTypes = {
  of: (first) => first & 0x1f,
  sps: 7,
  delimiter: 9,
  delimiterBytes: Uint8Array.of(0, 0, 0, 1, 0x09, 0xf0),
};

/** Rec. ITU-T H.265 table 7-1. */
const HEVC: NalTypes = {
  of: (first) => (first >> 1) & 0x3f,
  sps: 33,
  delimiter: 35,
  delimiterBytes: Uint8Array.of(0, 0, 0, 1, 0x46, 0x01, 0x50),
};

/**
 * Appends a frame of NAL units behind lengths as an access unit of Annex B: a delimiter, before a
 * key frame the parameter sets unless it brings its own, then each unit after a start code.
 * @throws ProtocolError when a length leads past the end, or no unit is left
 */
export function writeAccessUnit(
  out: ByteWriter,
  config: VideoConfig,
  isKey: boolean,
  units: ByteReader,
): void {
  const types = config.codec === "h264" ? H264 : HEVC;
  out.bytes(types.delimiterBytes);
  const setsAt = out.length;
  if (isKey) out.bytes(config.parameterSets);
  const unitsAt = out.length;
  let hasOwnSets = false;
  while (units.remaining > 0) {
    const unit = units.view(readLength(units, config.lengthSize));
    if (unit.length === 0) continue;
    const type = types.of(unit[0]!);
    if (type === types.delimiter) continue;
    if (type === types.sps) hasOwnSets = true;
    out.u32(1).bytes(unit);
  }
  if (out.length === unitsAt) throw new ProtocolError("a frame without NAL units", units.offset);
  if (isKey && hasOwnSets) {
    out.buffer.copyWithin(setsAt, unitsAt, out.length);
    out.truncate(out.length - (unitsAt - setsAt));
  }
}

function readLength(units: ByteReader, size: number): number {
  switch (size) {
    case 1:
      return units.u8();
    case 2:
      return units.u16();
    case 3:
      return units.u24();
    default:
      return units.u32();
  }
}
