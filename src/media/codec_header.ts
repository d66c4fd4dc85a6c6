import { isSequenceStart } from "./codec.ts";
import { bodyStart, codecOf, FourCc } from "./codec_id.ts";

const PACKET_MPEG2TS_SEQUENCE_START = 5;

/**
 * Whether a codec header says enough to decode by. Encoders send empty and cut ones, which must not
 * take the place of a good one; of codecs that are not known here any header is good (AC-3's is
 * empty).
 *
 * Sources: ISO/IEC 14496-15 §5.3.3.1 (AVC) and §8.3.3.1 (HEVC), ISO/IEC 14496-3 §1.6.2.1 (AAC),
 * AV1 Codec ISO Media File Format Binding §2.3.3.
 */
export function isWholeHeader(body: Uint8Array, kind: "audio" | "video"): boolean {
  const start = bodyStart(body, kind);
  if (start === undefined) return true;
  // Colours, channel layouts: names and values, or numbers.
  if (!isSequenceStart(body, kind)) return body.length > start;
  const record = body.subarray(start);
  switch (codecOf(body, kind)) {
    case FourCc.avc:
      return isAnnexB(record) || isAvcRecord(record);
    case FourCc.hevc:
      return isAnnexB(record) || isHevcRecord(record);
    case FourCc.av1:
      return isDescriptor(body) || (record.length >= 4 && record[0]! >= 0x80);
    case FourCc.aac:
      return isAudioConfig(record);
    case 0:
      return false;
    default:
      return true;
  }
}

/** In the place of AV1's record: its video descriptor of MPEG-2 TS. */
function isDescriptor(body: Uint8Array): boolean {
  return (body[0]! & 0x0f) === PACKET_MPEG2TS_SEQUENCE_START && body.length > 5;
}

/** Parameter sets behind start codes, as some encoders send them. */
function isAnnexB(record: Uint8Array): boolean {
  const [a, b, c, d] = record;
  return a === 0 && b === 0 && (c === 1 || (c === 0 && d === 1)) && record.length > 4;
}

/** Version 1, and the first sequence parameter set whole. */
function isAvcRecord(record: Uint8Array): boolean {
  if (record.length < 8 || record[0] !== 1 || (record[5]! & 0x1f) === 0) return false;
  const size = (record[6]! << 8) | record[7]!;
  return size > 0 && record.length >= 8 + size;
}

/** The first parameter set of the first array whole. */
function isHevcRecord(record: Uint8Array): boolean {
  if (record.length < 28 || record[0]! > 1 || record[22] === 0) return false;
  const size = (record[26]! << 8) | record[27]!;
  return size > 0 && record.length >= 28 + size;
}

/** An object type, and a sampling frequency that is not reserved. */
function isAudioConfig(record: Uint8Array): boolean {
  if (record.length < 2) return false;
  const object = record[0]! >> 3;
  const frequency = ((record[0]! & 7) << 1) | (record[1]! >> 7);
  return object !== 0 && (frequency < 13 || frequency === 15);
}
