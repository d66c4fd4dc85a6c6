import { type ByteReader, ProtocolError } from "../../bytes/mod.ts";
import type { VideoCodec } from "./tag.ts";

interface NalTypes {
  of(first: number): number;
  readonly sps: number;
  readonly delimiter: number;
  isParameterSet(type: number): boolean;
}

/** Rec. ITU-T H.264 table 7-1. */
const H264: NalTypes = {
  of: (first) => first & 0x1f,
  sps: 7,
  delimiter: 9,
  isParameterSet: (type) => type === 7 || type === 8,
};

/** Rec. ITU-T H.265 table 7-1. */
const HEVC: NalTypes = {
  of: (first) => (first >> 1) & 0x3f,
  sps: 33,
  delimiter: 35,
  isParameterSet: (type) => type >= 32 && type <= 34,
};

export const NAL_TYPES: Readonly<Record<VideoCodec, NalTypes>> = { h264: H264, hevc: HEVC };

/**
 * The NAL units of a frame, none of them empty: behind lengths, as FLV has them, or behind the start
 * codes of Annex B, which some encoders leave in the same tags. What begins like a start code may be
 * a length too: then lengths that lead exactly to the end tell.
 * @param lengthSize bytes of each length
 * @throws ProtocolError when a length leads past the end, or no unit is there
 */
export function nalUnits(data: ByteReader, lengthSize: number): Uint8Array[] {
  const start = data.offset;
  const isMarked = beginsWithStartCode(data.bytes, start);
  try {
    return behindLengths(data, lengthSize);
  } catch (error) {
    if (!isMarked || !(error instanceof ProtocolError)) throw error;
    data.offset = start;
    const units = behindStartCodes(data.rest());
    if (units.length === 0) throw error;
    return units;
  }
}

/** True for `00 00 01` and `00 00 00 01`. */
export function beginsWithStartCode(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 0 || bytes[at + 1] !== 0) return false;
  return bytes[at + 2] === 1 || (bytes[at + 2] === 0 && bytes[at + 3] === 1);
}

function behindLengths(data: ByteReader, size: number): Uint8Array[] {
  const units: Uint8Array[] = [];
  while (data.remaining > 0) {
    const unit = data.view(readLength(data, size));
    if (unit.length > 0) units.push(unit);
  }
  if (units.length === 0) throw new ProtocolError("a frame without NAL units", data.offset);
  return units;
}

/** Rec. ITU-T H.264 annex B: zeros may stand before each start code and at the end. */
export function behindStartCodes(bytes: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  let start = -1;
  for (let at = bytes.indexOf(1); at !== -1; at = bytes.indexOf(1, at + 1)) {
    if (at < 2 || bytes[at - 1] !== 0 || bytes[at - 2] !== 0) continue;
    if (start !== -1) keep(units, bytes, start, at - 2);
    start = at + 1;
  }
  if (start !== -1) keep(units, bytes, start, bytes.length);
  return units;
}

function keep(units: Uint8Array[], bytes: Uint8Array, start: number, stop: number): void {
  let end = stop;
  while (end > start && bytes[end - 1] === 0) end--;
  if (end > start) units.push(bytes.subarray(start, end));
}

function readLength(data: ByteReader, size: number): number {
  switch (size) {
    case 1:
      return data.u8();
    case 2:
      return data.u16();
    case 3:
      return data.u24();
    default:
      return data.u32();
  }
}
