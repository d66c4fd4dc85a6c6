/**
 * Recognises, in the first bytes of an FLV audio or video tag body, what a server must know to
 * relay it: key frames and codec headers. Everything else passes through unread.
 *
 * Sources: Adobe Flash Video File Format Specification 10.1 annex E.4; Enhanced RTMP v2
 * (ExVideoTagHeader, ExAudioTagHeader).
 */

/**
 * What a tag is to a relay:
 * `config` is a codec header that every later frame needs, `key` a frame that decodes alone,
 * `frame` any other. Audio frames are all `frame`.
 */
export type Role = "config" | "key" | "frame";

/** FourCCs that are recognised, as announced in the answer to connect. */
export const FOURCC_LIST: readonly string[] = [
  "avc1",
  "hvc1",
  "vvc1",
  "av01",
  "vp08",
  "vp09",
  "mp4a",
  "Opus",
  "fLaC",
  "ac-3",
  "ec-3",
  ".mp3",
];

const FRAME_KEY = 1;
const FRAME_GENERATED_KEY = 4;
const FRAME_COMMAND = 5;
const CODEC_AVC = 7;
const CODEC_HEVC_UNOFFICIAL = 12;
const SOUND_AAC = 10;
const SOUND_EX_HEADER = 9;

const PACKET_SEQUENCE_START = 0;
const PACKET_SEQUENCE_END = 2;
const PACKET_METADATA = 4;
const PACKET_MPEG2TS_SEQUENCE_START = 5;
const AUDIO_PACKET_MULTICHANNEL_CONFIG = 4;
const AUDIO_PACKET_MULTITRACK = 5;
const VIDEO_PACKET_MULTITRACK = 6;
const PACKET_MOD_EX = 7;

const ONE_TRACK = 0;
const MANY_TRACKS_MANY_CODECS = 2;
/** Tracks that are looked for in one tag. */
const MAX_TRACKS = 16;

/** Role of a video tag body. */
export function videoRole(body: Uint8Array): Role {
  if (body.length === 0) return "frame";
  const first = body[0]!;
  const frameType = (first >> 4) & 0x07;
  const isKey = frameType === FRAME_KEY || frameType === FRAME_GENERATED_KEY;
  if ((first & 0x80) !== 0) {
    const packetType = innerPacketType(body, first & 0x0f, VIDEO_PACKET_MULTITRACK);
    // The frame type of metadata says nothing: FFmpeg sends it as a command.
    if (packetType === PACKET_METADATA) return "config";
    if (frameType === FRAME_COMMAND || packetType === PACKET_SEQUENCE_END) return "frame";
    const isConfig = packetType === PACKET_SEQUENCE_START ||
      packetType === PACKET_MPEG2TS_SEQUENCE_START;
    return isConfig ? "config" : isKey ? "key" : "frame";
  }
  const codec = first & 0x0f;
  if (codec === CODEC_AVC || codec === CODEC_HEVC_UNOFFICIAL) {
    if (frameType === FRAME_COMMAND) return "frame";
    if (body[1] === PACKET_SEQUENCE_START) return "config";
    if (body[1] === PACKET_SEQUENCE_END) return "frame";
  }
  return isKey ? "key" : "frame";
}

/** Role of an audio tag body: AAC and Enhanced RTMP codecs have headers, the others none. */
export function audioRole(body: Uint8Array): Role {
  if (body.length < 2) return "frame";
  const format = body[0]! >> 4;
  if (format === SOUND_AAC) return body[1] === 0 ? "config" : "frame";
  if (format !== SOUND_EX_HEADER) return "frame";
  const packetType = innerPacketType(body, body[0]! & 0x0f, AUDIO_PACKET_MULTITRACK);
  return packetType === PACKET_SEQUENCE_START || packetType === AUDIO_PACKET_MULTICHANNEL_CONFIG
    ? "config"
    : "frame";
}

/**
 * The track that a tag is for, or the first of several; 0 where there is but one. Players show
 * track 0 unless they are told otherwise.
 */
export function trackOf(body: Uint8Array, kind: "audio" | "video"): number {
  return Math.min(...exHeader(body, kind).tracks);
}

/**
 * What tells a codec header from those to be kept beside it: the same key means that it takes the
 * older one's place. Colours and channel layouts have keys of their own, and so has each track.
 */
export function headerKey(body: Uint8Array, kind: "audio" | "video"): string {
  const { type, tracks } = exHeader(body, kind);
  const isStart = kind === "video" && type === PACKET_MPEG2TS_SEQUENCE_START;
  return `${kind} ${isStart ? PACKET_SEQUENCE_START : type} ${tracks.join("+")}`;
}

/** True for the header that a codec begins with; colours and channel layouts are none. */
export function isSequenceStart(body: Uint8Array, kind: "audio" | "video"): boolean {
  const { type } = exHeader(body, kind);
  return type === PACKET_SEQUENCE_START ||
    (kind === "video" && type === PACKET_MPEG2TS_SEQUENCE_START);
}

/** Packet type and tracks; as a start of track 0 for a tag without an Enhanced RTMP header. */
function exHeader(body: Uint8Array, kind: "audio" | "video"): { type: number; tracks: number[] } {
  const first = body[0] ?? 0;
  const isEx = kind === "video" ? (first & 0x80) !== 0 : first >> 4 === SOUND_EX_HEADER;
  if (!isEx) return { type: PACKET_SEQUENCE_START, tracks: [0] };
  const { type, offset } = unwrapModEx(body, first & 0x0f);
  const multitrack = kind === "video" ? VIDEO_PACKET_MULTITRACK : AUDIO_PACKET_MULTITRACK;
  if (type !== multitrack || offset >= body.length) return { type, tracks: [0] };
  return { type: body[offset]! & 0x0f, tracks: tracksAt(body, offset) };
}

/** The tracks of a multitrack tag whose header is at `offset`; 0 when they are cut off. */
function tracksAt(body: Uint8Array, offset: number): number[] {
  const multitrackType = body[offset]! >> 4;
  const hasCodecs = multitrackType === MANY_TRACKS_MANY_CODECS;
  const tracks: number[] = [];
  let at = offset + 1 + 4;
  while (at < body.length && tracks.length < MAX_TRACKS) {
    tracks.push(body[at]!);
    if (multitrackType === ONE_TRACK || at + 4 > body.length) break;
    const size = (body[at + 1]! << 16) | (body[at + 2]! << 8) | body[at + 3]!;
    at += 4 + size + (hasCodecs ? 4 : 0);
  }
  return tracks.length === 0 ? [0] : tracks;
}

/** Walks over ModEx prefixes and a multitrack header to the packet type they wrap. */
function innerPacketType(body: Uint8Array, packetType: number, multitrack: number): number {
  const { type, offset } = unwrapModEx(body, packetType);
  if (type !== multitrack || offset >= body.length) return type;
  return body[offset]! & 0x0f;
}

/** Walks over ModEx prefixes: the packet type behind them, and where what follows it begins. */
export function unwrapModEx(
  body: Uint8Array,
  packetType: number,
): { type: number; offset: number } {
  let type = packetType;
  let offset = 1;
  while (type === PACKET_MOD_EX && offset < body.length) {
    let size = body[offset]! + 1;
    offset += 1;
    if (size === 256) {
      if (offset + 2 > body.length) break;
      size = ((body[offset]! << 8) | body[offset + 1]!) + 1;
      offset += 2;
    }
    offset += size;
    if (offset >= body.length) break;
    type = body[offset]! & 0x0f;
    offset += 1;
  }
  return { type, offset };
}
