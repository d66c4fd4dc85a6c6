import { ByteReader, ProtocolError } from "../bytes/mod.ts";
import { unwrapModEx } from "./codec.ts";
import { FourCc } from "./codec_id.ts";

/**
 * What one track of a tag holds: `config` a codec header, `descriptor` AV1's header of MPEG-2 TS,
 * `colour` names and values of a picture, `layout` channels, `frame` media.
 */
export type TagContent = "config" | "descriptor" | "colour" | "layout" | "frame";

/** Receives what {@link readTag} finds; `data` is a view of the tag body. */
export interface TagSink {
  /**
   * @param track Enhanced RTMP's number, 0 for a tag of one track
   * @param offset of presentation after decoding, in milliseconds
   */
  (
    content: TagContent,
    codec: number,
    track: number,
    data: Uint8Array,
    isKey: boolean,
    offset: number,
  ): void;
}

const FRAME_KEY = 1;
const FRAME_GENERATED_KEY = 4;
const FRAME_COMMAND = 5;
const LEGACY_VIDEO: ReadonlyMap<number, number> = new Map([[7, FourCc.avc], [12, FourCc.hevc]]);
const SOUND_EX_HEADER = 9;
const SOUND_AAC = 10;
const SOUND_MP3 = 2;
const SOUND_MP3_8KHZ = 14;

const START = 0;
const FRAMES = 1;
const FRAMES_WITHOUT_OFFSET = 3;
const METADATA = 4;
const DESCRIPTOR = 5;
const MULTITRACK = { video: 6, audio: 5 } as const;
const LAYOUT = 4;
const ONE_TRACK = 0;
const MANY_CODECS = 2;

/** Codecs whose frames have a composition time before them. */
const WITH_OFFSET: ReadonlySet<number> = new Set([FourCc.avc, FourCc.hevc, FourCc.vvc]);

/**
 * Reads an FLV audio or video tag body into what each of its tracks holds; other codecs than those
 * with a FourCC, commands and ends of sequences leave nothing.
 * Sources: Adobe Flash Video File Format Specification 10.1 annex E.4; Enhanced RTMP v2.
 * @throws ProtocolError when the body ends within a header; tracks before that were told
 */
export function readTag(kind: "audio" | "video", body: Uint8Array, sink: TagSink): void {
  if (body.length === 0) return;
  if (kind === "video") readVideo(body, sink);
  else readAudio(body, sink);
}

function readVideo(body: Uint8Array, sink: TagSink): void {
  const first = body[0]!;
  const frameType = (first >> 4) & 7;
  const isKey = frameType === FRAME_KEY || frameType === FRAME_GENERATED_KEY;
  const isEnhanced = (first & 0x80) !== 0;
  if (isEnhanced) return readEnhanced("video", body, isKey, sink);
  const codec = LEGACY_VIDEO.get(first & 0x0f);
  if (codec === undefined || frameType === FRAME_COMMAND || body.length < 5) return;
  const offset = new ByteReader(body, 2).u24() << 8 >> 8;
  if (body[1] === START) sink("config", codec, 0, body.subarray(5), isKey, 0);
  else if (body[1] === FRAMES) sink("frame", codec, 0, body.subarray(5), isKey, offset);
}

function readAudio(body: Uint8Array, sink: TagSink): void {
  switch (body[0]! >> 4) {
    case SOUND_EX_HEADER:
      return readEnhanced("audio", body, true, sink);
    case SOUND_AAC:
      if (body[1] === START) sink("config", FourCc.aac, 0, body.subarray(2), true, 0);
      else if (body[1] === FRAMES) sink("frame", FourCc.aac, 0, body.subarray(2), true, 0);
      return;
    case SOUND_MP3:
    case SOUND_MP3_8KHZ:
      sink("frame", FourCc.mp3, 0, body.subarray(1), true, 0);
  }
}

function readEnhanced(
  kind: "audio" | "video",
  body: Uint8Array,
  isKey: boolean,
  sink: TagSink,
): void {
  const { type, offset } = unwrapModEx(body, body[0]! & 0x0f);
  const reader = new ByteReader(body, Math.min(offset, body.length));
  if (type !== MULTITRACK[kind]) {
    const codec = reader.u32();
    return readTrack(kind, type, codec, 0, reader.rest(), isKey, sink);
  }
  const header = reader.u8();
  const multitrack = header >> 4;
  let codec = multitrack === MANY_CODECS ? 0 : reader.u32();
  while (reader.remaining > 0) {
    if (multitrack === MANY_CODECS) codec = reader.u32();
    const track = reader.u8();
    const data = multitrack === ONE_TRACK ? reader.rest() : reader.view(reader.u24());
    readTrack(kind, header & 0x0f, codec, track, data, isKey, sink);
  }
}

function readTrack(
  kind: "audio" | "video",
  type: number,
  codec: number,
  track: number,
  data: Uint8Array,
  isKey: boolean,
  sink: TagSink,
): void {
  if (type === START) return sink("config", codec, track, data, isKey, 0);
  if (kind === "audio") {
    if (type === FRAMES) sink("frame", codec, track, data, true, 0);
    else if (type === LAYOUT) sink("layout", codec, track, data, true, 0);
    return;
  }
  switch (type) {
    case FRAMES: {
      if (!WITH_OFFSET.has(codec)) return sink("frame", codec, track, data, isKey, 0);
      if (data.length < 3) throw new ProtocolError("a frame ends in its composition time");
      const offset = new ByteReader(data).u24() << 8 >> 8;
      return sink("frame", codec, track, data.subarray(3), isKey, offset);
    }
    case FRAMES_WITHOUT_OFFSET:
      return sink("frame", codec, track, data, isKey, 0);
    case METADATA:
      return sink("colour", codec, track, data, isKey, 0);
    case DESCRIPTOR:
      return sink("descriptor", codec, track, data, isKey, 0);
  }
}
