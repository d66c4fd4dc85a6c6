import { unwrapModEx } from "./codec.ts";

/** Frame type of pictures that no other needs; Flash's own encoders say so. */
const FRAME_DISPOSABLE = 3;
const CODEC_AVC = 7;
/** Packet types: with and without a composition time (Enhanced RTMP v2). */
const CODED_FRAMES = 1;
const CODED_FRAMES_X = 3;
/** Bytes of AVCVIDEOPACKET before its units: frame type, packet type, composition time. */
const AVC_HEAD = 5;
/** H.264 §7.4.1: types of units that are a picture's. */
const FIRST_SLICE = 1;
const LAST_SLICE = 5;
/** Units of one picture that are looked at. */
const MAX_UNITS = 16;

/**
 * True for a frame of video that no other frame needs, as far as it tells: by its frame type, or of
 * H.264 by `nal_ref_idc` 0 of its first slice.
 */
export function isDisposable(body: Uint8Array): boolean {
  const first = body[0] ?? 0;
  if (((first >> 4) & 0x07) === FRAME_DISPOSABLE) return true;
  const at = unitsOf(body, first);
  return at !== undefined && isUnneeded(body, at);
}

/** Where the units of H.264 begin; undefined for what is none. */
function unitsOf(body: Uint8Array, first: number): number | undefined {
  if ((first & 0x80) === 0) {
    return (first & 0x0f) === CODEC_AVC && body[1] === CODED_FRAMES ? AVC_HEAD : undefined;
  }
  const { type, offset } = unwrapModEx(body, first & 0x0f);
  if (type !== CODED_FRAMES && type !== CODED_FRAMES_X) return undefined;
  if (String.fromCharCode(...body.subarray(offset, offset + 4)) !== "avc1") return undefined;
  return offset + 4 + (type === CODED_FRAMES ? 3 : 0);
}

/** Units have 32 bits of length before them, as all encoders write them. */
function isUnneeded(body: Uint8Array, start: number): boolean {
  let at = start;
  for (let count = 0; count < MAX_UNITS && at + 4 < body.length; count++) {
    const size = body[at]! * 0x1000000 + (body[at + 1]! << 16 | body[at + 2]! << 8 | body[at + 3]!);
    const unit = body[at + 4]!;
    const type = unit & 0x1f;
    if (type >= FIRST_SLICE && type <= LAST_SLICE) return (unit & 0x60) === 0;
    at += 4 + size;
  }
  return false;
}
