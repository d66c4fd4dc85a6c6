import { ByteWriter, NOTHING } from "../bytes/mod.ts";
import type { MediaEncoder } from "../media/mod.ts";
import type { ChainedMessage, Encoded } from "./chained_message.ts";
import { PRIVATE_SEGMENT_SIZE, SEGMENT_SIZE } from "./params.ts";

/** Consecutive messages that lie side by side in an encoded log. */
export interface EncodedRun {
  /** The message before the first one. */
  readonly after: ChainedMessage;
  readonly last: ChainedMessage;
  readonly bytes: Uint8Array;
  /** Payload bytes of each kind in it. */
  readonly audio: number;
  readonly video: number;
  readonly data: number;
}

/**
 * A publication's messages in one encoding: each is encoded once, into segments in which consecutive
 * messages lie side by side, so that a listener that is several messages behind sends them as one range
 * without copying.
 */
export class EncodedLog {
  readonly slot: number;
  /** Listeners that use it. */
  users = 0;
  readonly #encoder: MediaEncoder;
  readonly #segmentSize: number;
  #segment: ByteWriter;
  #run: EncodedRun | undefined;
  /** Where the bytes of the newest message are kept, when the encoder is private. */
  #newest: (Encoded | undefined)[] = [];
  /** Of an encoder that is given messages in order: the last one, or that before the first. */
  #last: ChainedMessage | undefined;
  readonly #isPrivate: boolean;

  /** @param after the message before the first that is encoded */
  constructor(encoder: MediaEncoder, slot: number, after: ChainedMessage, isAlone: boolean) {
    this.#encoder = encoder;
    this.slot = slot;
    this.#isPrivate = encoder.isPrivate === true || isAlone;
    if (encoder.isOrdered === true) this.#last = after;
    this.#segmentSize = this.#isPrivate ? PRIVATE_SEGMENT_SIZE : SEGMENT_SIZE;
    this.#segment = new ByteWriter(this.#segmentSize);
  }

  /** Undefined when no other listener may use it. */
  get key(): string | undefined {
    return this.#isPrivate ? undefined : this.#encoder.key;
  }

  /** Whether what follows a message can be encoded, or is. */
  canFollow({ next }: ChainedMessage): boolean {
    if (this.#last === undefined || next === undefined) return true;
    return next.position > this.#last.position || next.encoded[this.slot]?.owner === this;
  }

  /** The message's bytes, encoded on first use. */
  encoded(message: ChainedMessage): Encoded {
    const known = message.encoded[this.slot];
    if (known !== undefined && known.owner === this) return known;
    return this.#last === undefined ? this.#encode(message) : this.#encodeInOrder(message);
  }

  /** What comes before it in the chain comes first; headers for a newcomer are older, and not in it. */
  #encodeInOrder(message: ChainedMessage): Encoded {
    const isOlder = message.position <= this.#last!.position;
    for (let next = this.#last!.next; !isOlder && next !== undefined; next = next.next) {
      this.#last = next;
      const encoded = this.#encode(next);
      if (next === message) return encoded;
    }
    return this.#encode(message);
  }

  #encode(message: ChainedMessage): Encoded {
    // Headers within the payload take up to a sixteenth more.
    const size = message.payload.length + (message.payload.length >> 4) + 1024;
    if (this.#segment.length + size > this.#segmentSize) {
      this.#segment = new ByteWriter(Math.max(this.#segmentSize, size));
    }
    const segment = this.#segment;
    const start = segment.length;
    this.#encoder.encode(message, segment);
    const encoded = { owner: this, buffer: segment.buffer, start, end: segment.length };
    if (this.#isPrivate) {
      if (this.#newest[this.slot]?.owner === this) this.#newest[this.slot] = undefined;
      this.#newest = message.encoded;
    }
    message.encoded[this.slot] = encoded;
    return encoded;
  }

  /**
   * The messages after `after` as one range of about `wanted` bytes at most. Listeners at the same
   * message get the same run, so that a message to hundreds of them is gathered once.
   */
  run(after: ChainedMessage, wanted: number): EncodedRun | undefined {
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

/** The encoded logs of one publication: one for each key among its listeners' encoders. */
export class EncodedLogs {
  readonly #logs: (EncodedLog | undefined)[] = [];

  /** @param after the message after which its user begins */
  acquire(encoder: MediaEncoder, after: ChainedMessage): EncodedLog {
    const shared = this.#logs.find((log) => log?.key === encoder.key);
    const isAlone = shared?.canFollow(after) === false;
    let log = isAlone ? undefined : shared;
    if (log === undefined) {
      const free = this.#logs.indexOf(undefined);
      const slot = free === -1 ? this.#logs.length : free;
      log = new EncodedLog(encoder, slot, after, isAlone);
      this.#logs[slot] = log;
    }
    log.users++;
    return log;
  }

  release(log: EncodedLog): void {
    if (--log.users === 0) this.#logs[log.slot] = undefined;
  }
}
