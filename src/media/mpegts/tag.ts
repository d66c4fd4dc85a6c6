import { ByteReader } from "../../bytes/mod.ts";
import { unwrapModEx } from "../codec.ts";

/** Codecs that a transport stream carries. */
export type VideoCodec = "h264" | "hevc";
export type AudioCodec = "aac" | "mp3";

/** An FLV tag body taken apart. */
export interface Tag<Codec> {
  readonly codec: Codec;
  readonly isConfig: boolean;
  readonly isKey: boolean;
  /** Presentation minus decoding time, in milliseconds. */
  readonly offset: number;
  readonly data: ByteReader;
}

const FRAME_KEY = 1;
const FRAME_GENERATED_KEY = 4;
const FRAME_COMMAND = 5;
const CODECS_VIDEO: ReadonlyMap<number, VideoCodec> = new Map([[7, "h264"], [12, "hevc"]]);
const SOUND_MP3 = 2;
const SOUND_EX_HEADER = 9;
const SOUND_AAC = 10;
const SOUND_MP3_8KHZ = 14;

const PACKET_CONFIG = 0;
const PACKET_FRAME = 1;
const PACKET_FRAME_NO_OFFSET = 3;

const AVC1 = 0x61766331;
const HVC1 = 0x68766331;
const MP4A = 0x6d703461;
const MP3 = 0x2e6d7033;

/**
 * Video that a transport stream can carry; undefined for all else: other codecs, commands, ends of
 * sequences, several tracks.
 * Sources: Adobe Flash Video File Format Specification 10.1 annex E.4.3; Enhanced RTMP v2.
 * @throws ProtocolError when the body ends within its header
 */
export function readVideoTag(body: Uint8Array): Tag<VideoCodec> | undefined {
  const data = new ByteReader(body);
  const first = data.u8();
  const frameType = (first >> 4) & 7;
  if (frameType === FRAME_COMMAND) return undefined;
  const isKey = frameType === FRAME_KEY || frameType === FRAME_GENERATED_KEY;
  if ((first & 0x80) === 0) {
    const codec = CODECS_VIDEO.get(first & 0x0f);
    if (codec === undefined) return undefined;
    const type = data.u8();
    const offset = signed24(data.u24());
    if (type !== PACKET_CONFIG && type !== PACKET_FRAME) return undefined;
    return { codec, isConfig: type === PACKET_CONFIG, isKey, offset, data };
  }
  const header = unwrapModEx(body, first & 0x0f);
  data.advance(header.offset - data.offset);
  const fourCc = data.u32();
  const codec = fourCc === AVC1 ? "h264" : fourCc === HVC1 ? "hevc" : undefined;
  if (codec === undefined) return undefined;
  switch (header.type) {
    case PACKET_CONFIG:
      return { codec, isConfig: true, isKey, offset: 0, data };
    case PACKET_FRAME:
      return { codec, isConfig: false, isKey, offset: signed24(data.u24()), data };
    case PACKET_FRAME_NO_OFFSET:
      return { codec, isConfig: false, isKey, offset: 0, data };
    default:
      return undefined;
  }
}

/**
 * Audio that a transport stream can carry; undefined for all else.
 * @throws ProtocolError when the body ends within its header
 */
export function readAudioTag(body: Uint8Array): Tag<AudioCodec> | undefined {
  const data = new ByteReader(body);
  const first = data.u8();
  const rest = { isKey: false, offset: 0, data };
  switch (first >> 4) {
    case SOUND_MP3:
    case SOUND_MP3_8KHZ:
      return { codec: "mp3", isConfig: false, ...rest };
    case SOUND_AAC: {
      const type = data.u8();
      if (type !== PACKET_CONFIG && type !== PACKET_FRAME) return undefined;
      return { codec: "aac", isConfig: type === PACKET_CONFIG, ...rest };
    }
    case SOUND_EX_HEADER: {
      const header = unwrapModEx(body, first & 0x0f);
      if (header.type !== PACKET_CONFIG && header.type !== PACKET_FRAME) return undefined;
      data.advance(header.offset - data.offset);
      const fourCc = data.u32();
      const codec = fourCc === MP4A ? "aac" : fourCc === MP3 ? "mp3" : undefined;
      return codec && { codec, isConfig: header.type === PACKET_CONFIG, ...rest };
    }
    default:
      return undefined;
  }
}

function signed24(value: number): number {
  return (value << 8) >> 8;
}
