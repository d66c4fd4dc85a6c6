import type { ByteWriter } from "../bytes/mod.ts";
import { encodeText } from "../bytes/mod.ts";
import { audioRole, videoRole } from "./codec.ts";
import type { MediaEncoder } from "./media_encoder.ts";
import type { MediaMessage } from "./media_message.ts";

/** Content type of FLV over HTTP. */
export const FLV_TYPE = "video/x-flv";

export const TAG_AUDIO = 8;
export const TAG_VIDEO = 9;
export const TAG_SCRIPT = 18;

export const FLV_HEADER_SIZE = 9;
export const TAG_HEADER_SIZE = 11;
/** Largest tag body: its length has 24 bits. */
const MAX_TAG_BODY = 0xffffff;

const SIGNATURE = [0x46, 0x4c, 0x56, 1];
const FLAG_VIDEO = 1;
const FLAG_AUDIO = 4;
const AMF0_STRING = 2;

/**
 * The head of an FLV file and the size of the tag before the first, which is none. A browser waits
 * for the kinds that the flags promise.
 * Source: Adobe Flash Video File Format Specification 10.1, annex E.2.
 */
export function writeFlvHeader(out: ByteWriter, hasAudio: boolean, hasVideo: boolean): void {
  for (const byte of SIGNATURE) out.u8(byte);
  out.u8((hasAudio ? FLAG_AUDIO : 0) | (hasVideo ? FLAG_VIDEO : 0));
  out.u32(FLV_HEADER_SIZE).u32(0);
}

/**
 * Media as FLV tags, the same bytes for every listener. Data are written in AMF0, whatever they
 * came in; notices have no tag.
 * Source: Adobe Flash Video File Format Specification 10.1, annex E.4.
 */
export const flvEncoder: MediaEncoder = {
  key: "flv",
  encode(message, out) {
    writeFlvMessage(out, message, message.time);
  },
};

let clocks = 0;

/**
 * The same tags on a clock of one listener's own, which is 0 at its first frame and goes on where
 * publishers change. For players that take what they load for a file: they show nothing before
 * their clock reaches the time of the first tag.
 */
export class FlvFromZero implements MediaEncoder {
  readonly key = `flv from zero ${++clocks}`;
  readonly isPrivate = true;
  /** Of the newest frame; below 0 for one that was sent late. */
  #time = 0;
  /** The publisher's time of the same frame; undefined before its first one. */
  #published: number | undefined;

  encode(message: MediaMessage, out: ByteWriter): void {
    if (message.kind === "unpublished") this.#published = undefined;
    else writeFlvMessage(out, message, Math.max(0, this.#advance(message)));
  }

  #advance(message: MediaMessage): number {
    if (!isFrame(message)) return this.#time;
    this.#time += (message.time - (this.#published ?? message.time)) | 0;
    this.#published = message.time;
    return this.#time;
  }
}

/** Metadata and codec headers are none: they may be old, so their time says nothing. */
function isFrame({ kind, payload }: MediaMessage): boolean {
  return (kind === "audio" && audioRole(payload) !== "config") ||
    (kind === "video" && videoRole(payload) !== "config");
}

/** A message as a tag of that time, in milliseconds of 32 bits; nothing for a notice. */
export function writeFlvMessage(out: ByteWriter, message: MediaMessage, time: number): void {
  switch (message.kind) {
    case "audio":
      return writeTag(out, TAG_AUDIO, time, message.payload);
    case "video":
      return writeTag(out, TAG_VIDEO, time, message.payload);
    case "data":
      writeScript(out, message, time);
  }
}

function writeTag(out: ByteWriter, type: number, time: number, body: Uint8Array): void {
  // One that is too long cannot be said.
  if (body.length > MAX_TAG_BODY) return;
  writeTagHeader(out, type, body.length, time);
  out.bytes(body).u32(TAG_HEADER_SIZE + body.length);
}

function writeScript(out: ByteWriter, message: MediaMessage, time: number): void {
  const name = encodeText(message.name);
  const values = message.script;
  const size = 3 + name.length + values.length;
  if (name.length > 0xffff || size > MAX_TAG_BODY) return;
  writeTagHeader(out, TAG_SCRIPT, size, time);
  out.u8(AMF0_STRING).u16(name.length).bytes(name).bytes(values);
  out.u32(TAG_HEADER_SIZE + size);
}

/** The time's upper eight bits come last. */
function writeTagHeader(out: ByteWriter, type: number, size: number, time: number): void {
  out.u8(type).u24(size).u24(time & 0xffffff).u8(time >>> 24).u24(0);
}
