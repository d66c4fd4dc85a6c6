import { NOTHING, ProtocolError } from "../../../bytes/mod.ts";
import { MessageType } from "../../../flash/mod.ts";
import {
  type ChunkLimits,
  CONNECTED_LIMITS,
  DEFAULT_CHUNK_SIZE,
  FIRST_BUFFER,
  MAX_CHUNK_SIZE,
  MAX_CHUNK_STREAMS,
} from "../params.ts";
import { type ControlMessage, decodeControl, isWhole } from "./control.ts";

/** One message as it crossed the wire (§6.1). */
export interface WireMessage {
  readonly type: number;
  readonly streamId: number;
  /** Absolute time in milliseconds, 32 bits. */
  readonly time: number;
  readonly payload: Uint8Array;
}

/** Takes a message; answers `true` when the next one is to wait. */
export type OnMessage = (message: WireMessage) => unknown;

/** What later headers of one chunk stream refer to, and its message in progress. */
interface ChunkStream {
  time: number;
  /** The timestamp field of the last header: a time in format 0, else a difference. */
  field: number;
  isExtended: boolean;
  length: number;
  type: number;
  streamId: number;
  /** Bytes of the message in progress, undefined between messages. */
  payload: Uint8Array | undefined;
  received: number;
}

/** Basic header of 3 bytes, message header of 11, extended timestamp of 4 (§5.3.1). */
const MAX_HEADER = 18;

/** Message header sizes by format (§5.3.1.2). */
const HEADER_SIZE = [11, 7, 3, 0] as const;

/** In a timestamp field: the time is in the four bytes that follow (§5.3.1.3). */
const EXTENDED = 0xff_ffff;

/**
 * Puts messages together from chunks (§5.3), however the input is cut. Memory grows with what has
 * arrived, not with what a header announces. Set Chunk Size and Abort are obeyed here; what is too
 * short to be one is given like any message.
 */
export class ChunkReader {
  /** May change at any time; what is held already stays. */
  limits: ChunkLimits;
  readonly #streams = new Map<number, ChunkStream>();
  readonly #header = new Uint8Array(MAX_HEADER);
  #headerLength = 0;
  #chunkSize = DEFAULT_CHUNK_SIZE;
  /** The chunk whose payload is being read. */
  #current: ChunkStream | undefined;
  #left = 0;
  #partial = 0;

  constructor(limits: ChunkLimits = CONNECTED_LIMITS) {
    this.limits = limits;
  }

  /** The peer's chunk size, in bytes. */
  get chunkSize(): number {
    return this.#chunkSize;
  }

  /** Bytes held for messages that are not whole yet. */
  get partialBytes(): number {
    return this.#partial;
  }

  /**
   * Takes input and gives every message that it completes, until one is to be the last for now. The
   * input is copied. Returns how many bytes were taken.
   * @throws ProtocolError when the input is no chunk or goes past a limit; the reader is done then.
   */
  readChunks(input: Uint8Array, onMessage: OnMessage): number {
    let at = 0;
    while (at < input.length) {
      if (this.#current === undefined) {
        at = this.#readHeader(input, at, onMessage);
        if (this.#current === undefined) continue;
      }
      const stream = this.#current;
      const count = Math.min(this.#left, input.length - at);
      if (count > 0) this.#append(stream, input, at, count);
      at += count;
      this.#left -= count;
      if (this.#left > 0) return at;
      this.#current = undefined;
      if (stream.received === stream.length && this.#complete(stream, onMessage)) return at;
    }
    return at;
  }

  /** Returns where the input goes on; {@link #current} is set once the header is whole. */
  #readHeader(input: Uint8Array, at: number, onMessage: OnMessage): number {
    const held = this.#headerLength;
    if (held === 0) {
      const size = this.#parseHeader(input, at, input.length);
      if (size > 0) return at + size;
      this.#header.set(input.subarray(at));
      this.#headerLength = input.length - at;
      return input.length;
    }
    const added = Math.min(MAX_HEADER - held, input.length - at);
    this.#header.set(input.subarray(at, at + added), held);
    const size = this.#parseHeader(this.#header, 0, held + added);
    if (size === 0) {
      this.#headerLength = held + added;
      return at + added;
    }
    this.#headerLength = 0;
    if (size >= held) return at + size - held;
    // Bytes held for an extended timestamp that is not there are payload, of one message at most
    // that is longer than nothing: they are taken whatever it says.
    const payload = this.#header.slice(size, held);
    for (let taken = 0; taken < payload.length;) {
      taken += this.readChunks(payload.subarray(taken), onMessage);
    }
    return at;
  }

  /** Size of the header at `start`, 0 when it is not all there; begins the chunk when it is. */
  #parseHeader(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    const first = bytes[at++]!;
    const format = first >> 6;
    let id = first & 0x3f;
    if (id === 0) {
      if (at + 1 > end) return 0;
      id = 64 + bytes[at++]!;
    } else if (id === 1) {
      if (at + 2 > end) return 0;
      id = 64 + bytes[at]! + bytes[at + 1]! * 256;
      at += 2;
    }
    const fields = at;
    at += HEADER_SIZE[format]!;
    if (at > end) return 0;
    const stream = this.#streams.get(id);
    if (format === 3) return this.#continue(id, stream, bytes, start, at, end);

    let field = u24(bytes, fields);
    const isExtended = field === EXTENDED;
    if (isExtended) {
      if (at + 4 > end) return 0;
      field = u32(bytes, at);
      at += 4;
    }
    if (format === 2 && stream === undefined) throw unbegun(id);
    const begun = stream ?? this.#open(id);
    if (format < 2) {
      begun.length = u24(bytes, fields + 3);
      begun.type = bytes[fields + 6]!;
    }
    if (format === 0) begun.streamId = u32LE(bytes, fields + 7);
    begun.isExtended = isExtended;
    begun.field = field;
    begun.time = format === 0 ? field : (begun.time + field) >>> 0;
    this.#begin(begun);
    return at - start;
  }

  /** A chunk of format 3: the next part of a message, or a message like the one before it. */
  #continue(
    id: number,
    stream: ChunkStream | undefined,
    bytes: Uint8Array,
    start: number,
    fieldsEnd: number,
    end: number,
  ): number {
    if (stream === undefined) throw unbegun(id);
    let at = fieldsEnd;
    if (stream.isExtended) {
      if (at + 4 > end) return 0;
      // §5.3.1.3 repeats the field here; some senders do not, or repeat the absolute time.
      const repeated = u32(bytes, at);
      if (repeated === stream.field || repeated === stream.time) at += 4;
    }
    if (stream.payload === undefined) {
      stream.time = (stream.time + stream.field) >>> 0;
      this.#begin(stream);
    } else {
      this.#enter(stream);
    }
    return at - start;
  }

  #open(id: number): ChunkStream {
    if (this.#streams.size >= MAX_CHUNK_STREAMS) {
      throw new ProtocolError(`more than ${MAX_CHUNK_STREAMS} chunk streams`);
    }
    const stream: ChunkStream = {
      time: 0,
      field: 0,
      isExtended: false,
      length: 0,
      type: 0,
      streamId: 0,
      payload: undefined,
      received: 0,
    };
    this.#streams.set(id, stream);
    return stream;
  }

  /** A new message; one that was in progress on this chunk stream is given up. */
  #begin(stream: ChunkStream): void {
    if (stream.length > this.limits.message) {
      throw new ProtocolError(
        `a message of ${stream.length} bytes, ${this.limits.message} at most`,
      );
    }
    this.#discard(stream);
    stream.payload = NOTHING;
    this.#enter(stream);
  }

  #enter(stream: ChunkStream): void {
    this.#current = stream;
    this.#left = Math.min(this.#chunkSize, stream.length - stream.received);
  }

  #append(stream: ChunkStream, input: Uint8Array, start: number, count: number): void {
    const needed = stream.received + count;
    let payload = stream.payload ?? NOTHING;
    if (needed > payload.length) {
      const wanted = Math.max(needed, payload.length * 2, FIRST_BUFFER);
      const grown = new Uint8Array(Math.min(stream.length, wanted));
      this.#partial += grown.length - payload.length;
      if (this.#partial > this.limits.partial) {
        throw new ProtocolError(`more than ${this.limits.partial} bytes of unfinished messages`);
      }
      grown.set(payload.subarray(0, stream.received));
      stream.payload = payload = grown;
    }
    payload.set(input.subarray(start, start + count), stream.received);
    stream.received = needed;
  }

  #discard(stream: ChunkStream): void {
    this.#partial -= stream.payload?.length ?? 0;
    stream.payload = undefined;
    stream.received = 0;
  }

  #complete(stream: ChunkStream, onMessage: OnMessage): boolean {
    const payload = stream.payload ?? NOTHING;
    this.#discard(stream);
    const { type, streamId, time } = stream;
    const isOurs = type === MessageType.setChunkSize || type === MessageType.abort;
    if (isOurs && isWhole(type, payload)) {
      this.#obey(decodeControl(type, payload));
      return false;
    }
    return onMessage({ type, streamId, time, payload }) === true;
  }

  #obey(control: ControlMessage): void {
    if (control.type === MessageType.setChunkSize) {
      const { size } = control;
      if (size < 1 || size > 0x7fff_ffff) throw new ProtocolError(`a chunk size of ${size}`);
      this.#chunkSize = Math.min(size, MAX_CHUNK_SIZE);
    } else if (control.type === MessageType.abort) {
      const stream = this.#streams.get(control.chunkStreamId);
      if (stream !== undefined) this.#discard(stream);
    }
  }
}

function unbegun(id: number): ProtocolError {
  return new ProtocolError(`chunk stream ${id} begins without a message header`);
}

function u24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | u24(bytes, at + 1)) >>> 0;
}

function u32LE(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>>
    0;
}
