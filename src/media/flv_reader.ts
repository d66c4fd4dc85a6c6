import { ByteReader, ByteWriter, decodeText, ProtocolError } from "../bytes/mod.ts";
import { FLV_HEADER_SIZE, TAG_AUDIO, TAG_HEADER_SIZE, TAG_SCRIPT, TAG_VIDEO } from "./flv.ts";

/** Receives what an {@link FlvReader} finds; bodies are the receiver's to keep. */
export interface FlvSink {
  /** An audio tag body; `time` in ms, 32 bits. */
  audio(time: number, body: Uint8Array): void;
  /** A video tag body; `time` in ms, 32 bits. */
  video(time: number, body: Uint8Array): void;
  /** AMF0 values that follow a name, such as `onMetaData`. */
  data(time: number, name: string, values: Uint8Array): void;
}

/** Upper limit of the file header's length: the specification's is 9. */
const MAX_HEADER = 1024;
const TAG_TYPE = 0x1f;
const TYPES: ReadonlySet<number> = new Set([TAG_AUDIO, TAG_VIDEO, TAG_SCRIPT]);
/** Set when the tag is encrypted, which nothing here can pass on. */
const FILTER = 0x20;
const AMF0_STRING = 2;
/** Bytes after each tag that repeat its size; encoders get them wrong, readers skip them. */
const PREVIOUS_SIZE = 4;

/**
 * Cuts an FLV stream into its tags, however the bytes arrive. Malformed input throws ProtocolError
 * and ends the reader's use.
 * Source: Adobe Flash Video File Format Specification 10.1, annex E.
 */
export class FlvReader {
  readonly #sink: FlvSink;
  readonly #maxTag: number;
  /** Input that is no whole tag yet. */
  #kept = new ByteWriter(4096);
  #hasHeader = false;
  /** Bytes of the file header that are to be skipped. */
  #skip = 0;

  /** @param maxTag longest tag body accepted, in bytes */
  constructor(sink: FlvSink, maxTag = 0xffffff) {
    this.#sink = sink;
    this.#maxTag = maxTag;
  }

  /** True when the bytes so far end with a whole tag. */
  get atBoundary(): boolean {
    return this.#kept.length === 0 && this.#skip === 0;
  }

  /** Reads on; the bytes are free again when it returns. */
  push(bytes: Uint8Array): void {
    const skipped = Math.min(this.#skip, bytes.length);
    this.#skip -= skipped;
    const input = bytes.subarray(skipped);
    if (this.#kept.length === 0) {
      this.#kept.bytes(input, this.#read(input));
      return;
    }
    this.#kept.bytes(input);
    const used = this.#read(this.#kept.view());
    if (used === 0) return;
    const rest = this.#kept.view(used).slice();
    this.#kept = new ByteWriter(Math.max(4096, rest.length));
    this.#kept.bytes(rest);
  }

  /** How many of the bytes were understood. */
  #read(input: Uint8Array): number {
    const reader = new ByteReader(input);
    if (!this.#hasHeader && !this.#readHeader(reader)) return 0;
    for (;;) {
      const start = reader.offset;
      if (reader.remaining < TAG_HEADER_SIZE || !this.#readTag(reader)) return start;
    }
  }

  #readHeader(reader: ByteReader): boolean {
    if (reader.remaining < FLV_HEADER_SIZE) return false;
    if (reader.u24() !== 0x464c56) throw new ProtocolError("this is no FLV stream", 0);
    reader.advance(2);
    const size = reader.u32();
    if (size < FLV_HEADER_SIZE || size > MAX_HEADER) {
      throw new ProtocolError(`an FLV header of ${size} bytes`, 5);
    }
    this.#hasHeader = true;
    const rest = size - FLV_HEADER_SIZE + PREVIOUS_SIZE;
    this.#skip = Math.max(0, rest - reader.remaining);
    reader.advance(rest - this.#skip);
    return true;
  }

  /** Reads one tag, or nothing when it is not all there. */
  #readTag(reader: ByteReader): boolean {
    const start = reader.offset;
    const type = reader.u8();
    const size = reader.u24();
    if (!TYPES.has(type & TAG_TYPE)) throw new ProtocolError(`an FLV tag of type ${type}`, start);
    if (size > this.#maxTag) {
      throw new ProtocolError(`an FLV tag of ${size} bytes, ${this.#maxTag} are allowed`, start);
    }
    const time = (reader.u24() | (reader.u8() << 24)) >>> 0;
    reader.advance(3);
    if (reader.remaining < size + PREVIOUS_SIZE) {
      reader.offset = start;
      return false;
    }
    const body = reader.view(size);
    reader.advance(PREVIOUS_SIZE);
    if ((type & FILTER) === 0 && size > 0) this.#deliver(type & TAG_TYPE, time, body, start);
    return true;
  }

  #deliver(type: number, time: number, body: Uint8Array, start: number): void {
    switch (type) {
      case TAG_AUDIO:
        return this.#sink.audio(time, body.slice());
      case TAG_VIDEO:
        return this.#sink.video(time, body.slice());
      case TAG_SCRIPT: {
        const reader = new ByteReader(body);
        if (reader.u8() !== AMF0_STRING) {
          throw new ProtocolError("an FLV script tag begins with no name", start);
        }
        const name = decodeText(reader.view(reader.u16()));
        this.#sink.data(time, name, reader.rest().slice());
      }
    }
  }
}

/** Takes what an FLV stream says; a publication does. */
export interface FlvTarget {
  audio(time: number, body: Uint8Array): void;
  video(time: number, body: Uint8Array): void;
  data(name: string, values: Uint8Array, format: "amf0"): void;
  setMetadata(name: string, values: Uint8Array, format: "amf0"): void;
}

/** Puts the tags of an FLV stream into a publication: `onMetaData` is its metadata. */
export function flvSink(target: FlvTarget): FlvSink {
  return {
    audio: (time, body) => target.audio(time, body),
    video: (time, body) => target.video(time, body),
    data(_time, name, values) {
      if (name === "onMetaData") target.setMetadata(name, values, "amf0");
      else target.data(name, values, "amf0");
    },
  };
}
