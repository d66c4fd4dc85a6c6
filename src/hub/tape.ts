import { ByteWriter, NOTHING } from "../bytes/mod.ts";
import type { Encoded, MediaMessage } from "./media_message.ts";
import { PRIVATE_SEGMENT_SIZE, SEGMENT_SIZE } from "./params.ts";

/**
 * A wire form of media whose bytes are the same for every listener that has it, such as FLV, or
 * RTMP with one chunk size and stream id.
 */
export interface Shape {
  /** Two shapes with one key write the same bytes. */
  readonly key: string;
  /**
   * True for a form with a memory, whose key no other has: it serves one listener, and no message
   * keeps its bytes.
   */
  readonly isPrivate?: boolean;
  /** Appends one message; nothing when the form has no place for it. */
  encode(message: MediaMessage, out: ByteWriter): void;
}

/** Consecutive messages that lie side by side on a tape. */
export interface Run {
  /** The message before the first one. */
  readonly after: MediaMessage;
  readonly last: MediaMessage;
  readonly bytes: Uint8Array;
  /** Payload bytes of each kind in it. */
  readonly audio: number;
  readonly video: number;
  readonly data: number;
}

/**
 * Encodes each message of a publication once per shape, into segments in which consecutive
 * messages lie side by side: a listener that is several messages behind sends them as one range,
 * without copying.
 */
export class Tape {
  readonly slot: number;
  /** Listeners that use it. */
  users = 0;
  readonly #shape: Shape;
  readonly #segmentSize: number;
  #segment: ByteWriter;
  #run: Run | undefined;
  /** Where the bytes of the newest message are kept, when the shape is private. */
  #newest: (Encoded | undefined)[] = [];

  constructor(shape: Shape, slot: number) {
    this.#shape = shape;
    this.slot = slot;
    this.#segmentSize = shape.isPrivate === true ? PRIVATE_SEGMENT_SIZE : SEGMENT_SIZE;
    this.#segment = new ByteWriter(this.#segmentSize);
  }

  get key(): string {
    return this.#shape.key;
  }

  /** The message's bytes in this shape, encoded on first use. */
  encoded(message: MediaMessage): Encoded {
    const known = message.encoded[this.slot];
    if (known !== undefined && known.owner === this) return known;
    // Headers within the payload take up to a sixteenth more.
    const size = message.payload.length + (message.payload.length >> 4) + 1024;
    if (this.#segment.length + size > this.#segmentSize) {
      this.#segment = new ByteWriter(Math.max(this.#segmentSize, size));
    }
    const segment = this.#segment;
    const start = segment.length;
    this.#shape.encode(message, segment);
    const encoded = { owner: this, buffer: segment.buffer, start, end: segment.length };
    if (this.#shape.isPrivate === true) {
      if (this.#newest[this.slot]?.owner === this) this.#newest[this.slot] = undefined;
      this.#newest = message.encoded;
    }
    message.encoded[this.slot] = encoded;
    return encoded;
  }

  /**
   * The messages after `after` as one range of about `wanted` bytes at most. Listeners at the same
   * place get the same run, so that a message to hundreds of them is gathered once.
   */
  run(after: MediaMessage, wanted: number): Run | undefined {
    const known = this.#run;
    if (known !== undefined && known.after === after && known.last.next === undefined) {
      return known;
    }
    let last = after;
    let buffer: Uint8Array | undefined;
    let start = 0;
    let end = 0;
    const sizes = { audio: 0, video: 0, data: 0, published: 0, unpublished: 0 };
    for (let message = after.next; message !== undefined; message = message.next) {
      const encoded = this.encoded(message);
      if (encoded.end > encoded.start) {
        if (buffer === undefined) {
          buffer = encoded.buffer;
          start = encoded.start;
        } else if (encoded.buffer !== buffer || encoded.start !== end) {
          break;
        } else if (encoded.end - start > wanted) {
          break;
        }
        end = encoded.end;
      }
      sizes[message.kind] += message.payload.length;
      last = message;
    }
    if (last === after) return undefined;
    const bytes = buffer === undefined ? NOTHING : buffer.subarray(start, end);
    const { audio, video, data } = sizes;
    return this.#run = { after, last, bytes, audio, video, data };
  }
}

/** The tapes of one publication: one for each shape that a listener uses. */
export class Tapes {
  readonly #tapes: (Tape | undefined)[] = [];

  acquire(shape: Shape): Tape {
    let tape = this.#tapes.find((tape) => tape?.key === shape.key);
    if (tape === undefined) {
      const free = this.#tapes.indexOf(undefined);
      const slot = free === -1 ? this.#tapes.length : free;
      tape = new Tape(shape, slot);
      this.#tapes[slot] = tape;
    }
    tape.users++;
    return tape;
  }

  release(tape: Tape): void {
    if (--tape.users === 0) this.#tapes[tape.slot] = undefined;
  }
}
