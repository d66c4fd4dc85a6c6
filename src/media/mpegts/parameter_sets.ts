import { type ByteReader, ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import { beginsWithStartCode, behindStartCodes, NAL_TYPES } from "./nal_units.ts";
import { MAX_PARAMETER_SETS } from "./params.ts";
import type { VideoCodec } from "./tag.ts";

/** What the codec header of a video stream tells about its frames. */
export interface VideoConfig {
  readonly codec: VideoCodec;
  /** Bytes of the length before each NAL unit. */
  readonly lengthSize: number;
  /** Parameter sets, each after a start code. */
  readonly parameterSets: Uint8Array;
}

const START_CODE = 1;
/** Bytes of a length where no codec header says. */
const LENGTH_SIZE = 4;

/**
 * Reads AVCDecoderConfigurationRecord or HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3
 * and §8.3.3), or the bare parameter sets that some encoders send in their place.
 * @throws ProtocolError when it ends early, or is larger than parameter sets may be
 */
export function readVideoConfig(codec: VideoCodec, record: ByteReader): VideoConfig {
  if (beginsWithStartCode(record.bytes, record.offset)) {
    const config = configInBand(codec, behindStartCodes(record.rest()));
    if (config !== undefined) return config;
  }
  const sets = new ByteWriter(256);
  const lengthSize = codec === "h264" ? readAvc(record, sets) : readHevc(record, sets);
  if (sets.length === 0) throw new ProtocolError("no parameter sets", record.offset);
  return { codec, lengthSize, parameterSets: sets.take() };
}

/**
 * What the parameter sets among the NAL units of a key frame tell, for a stream that has no codec
 * header; undefined without a sequence parameter set.
 * @throws ProtocolError when they are larger than parameter sets may be
 */
export function configInBand(
  codec: VideoCodec,
  units: readonly Uint8Array[],
): VideoConfig | undefined {
  const types = NAL_TYPES[codec];
  if (!units.some((unit) => types.of(unit[0]!) === types.sps)) return undefined;
  const sets = new ByteWriter(256);
  for (const unit of units) {
    if (types.isParameterSet(types.of(unit[0]!))) addSet(sets, unit);
  }
  return { codec, lengthSize: LENGTH_SIZE, parameterSets: sets.take() };
}

function readAvc(record: ByteReader, sets: ByteWriter): number {
  record.advance(4);
  const lengthSize = (record.u8() & 3) + 1;
  readSets(record, record.u8() & 0x1f, sets);
  readSets(record, record.u8(), sets);
  return lengthSize;
}

function readHevc(record: ByteReader, sets: ByteWriter): number {
  record.advance(21);
  const lengthSize = (record.u8() & 3) + 1;
  for (let arrays = record.u8(); arrays > 0; arrays--) {
    const type = record.u8() & 0x3f;
    readSets(record, record.u16(), NAL_TYPES.hevc.isParameterSet(type) ? sets : undefined);
  }
  return lengthSize;
}

function readSets(record: ByteReader, count: number, sets: ByteWriter | undefined): void {
  for (; count > 0; count--) {
    const set = record.view(record.u16());
    if (sets !== undefined && set.length > 0) addSet(sets, set);
  }
}

function addSet(sets: ByteWriter, set: Uint8Array): void {
  if (sets.length + 4 + set.length > MAX_PARAMETER_SETS) {
    throw new ProtocolError("too many parameter sets");
  }
  sets.u32(START_CODE).bytes(set);
}
