import { ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import type { AudioFormat } from "./audio_entry.ts";
import { esds } from "./esds.ts";

/** ISO/IEC 11172-3 §2.4.2.3, in Hz; halved for MPEG-2, again for 2.5. */
const RATES: readonly number[] = [44_100, 48_000, 32_000];
const MPEG1 = 3;
const MPEG25 = 0;
const MONO = 3;
/** MPEG-1 and MPEG-2 audio in ISO/IEC 14496-1 table 5. */
const OBJECT_MPEG1 = 0x6b;
const OBJECT_MPEG2 = 0x69;

/** What a frame's header tells. @throws ProtocolError when it is none */
export function mp3Format(frame: Uint8Array): Omit<AudioFormat, "samples"> {
  const version = versionOf(frame);
  const base = RATES[(frame[2]! >> 2) & 3];
  if (base === undefined) throw new ProtocolError("MP3 without a rate");
  const rate = version === MPEG1 ? base : version === MPEG25 ? base / 4 : base / 2;
  const channels = frame[3]! >> 6 === MONO ? 1 : 2;
  const config = esds(new ByteWriter(64), version === MPEG1 ? OBJECT_MPEG1 : OBJECT_MPEG2);
  return { entry: "mp4a", codec: "mp4a.40.34", config, channels, rate };
}

/** Samples of a frame of layer III. */
export function mp3Samples(frame: Uint8Array): number {
  return versionOf(frame) === MPEG1 ? 1152 : 576;
}

function versionOf(frame: Uint8Array): number {
  if (frame.length < 4 || frame[0] !== 0xff || (frame[1]! & 0xe0) !== 0xe0) {
    throw new ProtocolError("no MPEG audio frame");
  }
  return (frame[1]! >> 3) & 3;
}
