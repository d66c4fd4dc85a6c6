import { ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import { BitReader } from "../bit_reader.ts";
import type { AudioFormat } from "./audio_entry.ts";
import { esds } from "./esds.ts";

/** ISO/IEC 14496-3 table 1.18, in Hz. */
const FREQUENCIES: readonly number[] = [
  ...[96000, 88200, 64000, 48000, 44100, 32000],
  ...[24000, 22050, 16000, 12000, 11025, 8000, 7350],
];
/** Table 1.19: channels by their configuration; 0 where the header tells them otherwise. */
const CHANNELS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8, 0];
const EXPLICIT_FREQUENCY = 15;
const OBJECT_ESCAPE = 31;
const OBJECT_SBR = 5;
const OBJECT_PS = 29;
/** Object types whose header goes on with a flag for frames of 960 samples. */
const GENERAL: ReadonlySet<number> = new Set([1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23]);
/** AAC in ISO/IEC 14496-1 table 5. */
const AAC = 0x40;

/**
 * AAC by its AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1). The rate is that of the core, which
 * the length of frames counts in.
 * @param layout channels where the header does not tell them; 0 for none
 * @throws ProtocolError when it ends early or has no rate
 */
export function aacFormat(record: Uint8Array, layout: number): AudioFormat {
  const bits = new BitReader(record);
  const object = objectType(bits);
  const rate = frequency(bits);
  const channels = CHANNELS[bits.take(4)] || layout || 2;
  let core = object;
  if (object === OBJECT_SBR || object === OBJECT_PS) {
    frequency(bits);
    core = objectType(bits);
  }
  const isShort = GENERAL.has(core) && bits.flag();
  const samples = isShort ? 960 : 1024;
  const config = esds(new ByteWriter(64), AAC, record);
  const codec = `mp4a.40.${object}`;
  return { entry: "mp4a", codec, config, channels, rate, samples: () => samples };
}

function objectType(bits: BitReader): number {
  const type = bits.take(5);
  return type === OBJECT_ESCAPE ? 32 + bits.take(6) : type;
}

function frequency(bits: BitReader): number {
  const index = bits.take(4);
  const found = index === EXPLICIT_FREQUENCY ? bits.take(24) : FREQUENCIES[index];
  if (found === undefined || found === 0) throw new ProtocolError("AAC without a rate");
  return found;
}
