import { ByteWriter } from "../../bytes/mod.ts";
import { MediaMessage } from "../../media/mod.ts";
import { type Box, boxesIn, BoxReader, childOf } from "./boxes.ts";

/** How the samples of a track are sent: as bodies of FLV tags. */
export interface SampleEntry {
  readonly kind: "audio" | "video";
  /** The codec header; undefined where the codec has none. */
  readonly config: Uint8Array | undefined;
  /** Whether a composition time stands before each frame. */
  readonly hasOffset: boolean;
  /** What each frame begins with: before the composition time, where there is one. */
  readonly frame: (isKey: boolean) => Uint8Array;
}

const VISUAL_SIZE = 78;
const AUDIO_SIZE = 28;

/** Entries of video, with the box of their codec header and its bytes before the record. */
const VIDEO: Readonly<Record<string, readonly [fourCc: string, box: string, skip: number]>> = {
  hvc1: ["hvc1", "hvcC", 0],
  hev1: ["hvc1", "hvcC", 0],
  vvc1: ["vvc1", "vvcC", 4],
  vvi1: ["vvc1", "vvcC", 4],
  av01: ["av01", "av1C", 0],
  vp08: ["vp08", "vpcC", 4],
  vp09: ["vp09", "vpcC", 4],
};
const WITH_OFFSET = new Set(["hvc1", "vvc1"]);

/** MPEG-4 Systems: object types of AAC (and its MPEG-2 profiles) and of MP3. */
const AAC_TYPES = [0x40, 0x66, 0x67, 0x68];
const MP3_TYPES = [0x69, 0x6b];
const AAC_SOUND = 0xaf;
/** 44 kHz, 16 bits, stereo: what it really is stands in the frames. */
const MP3_SOUND = 0x2f;

/**
 * The first sample entry of an `stsd`; undefined for a codec that no FLV carries.
 * @throws ProtocolError when it is malformed
 */
export function sampleEntry(bytes: Uint8Array, stsd: Box): SampleEntry | undefined {
  for (const entry of boxesIn(bytes, stsd.start + 8, stsd.end)) {
    return videoEntry(bytes, entry) ?? audioEntry(bytes, entry);
  }
  return undefined;
}

/** A frame as the body of a tag. */
export function frameBody(
  { frame, hasOffset }: SampleEntry,
  data: Uint8Array,
  isKey: boolean,
  offset: number,
): Uint8Array {
  const head = frame(isKey);
  const body = new Uint8Array(head.length + (hasOffset ? 3 : 0) + data.length);
  body.set(head);
  if (hasOffset) body.set([offset >> 16, offset >> 8, offset], head.length);
  body.set(data, body.length - data.length);
  return body;
}

/** The codec header as a message at 0. */
export function configMessage({ kind, config }: SampleEntry): MediaMessage | undefined {
  return config && new MediaMessage(kind, "config", 0, config);
}

function videoEntry(bytes: Uint8Array, { type, start, end }: Box): SampleEntry | undefined {
  const inner = { type, start: start + VISUAL_SIZE, end };
  if (type === "avc1" || type === "avc3") {
    const record = content(bytes, childOf(bytes, inner, "avcC"));
    if (record === undefined) return undefined;
    return {
      kind: "video",
      config: join([0x17, 0, 0, 0, 0], record),
      hasOffset: true,
      frame: (isKey) => Uint8Array.of(isKey ? 0x17 : 0x27, 1),
    };
  }
  const known = Object.hasOwn(VIDEO, type) ? VIDEO[type] : undefined;
  if (known === undefined) return undefined;
  const [fourCc, box, skip] = known;
  const record = content(bytes, childOf(bytes, inner, box), skip);
  if (record === undefined) return undefined;
  const name = [...fourCc].map((letter) => letter.charCodeAt(0));
  return {
    kind: "video",
    config: join([0x90, ...name], record),
    hasOffset: WITH_OFFSET.has(fourCc),
    frame: (isKey) => Uint8Array.of(isKey ? 0x91 : 0xa1, ...name),
  };
}

function audioEntry(bytes: Uint8Array, { type, start, end }: Box): SampleEntry | undefined {
  const reader = new BoxReader(bytes, { type, start, end });
  if (reader.remaining < AUDIO_SIZE) return undefined;
  reader.skip(8);
  // QuickTime's later versions have more before the boxes.
  const more = [0, 16, 36][reader.u16()] ?? 0;
  const inner = { type, start: Math.min(end, start + AUDIO_SIZE + more), end };
  switch (type) {
    case "mp4a":
      return mpegAudio(bytes, inner);
    case ".mp3":
      return mp3;
    case "Opus": {
      const record = content(bytes, childOf(bytes, inner, "dOps"));
      return record && record.length >= 11 ? enhanced("Opus", opusHead(record)) : undefined;
    }
    case "fLaC": {
      const blocks = content(bytes, childOf(bytes, inner, "dfLa"), 4);
      return blocks && enhanced("fLaC", join([...letters("fLaC")], blocks));
    }
    case "ac-3":
    case "ec-3":
      return { ...enhanced(type, new Uint8Array(0)), config: undefined };
    default:
      return undefined;
  }
}

const mp3: SampleEntry = {
  kind: "audio",
  config: undefined,
  hasOffset: false,
  frame: () => Uint8Array.of(MP3_SOUND),
};

function mpegAudio(bytes: Uint8Array, entry: Box): SampleEntry | undefined {
  // QuickTime has it within a box `wave`.
  const wave = childOf(bytes, entry, "wave");
  const esds = childOf(bytes, entry, "esds") ?? (wave && childOf(bytes, wave, "esds"));
  const found = esds && readDescriptors(bytes, esds);
  if (found === undefined) return undefined;
  if (MP3_TYPES.includes(found.objectType)) return mp3;
  if (!AAC_TYPES.includes(found.objectType) || found.config.length < 2) return undefined;
  return {
    kind: "audio",
    config: join([AAC_SOUND, 0], found.config),
    hasOffset: false,
    frame: () => Uint8Array.of(AAC_SOUND, 1),
  };
}

const ES_DESCRIPTOR = 3;
const DECODER_CONFIG = 4;
const DECODER_SPECIFIC = 5;

/** ISO/IEC 14496-1 §7.2.6: the stream's descriptor, the decoder's in it, the header in that. */
function readDescriptors(
  bytes: Uint8Array,
  esds: Box,
): { objectType: number; config: Uint8Array } | undefined {
  const reader = new BoxReader(bytes, esds, 4);
  let objectType = 0;
  while (reader.remaining > 1) {
    const tag = reader.u8();
    let size = 0;
    for (let count = 0; count < 4; count++) {
      const byte = reader.u8();
      size = (size << 7) | (byte & 0x7f);
      if (byte < 0x80) break;
    }
    if (tag === ES_DESCRIPTOR) {
      reader.skip(2);
      const flags = reader.u8();
      if ((flags & 0x80) !== 0) reader.skip(2);
      if ((flags & 0x40) !== 0) reader.skip(reader.u8());
      if ((flags & 0x20) !== 0) reader.skip(2);
    } else if (tag === DECODER_CONFIG) {
      objectType = reader.u8();
      reader.skip(12);
    } else if (tag === DECODER_SPECIFIC) {
      const start = reader.at;
      reader.skip(size);
      return { objectType, config: bytes.slice(start, start + size) };
    } else reader.skip(size);
  }
  return objectType === 0 ? undefined : { objectType, config: new Uint8Array(0) };
}

/** Enhanced RTMP v2: sound with a FourCC. */
function enhanced(fourCc: string, record: Uint8Array): SampleEntry {
  const name = [...letters(fourCc)];
  return {
    kind: "audio",
    config: join([0x90, ...name], record),
    hasOffset: false,
    frame: () => Uint8Array.of(0x91, ...name),
  };
}

/** `dOps` as RFC 7845 §5.1 has it: with its name, and in little endian. */
function opusHead(record: Uint8Array): Uint8Array {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const out = new ByteWriter(32).text("OpusHead").u8(1).u8(record[1]!);
  for (const value of [view.getUint16(2)]) out.u8(value & 0xff).u8(value >> 8);
  const rate = view.getUint32(4);
  out.u8(rate & 0xff).u8((rate >> 8) & 0xff).u8((rate >> 16) & 0xff).u8(rate >>> 24);
  const gain = view.getUint16(8);
  return out.u8(gain & 0xff).u8(gain >> 8).bytes(record.subarray(10)).take();
}

function* letters(text: string): Generator<number> {
  for (const letter of text) yield letter.charCodeAt(0);
}

function content(bytes: Uint8Array, box: Box | undefined, skip = 0): Uint8Array | undefined {
  return box && bytes.slice(Math.min(box.end, box.start + skip), box.end);
}

function join(head: readonly number[], rest: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + rest.length);
  whole.set(head);
  whole.set(rest, head.length);
  return whole;
}
