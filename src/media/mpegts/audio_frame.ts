import { type ByteReader, type ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import { BitReader } from "../bit_reader.ts";
import { TYPE_MPEG1_AUDIO, TYPE_MPEG2_AUDIO } from "./params.ts";

/** What AudioSpecificConfig says and each ADTS header repeats. */
export interface AacConfig {
  /** Audio object type less one, two bits. */
  readonly profile: number;
  readonly frequencyIndex: number;
  readonly channels: number;
}

/** ISO/IEC 14496-3 table 1.18, in Hz. */
const FREQUENCIES: readonly number[] = [
  ...[96000, 88200, 64000, 48000, 44100, 32000],
  ...[24000, 22050, 16000, 12000, 11025, 8000, 7350],
];
const EXPLICIT_FREQUENCY = 15;
const OBJECT_ESCAPE = 31;
const OBJECT_SBR = 5;
const OBJECT_PS = 29;
const ADTS_HEADER_SIZE = 7;
const MAX_ADTS_FRAME = 0x1fff;

/**
 * Reads AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1). Of HE-AAC that announces itself, the core
 * counts: ADTS does not announce it.
 * @throws ProtocolError when it ends early, or says what ADTS cannot
 */
export function readAacConfig(data: ByteReader): AacConfig {
  const bits = new BitReader(data.rest());
  let object = objectType(bits);
  const frequencyIndex = frequency(bits);
  const channels = bits.take(4);
  if (object === OBJECT_SBR || object === OBJECT_PS) {
    frequency(bits);
    object = objectType(bits);
  }
  if (object < 1 || object > 4) throw new ProtocolError(`ADTS has no object type ${object}`);
  if (channels < 1 || channels > 7) throw new ProtocolError(`ADTS has no channels ${channels}`);
  return { profile: object - 1, frequencyIndex, channels };
}

/**
 * Appends one AAC frame after an ADTS header (ISO/IEC 13818-7 §6.2).
 * @throws ProtocolError when it is empty or longer than ADTS allows
 */
export function writeAdts(out: ByteWriter, config: AacConfig, data: ByteReader): void {
  const size = ADTS_HEADER_SIZE + data.remaining;
  if (size > MAX_ADTS_FRAME || data.remaining === 0) {
    throw new ProtocolError(`an AAC frame of ${data.remaining} bytes`);
  }
  const { profile, frequencyIndex, channels } = config;
  // Sync word, MPEG-4, no CRC.
  out.u16(0xfff1).u8((profile << 6) | (frequencyIndex << 2) | (channels >> 2));
  // The length between channels and a buffer fullness of "variable rate".
  out.u32((((channels & 3) << 30) | (size << 13) | (0x7ff << 2)) >>> 0);
  out.bytes(data.rest());
}

/**
 * The stream type of an MPEG audio frame, by the version in its header.
 * @throws ProtocolError when it is none
 */
export function mpegAudioType(frame: Uint8Array): number {
  if (frame.length < 4 || frame[0] !== 0xff || (frame[1]! & 0xe0) !== 0xe0) {
    throw new ProtocolError("no MPEG audio frame");
  }
  return (frame[1]! & 0x18) === 0x18 ? TYPE_MPEG1_AUDIO : TYPE_MPEG2_AUDIO;
}

function objectType(bits: BitReader): number {
  const type = bits.take(5);
  return type === OBJECT_ESCAPE ? 32 + bits.take(6) : type;
}

function frequency(bits: BitReader): number {
  const index = bits.take(4);
  const found = index === EXPLICIT_FREQUENCY ? FREQUENCIES.indexOf(bits.take(24)) : index;
  if (found < 0 || found >= FREQUENCIES.length) throw new ProtocolError("no frequency of ADTS");
  return found;
}
