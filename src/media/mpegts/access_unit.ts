import type { ByteWriter } from "../../bytes/mod.ts";
import { NAL_TYPES } from "./nal_units.ts";
import type { VideoConfig } from "./parameter_sets.ts";
import type { VideoCodec } from "./tag.ts";

/** A delimiter that allows every kind of slice, with its start code. */
const DELIMITERS: Readonly<Record<VideoCodec, Uint8Array>> = {
  h264: Uint8Array.of(0, 0, 0, 1, 0x09, 0xf0),
  hevc: Uint8Array.of(0, 0, 0, 1, 0x46, 0x01, 0x50),
};

/**
 * Appends the NAL units of a frame as an access unit of Annex B: a delimiter, before a key frame the
 * parameter sets unless it brings its own, then each unit after a start code.
 */
export function writeAccessUnit(
  out: ByteWriter,
  { codec, parameterSets }: VideoConfig,
  isKey: boolean,
  units: readonly Uint8Array[],
): void {
  const types = NAL_TYPES[codec];
  out.bytes(DELIMITERS[codec]);
  const hasOwnSets = units.some((unit) => types.of(unit[0]!) === types.sps);
  if (isKey && !hasOwnSets) out.bytes(parameterSets);
  for (const unit of units) {
    if (types.of(unit[0]!) !== types.delimiter) out.u32(1).bytes(unit);
  }
}
