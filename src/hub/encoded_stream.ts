import { NOTHING } from "../bytes/mod.ts";
import type { MediaEncoder } from "../media/mod.ts";
import type { ChainedMessage } from "./chained_message.ts";
import type { MediaCursor } from "./media_cursor.ts";
import type { EncodedLog, EncodedLogs } from "./encoded_log.ts";

/** Bytes of media and what they begin with. */
export interface MediaPart {
  /** A notice is a part of its own, with the bytes that its encoder has for it, often none. */
  readonly kind: "media" | "published" | "unpublished";
  /** The bytes begin with a frame that decodes alone. */
  readonly isKey: boolean;
  /** Of the first message, in milliseconds of 32 bits. */
  readonly time: number;
  readonly bytes: Uint8Array;
}

/**
 * A listener's media as bytes of one encoding: consecutive messages that lie side by side in the
 * encoded log come out as one range, shared with all listeners of that encoding.
 */
export class EncodedStream {
  readonly #cursor: MediaCursor;
  readonly #logs: EncodedLogs;
  readonly #log: EncodedLog;
  #isClosed = false;

  constructor(cursor: MediaCursor, logs: EncodedLogs, encoder: MediaEncoder) {
    this.#cursor = cursor;
    this.#logs = logs;
    this.#log = logs.acquire(encoder, cursor.last);
  }

  /** True while {@link takeBytes} would find something. */
  get more(): boolean {
    return !this.#isClosed && this.#cursor.more;
  }

  /**
   * The next bytes to send, about `wanted` at most (never less than one message), or undefined when
   * there are none now. Other listeners get the same bytes: the caller must not change them.
   */
  takeBytes(wanted: number): Uint8Array | undefined {
    if (this.#isClosed) return undefined;
    const after = this.#cursor.unfiltered;
    return after === undefined ? this.#takeFiltered(wanted) : this.#takeRun(after, wanted);
  }

  /** Lets go of the log; {@link takeBytes} finds nothing any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#logs.release(this.#log);
  }

  #takeRun(after: ChainedMessage, wanted: number): Uint8Array | undefined {
    const run = this.#log.run(after, wanted);
    if (run === undefined) {
      this.#cursor.peek();
      return undefined;
    }
    this.#cursor.takeRun(run);
    return run.bytes.length > 0 ? run.bytes : this.takeBytes(wanted);
  }

  /**
   * The same as {@link takeBytes}, with what begins there: a part never goes past the start of a key
   * frame.
   */
  takePart(wanted: number): MediaPart | undefined {
    if (this.#isClosed) return undefined;
    for (;;) {
      const first = this.#cursor.peek();
      if (first === undefined) return undefined;
      const { kind, role, time } = first;
      const { buffer, start, end } = this.#log.encoded(first);
      if (kind === "published" || kind === "unpublished") {
        this.#cursor.takeMessage();
        return { kind, isKey: false, time, bytes: buffer.subarray(start, end) };
      }
      if (end === start) {
        this.#cursor.takeMessage();
        continue;
      }
      const bytes = this.#takeFiltered(wanted, first) ?? NOTHING;
      return { kind: "media", isKey: role === "key", time, bytes };
    }
  }

  /** @param first when given, what is taken ends before another key frame or notice */
  #takeFiltered(wanted: number, first?: ChainedMessage): Uint8Array | undefined {
    let buffer: Uint8Array | undefined;
    let start = 0;
    let end = 0;
    for (;;) {
      const message = this.#cursor.peek();
      if (message === undefined) break;
      if (first !== undefined && message !== first && beginsPart(message)) break;
      const encoded = this.#log.encoded(message);
      if (encoded.end === encoded.start) {
        this.#cursor.takeMessage();
        continue;
      }
      if (buffer === undefined) {
        buffer = encoded.buffer;
        start = encoded.start;
      } else if (
        encoded.buffer !== buffer || encoded.start !== end || encoded.end - start > wanted
      ) {
        break;
      }
      this.#cursor.takeMessage();
      end = encoded.end;
    }
    return buffer?.subarray(start, end);
  }
}

function beginsPart({ kind, role }: ChainedMessage): boolean {
  return role === "key" || kind === "published" || kind === "unpublished";
}
