import { ByteReader, ByteWriter, NOTHING, ProtocolError } from "../bytes/mod.ts";
import { FLV_HEADER_SIZE, TAG_AUDIO, TAG_HEADER_SIZE, TAG_SCRIPT, TAG_VIDEO } from "./flv.ts";
import { readScript } from "./script_tag.ts";

/** Receives what an {@link FlvReader} finds; bodies are the receiver's to keep. */
export interface FlvSink {
  /** An audio tag body; `time` in ms, 32 bits. */
  audio(time: number, body: Uint8Array): void;
  /** A video tag body; `time` in ms, 32 bits. */
  video(time: number, body: Uint8Array): void;
  /** AMF0 values that follow a name, such as `onMetaData`. */
  data(time: number, name: string, values: Uint8Array): void;
  /** What was left out, such as "tag of type 3": told once for each kind. */
  skipped?(what: string): void;
}

/** Upper limit of the file header's length: the specification's is 9. */
const MAX_HEADER = 1024;
/** "FLV". */
const SIGNATURE = 0x464c56;
/** Script data as RTMP has it in its messages of that type: a 0, then AMF0. */
const TAG_AMF3 = 15;
const TYPES: ReadonlySet<number> = new Set([TAG_AUDIO, TAG_VIDEO, TAG_SCRIPT, TAG_AMF3]);
const TAG_TYPE = 0x1f;
/** Set when the tag is encrypted, which nothing here can pass on. */
const FILTER = 0x20;
const TYPE_RESERVED = 0xc0;
/** Where a tag's stream id is, three bytes that are 0. */
const STREAM_ID_AT = 8;
/** Bytes after each tag that repeat its size. */
const PREVIOUS_SIZE = 4;
/** Kinds of what is left out that one stream may tell. */
const MAX_TOLD = 16;

/** What comes next. */
type State = "header" | "size" | "tag";

/**
 * Cuts an FLV stream into its tags, however the bytes arrive. A tag is out as soon as its body is
 * there: encoders get the size behind it wrong, or leave it away. Zeros between tags and another
 * file header are passed over. Malformed input throws ProtocolError and ends the reader's use.
 * Source: Adobe Flash Video File Format Specification 10.1, annex E.
 */
export class FlvReader {
  readonly #sink: FlvSink;
  readonly #maxTag: number;
  /** Input that is no whole tag yet. */
  #kept = new ByteWriter(4096);
  #state: State = "header";
  /** The size that the field behind the last tag should have. */
  #previousSize = 0;
  /** Bytes of the file header that are to be skipped. */
  #skip = 0;
  readonly #told: Set<string> = new Set();

  /** @param maxTag longest tag body accepted, in bytes */
  constructor(sink: FlvSink, maxTag = 0xffffff) {
    this.#sink = sink;
    this.#maxTag = maxTag;
  }

  /** True when no tag is half there. */
  get atBoundary(): boolean {
    return this.#skip === 0 && (this.#state === "size" || this.#kept.length === 0);
  }

  /** Reads on; the bytes are free again when it returns. */
  readTags(bytes: Uint8Array): void {
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

  /** Nothing comes any more: a tag in the place of a size is not waited for. */
  end(): void {
    if (this.#state !== "size" || !beginsTag(this.#kept.view(), 0)) return;
    this.#state = "tag";
    this.readTags(NOTHING);
  }

  /** How many of the bytes were understood. */
  #read(input: Uint8Array): number {
    const reader = new ByteReader(input);
    while (this.#readNext(reader));
    return reader.offset;
  }

  /** Reads one part; false, before its first byte, when it is not all there. */
  #readNext(reader: ByteReader): boolean {
    switch (this.#state) {
      case "header":
        return this.#readHeader(reader);
      case "size":
        return this.#passSize(reader);
      case "tag":
        return this.#readTag(reader);
    }
  }

  #readHeader(reader: ByteReader): boolean {
    if (reader.remaining < FLV_HEADER_SIZE) return false;
    if (reader.u24() !== SIGNATURE) throw new ProtocolError("this is no FLV stream", 0);
    reader.advance(2);
    const size = reader.u32();
    if (size < FLV_HEADER_SIZE || size > MAX_HEADER) {
      throw new ProtocolError(`an FLV header of ${size} bytes`, 5);
    }
    const rest = size - FLV_HEADER_SIZE;
    this.#skip = Math.max(0, rest - reader.remaining);
    reader.advance(rest - this.#skip);
    this.#expectSize(0);
    return true;
  }

  #expectSize(size: number): void {
    this.#state = "size";
    this.#previousSize = size;
  }

  /** The size behind a tag, or whatever stands in its place: the next tag may begin there already. */
  #passSize(reader: ByteReader): boolean {
    const { bytes, offset, remaining } = reader;
    if (remaining < PREVIOUS_SIZE) return false;
    const isRight = reader.u32() === this.#previousSize;
    if (!isRight && !beginsFile(bytes, offset) && remaining < PREVIOUS_SIZE + TAG_HEADER_SIZE) {
      reader.offset = offset;
      return false;
    }
    if (!isRight && isSizeMissing(bytes, offset)) reader.offset = offset;
    this.#state = "tag";
    return true;
  }

  #readTag(reader: ByteReader): boolean {
    passZeros(reader);
    const start = reader.offset;
    if (reader.remaining < TAG_HEADER_SIZE) return false;
    if (beginsFile(reader.bytes, start)) {
      this.#state = "header";
      return true;
    }
    const type = reader.u8();
    const size = reader.u24();
    const time = (reader.u24() | (reader.u8() << 24)) >>> 0;
    const isKnown = (type & TYPE_RESERVED) === 0 && TYPES.has(type & TAG_TYPE);
    if (!isKnown && reader.u24() !== 0) {
      throw new ProtocolError(`an FLV tag of type ${type}`, start);
    }
    if (size > this.#maxTag) {
      throw new ProtocolError(`an FLV tag of ${size} bytes, ${this.#maxTag} are allowed`, start);
    }
    reader.offset = start + TAG_HEADER_SIZE;
    if (reader.remaining < size) {
      reader.offset = start;
      return false;
    }
    const body = reader.view(size);
    this.#expectSize(TAG_HEADER_SIZE + size);
    if (!isKnown) this.#leaveOut(`tag of type ${type}`);
    else if ((type & FILTER) !== 0) this.#leaveOut("tag that is encrypted");
    else this.#deliver(type & TAG_TYPE, time, body);
    return true;
  }

  #deliver(type: number, time: number, body: Uint8Array): void {
    switch (type) {
      case TAG_AUDIO:
        return this.#sink.audio(time, body.slice());
      case TAG_VIDEO:
        return this.#sink.video(time, body.slice());
      default: {
        const script = readScript(body);
        if (script === undefined) return this.#leaveOut("script tag that begins with no name");
        this.#sink.data(time, script.name, script.values.slice());
      }
    }
  }

  #leaveOut(what: string): void {
    if (this.#told.size >= MAX_TOLD || this.#told.has(what)) return;
    this.#told.add(what);
    this.#sink.skipped?.(what);
  }
}

/** True when what follows a tag begins where the size of that tag should be. */
function isSizeMissing(bytes: Uint8Array, at: number): boolean {
  return beginsFile(bytes, at) || (beginsTag(bytes, at) && !beginsTag(bytes, at + PREVIOUS_SIZE));
}

/** True where a tag of a known type begins, by all that its header tells. */
function beginsTag(bytes: Uint8Array, at: number): boolean {
  const type = bytes[at]!;
  const id = at + STREAM_ID_AT;
  return (type & TYPE_RESERVED) === 0 && TYPES.has(type & TAG_TYPE) &&
    bytes[id] === 0 && bytes[id + 1] === 0 && bytes[id + 2] === 0;
}

function beginsFile(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x46 && bytes[at + 1] === 0x4c && bytes[at + 2] === 0x56;
}

/** Padding, which some writers leave behind the last tag: no tag begins with a zero. */
function passZeros(reader: ByteReader): void {
  while (reader.remaining > 0 && reader.bytes[reader.offset] === 0) reader.offset++;
}

/** Takes what an FLV stream says; a publication does. */
export interface FlvTarget {
  audio(time: number, body: Uint8Array): void;
  video(time: number, body: Uint8Array): void;
  data(name: string, values: Uint8Array, format: "amf0"): void;
  setMetadata(name: string, values: Uint8Array, format: "amf0"): void;
}

/**
 * Puts the tags of an FLV stream into a publication: `onMetaData` is its metadata.
 * @param skipped told what is left out
 */
export function flvSink(target: FlvTarget, skipped: (what: string) => void): FlvSink {
  return {
    skipped,
    audio: (time, body) => target.audio(time, body),
    video: (time, body) => target.video(time, body),
    data(_time, name, values) {
      if (name === "onMetaData") target.setMetadata(name, values, "amf0");
      else target.data(name, values, "amf0");
    },
  };
}
