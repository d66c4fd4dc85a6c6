import { unwrapModEx } from "./codec.ts";

/** FourCCs, as the number that their four bytes are. */
export const FourCc = {
  avc: 0x61766331,
  hevc: 0x68766331,
  vvc: 0x76766331,
  av1: 0x61763031,
  vp9: 0x76703039,
  aac: 0x6d703461,
  mp3: 0x2e6d7033,
  opus: 0x4f707573,
  flac: 0x664c6143,
  ac3: 0x61632d33,
  eac3: 0x65632d33,
} as const;

const FRAME_COMMAND = 5;
const PACKET_METADATA = 4;
const VIDEO_MULTITRACK = 6;
const AUDIO_MULTITRACK = 5;
const SOUND_EX_HEADER = 9;

/** Adobe Flash Video File Format Specification 10.1, annex E.4.3.1; 12 is HEVC in China. */
const VIDEO: ReadonlyMap<number, number> = new Map([
  ...[2, 3, 4, 5, 6].map((id) => [id, 0x100 | id] as const),
  [7, FourCc.avc],
  [12, FourCc.hevc],
]);

/** Annex E.4.2.1; 2 and 14 (8 kHz) are MP3. */
const AUDIO: ReadonlyMap<number, number> = new Map([
  ...[0, 1, 3, 4, 5, 6, 7, 8, 11, 15].map((id) => [id, 0x200 | id] as const),
  [2, FourCc.mp3],
  [10, FourCc.aac],
  [14, FourCc.mp3],
]);

/**
 * The codec of a tag body, as its FourCC's number where it has one: the same for a codec whatever
 * way it is named. 0 when it cannot be told, and for tags of several tracks.
 */
export function codecOf(body: Uint8Array, kind: "audio" | "video"): number {
  const first = body[0];
  if (first === undefined) return 0;
  if (kind === "audio") {
    const format = first >> 4;
    if (format !== SOUND_EX_HEADER) return AUDIO.get(format) ?? 0;
    return fourCcAt(body, first & 0x0f, AUDIO_MULTITRACK);
  }
  const isCommand = ((first >> 4) & 7) === FRAME_COMMAND;
  if ((first & 0x80) === 0) return isCommand ? 0 : VIDEO.get(first & 0x0f) ?? 0;
  if (isCommand && (first & 0x0f) !== PACKET_METADATA) return 0;
  return fourCcAt(body, first & 0x0f, VIDEO_MULTITRACK);
}

/** Where what follows the header of a tag begins; undefined for one of several tracks, or cut. */
export function bodyStart(body: Uint8Array, kind: "audio" | "video"): number | undefined {
  const first = body[0] ?? 0;
  const isEx = kind === "video" ? (first & 0x80) !== 0 : first >> 4 === SOUND_EX_HEADER;
  if (!isEx) return kind === "video" ? 5 : 2;
  const { type, offset } = unwrapModEx(body, first & 0x0f);
  const isMultitrack = type === (kind === "video" ? VIDEO_MULTITRACK : AUDIO_MULTITRACK);
  return isMultitrack ? undefined : offset + 4;
}

function fourCcAt(body: Uint8Array, packetType: number, multitrack: number): number {
  const { type, offset } = unwrapModEx(body, packetType);
  if (type === multitrack || offset + 4 > body.length) return 0;
  const high = (body[offset]! << 24) | (body[offset + 1]! << 16);
  return (high | (body[offset + 2]! << 8) | body[offset + 3]!) >>> 0;
}
