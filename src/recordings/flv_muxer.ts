import { ByteWriter, encodeText } from "../bytes/mod.ts";
import { Amf0Writer, type Value, writeValues } from "../codecs/mod.ts";
import { MediaMessage, namedData, writeFlvHeader, writeFlvMessage } from "../media/mod.ts";
import type { FileHead, FileMuxer, Patch } from "./file_muxer.ts";

/** Where a head that {@link FlvMuxer} wrote has its duration and size: doubles of big-endian. */
const DURATION_AT = 53;
const SIZE_AT = 72;
/** Where the kinds of media stand, in every FLV. */
const FLAGS_AT = 4;
const FLAG_VIDEO = 1;
const FLAG_AUDIO = 4;
const NAME = "onMetaData";
/** Said by us, of the file; what a publisher says of its own is not so. */
const OWN = new Set(["duration", "filesize", "keyframes", "hasKeyframes", "lastkeyframelocation"]);

/**
 * FLV whose metadata says duration and size once it is whole. Whatever is cut off its end, the rest
 * plays.
 */
export class FlvMuxer implements FileMuxer {
  readonly #out = new ByteWriter(16_384);
  readonly #hasOwnHead: boolean;
  #flags = 0;

  /**
   * @param head for a new file with the metadata, else only codec headers are written
   * @param isGoingOn the file is there, at `time` of the recording
   */
  constructor(
    head: FileHead,
    { isGoingOn = false, hasOwnHead = true, flags = 0, time = 0 }: {
      readonly isGoingOn?: boolean;
      readonly hasOwnHead?: boolean;
      readonly flags?: number;
      readonly time?: number;
    } = {},
  ) {
    this.#hasOwnHead = hasOwnHead;
    this.#flags = flags;
    if (!isGoingOn) {
      writeFlvHeader(this.#out, head.kinds.audio, head.kinds.video);
      writeFlvMessage(this.#out, metadataOf(head.metadata), 0);
    }
    for (const config of head.configs) this.push(config, time);
  }

  push(message: MediaMessage, time: number): void {
    if (message.kind === "audio") this.#flags |= FLAG_AUDIO;
    else if (message.kind === "video") this.#flags |= FLAG_VIDEO;
    writeFlvMessage(this.#out, message, time >>> 0);
  }

  get waiting(): number {
    return this.#out.length;
  }

  take(): Uint8Array | undefined {
    return this.#out.length === 0 ? undefined : this.#out.take();
  }

  flush(): void {}

  finish(): void {}

  patches(duration: number, size: number): Patch[] {
    const patches = [{ position: FLAGS_AT, bytes: Uint8Array.of(this.#flags) }];
    if (!this.#hasOwnHead) return patches;
    patches.push({ position: DURATION_AT, bytes: double(duration / 1000) });
    patches.push({ position: SIZE_AT, bytes: double(size) });
    return patches;
  }
}

/** True for the first bytes of a file whose metadata {@link FlvMuxer.patches} may change. */
export function hasOwnHead(bytes: Uint8Array): boolean {
  const before = encodeText("\0\bduration\0");
  const at = DURATION_AT - before.length;
  return bytes.length >= SIZE_AT + 8 && before.every((byte, index) => bytes[at + index] === byte) &&
    bytes[SIZE_AT - 1] === 0 && bytes[SIZE_AT - 2] === "e".charCodeAt(0);
}

/** The publisher's metadata behind our own. */
function metadataOf(published: MediaMessage | undefined): MediaMessage {
  const values = new Map<Value, Value>([["duration", 0], ["filesize", 0]]);
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
