import { ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import { FourCc } from "../codec_id.ts";
import { ac3Format, eac3Format, eac3Samples } from "./ac3.ts";
import { boxOf, fullBox } from "./box.ts";
import { aacFormat } from "./aac.ts";
import type { AudioFormat } from "./audio_entry.ts";
import { mp3Format, mp3Samples } from "./mp3.ts";

const AC3_SAMPLES = 1536;
/** Opus has this rate whatever was encoded (RFC 7845 §4). */
const OPUS_RATE = 48_000;
/** Samples of an Opus frame by the upper five bits of its first byte (RFC 6716 §3.1). */
const OPUS_SAMPLES: readonly number[] = [
  ...[480, 960, 1920, 2880, 480, 960, 1920, 2880, 480, 960, 1920, 2880],
  ...[480, 960, 480, 960],
  ...[120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960],
];
/** "OpusHead" and its version. */
const OPUS_HEAD_SIZE = 19;
/** "fLaC", a block's header, STREAMINFO. */
const FLAC_INFO_AT = 8;
const FLAC_HEADER_SIZE = 42;

/**
 * A codec by its header, or by a frame where it has none.
 * @param layout channels that Enhanced RTMP's layout tells; 0 for none
 * @throws ProtocolError when it is not what it should be; undefined for codecs that MP4 has not
 */
export function audioFormat(
  codec: number,
  record: Uint8Array | undefined,
  frame: Uint8Array,
  layout: number,
): AudioFormat | undefined {
  switch (codec) {
    case FourCc.aac:
      if (record === undefined) throw new ProtocolError("AAC without its header");
      return aacFormat(record, layout);
    case FourCc.mp3:
      return { ...mp3Format(frame), samples: mp3Samples };
    case FourCc.opus:
      return opusFormat(record, layout);
    case FourCc.flac:
      return flacFormat(record);
    case FourCc.ac3:
      return { ...ac3Format(frame), samples: () => AC3_SAMPLES };
    case FourCc.eac3:
      return { ...eac3Format(frame), samples: eac3Samples };
    default:
      return undefined;
  }
}

/** Encapsulation of Opus in ISO Base Media File Format §4.3.2: OpusHead in big endian. */
function opusFormat(record: Uint8Array | undefined, layout: number): AudioFormat {
  const out = new ByteWriter(32);
  let channels = layout || 2;
  if (record === undefined || record.length < OPUS_HEAD_SIZE) {
    out.u8(0).u8(channels).u16(0).u32(OPUS_RATE).u16(0).u8(0);
  } else {
    const head = new DataView(record.buffer, record.byteOffset, record.byteLength);
    channels = record[9]!;
    out.u8(0).u8(channels).u16(head.getUint16(10, true)).u32(head.getUint32(12, true));
    out.u16(head.getUint16(16, true)).bytes(record.subarray(18));
  }
  const config = boxOf("dOps", out.take());
  return { entry: "Opus", codec: "opus", config, channels, rate: OPUS_RATE, samples: opusSamples };
}

/** RFC 6716 §3.2: one, two or any number of frames. */
function opusSamples(packet: Uint8Array): number {
  const first = packet[0];
  if (first === undefined) throw new ProtocolError("an Opus packet of no bytes");
  const code = first & 3;
  const count = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 1) & 0x3f;
  return OPUS_SAMPLES[first >> 3]! * count;
}

/** Encapsulation of FLAC in ISO Base Media File Format §3.3.2. */
function flacFormat(record: Uint8Array | undefined): AudioFormat {
  if (record === undefined || record.length < FLAC_HEADER_SIZE) {
    throw new ProtocolError("FLAC without its STREAMINFO");
  }
  const info = record.subarray(FLAC_INFO_AT, FLAC_HEADER_SIZE);
  const rate = (info[10]! << 12) | (info[11]! << 4) | (info[12]! >> 4);
  const channels = ((info[12]! >> 1) & 7) + 1;
  if (rate === 0) throw new ProtocolError("FLAC without a rate");
  const largest = (info[2]! << 8) | info[3]!;
  const out = new ByteWriter(64);
  // The last block, of type STREAMINFO.
  fullBox(out, "dfLa", {}, () => out.u8(0x80).u24(info.length).bytes(info));
  const samples = (frame: Uint8Array) => flacSamples(frame, largest);
  return { entry: "fLaC", codec: "fLaC", config: out.take(), channels, rate, samples };
}

/** RFC 9639 §9.1.1: the size of the block, by a code or after the frame's number. */
function flacSamples(frame: Uint8Array, largest: number): number {
  if (frame.length < 6 || frame[0] !== 0xff) throw new ProtocolError("no FLAC frame");
  const code = frame[2]! >> 4;
  if (code === 1) return 192;
  if (code >= 2 && code <= 5) return 576 << (code - 2);
  if (code >= 8) return 256 << (code - 8);
  if (code === 0) return largest;
  // The number is coded as UTF-8 codes characters.
  const lead = Math.clz32(~(frame[4]! << 24));
  const at = 4 + Math.max(1, lead);
  const [high, low] = [frame[at] ?? 0, frame[at + 1] ?? 0];
  return code === 6 ? high + 1 : ((high << 8) | low) + 1;
}
