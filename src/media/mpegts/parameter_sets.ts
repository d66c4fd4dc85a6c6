import { type ByteReader, ByteWriter, ProtocolError } from "../../bytes/mod.ts";
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
const HEVC_VPS = 32;
const HEVC_PPS = 34;

/**
 * Reads AVCDecoderConfigurationRecord or HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3
 * and §8.3.3).
 * @throws ProtocolError when it ends early, or is larger than parameter sets may be
 */
export function readVideoConfig(codec: VideoCodec, record: ByteReader): VideoConfig {
  const sets = new ByteWriter(256);
  const lengthSize = codec === "h264" ? readAvc(record, sets) : readHevc(record, sets);
  if (sets.length === 0) throw new ProtocolError("no parameter sets", record.offset);
  return { codec, lengthSize, parameterSets: sets.take() };
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
    const isWanted = type >= HEVC_VPS && type <= HEVC_PPS;
    readSets(record, record.u16(), isWanted ? sets : undefined);
  }
  return lengthSize;
}

function readSets(record: ByteReader, count: number, sets: ByteWriter | undefined): void {
  for (; count > 0; count--) {
    const set = record.view(record.u16());
    if (sets === undefined || set.length === 0) continue;
    if (sets.length + 4 + set.length > MAX_PARAMETER_SETS) {
      throw new ProtocolError("too many parameter sets", record.offset);
    }
    sets.u32(START_CODE).bytes(set);
  }
}
