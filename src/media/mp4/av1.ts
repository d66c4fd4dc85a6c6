import { ProtocolError } from "../../bytes/mod.ts";
import { BitReader } from "../bit_reader.ts";
import { boxOf } from "./box.ts";
import { twoDigits, type VideoFormat } from "./video_format.ts";

const SEQUENCE_HEADER = 1;
const TEMPORAL_DELIMITER = [0x12, 0x00];
const RECORD_SIZE = 4;
/** A descriptor of MPEG-2 TS: its tag and size before what the record begins with. */
const DESCRIPTOR_HEAD = 2;

/**
 * AV1 by its AV1CodecConfigurationRecord (AV1 Codec ISO Media File Format Binding §2.3).
 * @param key a key frame, which has the sequence header when the record has none
 * @throws ProtocolError when neither tells
 */
export function av1Format(record: Uint8Array | undefined, key: Uint8Array): VideoFormat {
  if (record === undefined || record.length < RECORD_SIZE) {
    throw new ProtocolError("AV1 without its record");
  }
  const inRecord = sequenceHeader(record.subarray(RECORD_SIZE));
  const header = inRecord ?? sequenceHeader(key);
  if (header === undefined) throw new ProtocolError("AV1 without a sequence header");
  const { width, height } = readSize(header.payload);
  const profile = record[1]! >> 5;
  const level = twoDigits(record[1]! & 0x1f);
  const flags = record[2]!;
  const tier = (flags & 0x80) === 0 ? "M" : "H";
  const depth = (flags & 0x40) === 0 ? "08" : (flags & 0x20) === 0 ? "10" : "12";
  const config = inRecord ? boxOf("av1C", record) : boxOf("av1C", record, header.unit);
  const codec = `av01.${profile}.${level}${tier}.${depth}`;
  return { entry: "av01", codec, config, width, height };
}

/** The record for AV1's video descriptor (AV1 in MPEG-2 TS §2.2), which stands in its place. */
export function recordOfDescriptor(descriptor: Uint8Array): Uint8Array | undefined {
  if (descriptor.length < DESCRIPTOR_HEAD + RECORD_SIZE) return undefined;
  const record = descriptor.slice(DESCRIPTOR_HEAD, DESCRIPTOR_HEAD + RECORD_SIZE);
  record[3]! &= 0x1f;
  return record;
}

/** Samples have no temporal delimiter (§2.4). */
export function withoutDelimiter(frame: Uint8Array): Uint8Array {
  const isThere = frame[0] === TEMPORAL_DELIMITER[0] && frame[1] === TEMPORAL_DELIMITER[1];
  return isThere ? frame.subarray(TEMPORAL_DELIMITER.length) : frame;
}

/** AV1 Bitstream & Decoding Process Specification §5.3. */
function sequenceHeader(
  units: Uint8Array,
): { readonly unit: Uint8Array; readonly payload: Uint8Array } | undefined {
  for (let at = 0; at < units.length;) {
    const head = units[at]!;
    let payload = at + ((head & 4) === 0 ? 1 : 2);
    let end = units.length;
    if ((head & 2) !== 0) {
      let size = 0;
      for (let shift = 0; shift < 28 && payload < units.length; shift += 7) {
        const byte = units[payload++]!;
        size += (byte & 0x7f) * 2 ** shift;
        if ((byte & 0x80) === 0) break;
      }
      end = payload + size;
    }
    if (end > units.length) return undefined;
    if (((head >> 3) & 0x0f) === SEQUENCE_HEADER) {
      return { unit: units.subarray(at, end), payload: units.subarray(payload, end) };
    }
    at = Math.max(end, at + 1);
  }
  return undefined;
}

/** §5.5.1. */
function readSize(header: Uint8Array): { width: number; height: number } {
  const bits = new BitReader(header);
  bits.skip(4);
  if (bits.flag()) bits.skip(5);
  else skipPoints(bits);
  const [widthBits, heightBits] = [bits.take(4) + 1, bits.take(4) + 1];
  return { width: bits.take(widthBits) + 1, height: bits.take(heightBits) + 1 };
}

function skipPoints(bits: BitReader): void {
  let delayBits = 0;
  if (bits.flag()) {
    bits.skip(64);
    if (bits.flag()) bits.golomb();
    if (bits.flag()) {
      delayBits = bits.take(5) + 1;
      bits.skip(32 + 5 + 5);
    }
  }
  const hasDisplayDelay = bits.flag();
  for (let points = bits.take(5) + 1; points > 0; points--) {
    bits.skip(12);
    if (bits.take(5) > 7) bits.skip(1);
    if (delayBits > 0 && bits.flag()) bits.skip(2 * delayBits + 1);
    if (hasDisplayDelay && bits.flag()) bits.skip(4);
  }
}
