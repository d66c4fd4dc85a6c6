import { ByteWriter, encodeText } from "../bytes/mod.ts";
import { Amf0Writer, type Value, writeValues } from "../codecs/mod.ts";
import { MediaMessage, namedData, writeFlvHeader, writeFlvMessage } from "../media/mod.ts";
import type { FileHead, FileMuxer, Patch } from "./file_muxer.ts";
import type { KeyTable } from "./key_table.ts";

/** Where a head that {@link FlvMuxer} wrote has its duration and size: doubles of big-endian. */
const DURATION_AT = 53;
const SIZE_AT = 72;
/** The same for its key frames, where it has them. */
const KEYS_AT = 91;
/** Where the kinds of media stand, in every FLV. */
const FLAGS_AT = 4;
const FLAG_VIDEO = 1;
const FLAG_AUDIO = 4;
const NAME = "onMetaData";
/** Said by us, of the file; what a publisher says of its own is not so. */
const OWN = new Set(["duration", "filesize", "keyframes", "hasKeyframes", "lastkeyframelocation"]);

/** How an FLV begins that goes on, or that is told of beforehand. */
export interface FlvOptions {
  /** The file is there, at `time` of the recording. */
  readonly isGoingOn?: boolean;
  readonly hasOwnHead?: boolean;
  readonly flags?: number;
  readonly time?: number;
  /** Bytes that are there. */
  readonly size?: number;
  /** Key frames that its head has, or is to have. */
  readonly keys?: KeyTable | undefined;
  /** Milliseconds, where they are known before it is whole. */
  readonly duration?: number;
}

/**
 * FLV whose metadata says duration, size and key frames once it is whole. Whatever is cut off its
 * end, the rest plays.
 */
export class FlvMuxer implements FileMuxer {
  readonly #out = new ByteWriter(16_384);
  readonly #hasOwnHead: boolean;
  #flags: number;
  readonly #keys: KeyTable | undefined;
  /** Bytes of the file that were taken. */
  #taken: number;

  /** @param head for a new file with the metadata, else only codec headers are written */
  constructor(head: FileHead, options: FlvOptions = {}) {
    const { isGoingOn = false, hasOwnHead = true, flags = 0, time = 0, size = 0 } = options;
    this.#hasOwnHead = hasOwnHead;
    this.#flags = flags;
    this.#keys = options.keys;
    this.#taken = size;
    if (!isGoingOn) {
      writeFlvHeader(this.#out, head.kinds.audio, head.kinds.video);
      writeFlvMessage(this.#out, metadataOf(head.metadata, options), 0);
    }
    for (const config of head.configs) this.push(config, time);
  }

  push(message: MediaMessage, time: number): void {
    if (message.kind === "audio") this.#flags |= FLAG_AUDIO;
    else if (message.kind === "video") this.#flags |= FLAG_VIDEO;
    if (message.kind === "video" && message.role === "key") {
      this.#keys?.note(time, this.#taken + this.#out.length);
    }
    writeFlvMessage(this.#out, message, time >>> 0);
  }

  get waiting(): number {
    return this.#out.length;
  }

  take(): Uint8Array | undefined {
    if (this.#out.length === 0) return undefined;
    this.#taken += this.#out.length;
    return this.#out.take();
  }

  flush(): void {}

  finish(): void {}

  patches(duration: number, size: number): Patch[] {
    const patches = [{ position: FLAGS_AT, bytes: Uint8Array.of(this.#flags) }];
    if (!this.#hasOwnHead) return patches;
    patches.push({ position: DURATION_AT, bytes: double(duration / 1000) });
    patches.push({ position: SIZE_AT, bytes: double(size) });
    if (this.#keys) patches.push({ position: KEYS_AT, bytes: this.#keys.bytes });
    return patches;
  }
}

/** True for the first bytes of a file whose metadata {@link FlvMuxer.patches} may change. */
export function hasOwnHead(bytes: Uint8Array): boolean {
  return isBefore(bytes, DURATION_AT, "\0\bduration\0") &&
    isBefore(bytes, SIZE_AT, "\0\bfilesize\0");
}

/** The same of key frames. */
export function hasOwnKeys(bytes: Uint8Array): boolean {
  return hasOwnHead(bytes) && isBefore(bytes, KEYS_AT, "\0\tkeyframes");
}

function isBefore(bytes: Uint8Array, at: number, text: string): boolean {
  const wanted = encodeText(text);
  return wanted.every((byte, index) => bytes[at - wanted.length + index] === byte);
}

/** The publisher's metadata behind our own. */
function metadataOf(published: MediaMessage | undefined, options: FlvOptions): MediaMessage {
  const { keys, duration = 0 } = options;
  const values = new Map<Value, Value>([["duration", duration / 1000], ["filesize", 0]]);
  if (keys !== undefined) values.set("keyframes", keys.value);
  for (const [name, value] of published === undefined ? [] : namedData(published)) {
    if (!OWN.has(name)) values.set(name, value);
  }
  const writer = new Amf0Writer(new ByteWriter(512), "never");
  writeValues(writer, values);
  return new MediaMessage("data", "config", 0, writer.take(), NAME, "amf0");
}

function double(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}
