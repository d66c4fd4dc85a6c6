import type { MediaEncoder } from "../media/mod.ts";
import type { ChainedMessage } from "./chained_message.ts";
import type { Listener } from "./listener.ts";
import type { EncodedLog, EncodedLogs } from "./encoded_log.ts";

/**
 * A listener's media as bytes of one encoding: consecutive messages that lie side by side in the
 * encoded log come out as one range, shared with all listeners of that encoding.
 */
export class EncodedStream {
  readonly #listener: Listener;
  readonly #logs: EncodedLogs;
  readonly #log: EncodedLog;
  #closed = false;

  constructor(listener: Listener, logs: EncodedLogs, encoder: MediaEncoder) {
    this.#listener = listener;
    this.#logs = logs;
    this.#log = logs.acquire(encoder);
  }

  /** True while {@link take} would find something. */
  get more(): boolean {
    return !this.#closed && this.#listener.more;
  }

  /**
   * The next bytes to send, about `wanted` at most (never less than one message), or undefined when
   * there are none now. Other listeners get the same bytes: the caller must not change them.
   */
  take(wanted: number): Uint8Array | undefined {
    if (this.#closed) return undefined;
    const cursor = this.#listener.unfiltered;
    return cursor === undefined ? this.#takeFiltered(wanted) : this.#takeRun(cursor, wanted);
  }

  /** Lets go of the log; {@link take} finds nothing any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#logs.release(this.#log);
  }

  #takeRun(cursor: ChainedMessage, wanted: number): Uint8Array | undefined {
    const run = this.#log.run(cursor, wanted);
    if (run === undefined) {
      this.#listener.peek();
      return undefined;
    }
    this.#listener.takeRun(run);
    return run.bytes.length > 0 ? run.bytes : this.take(wanted);
  }

  #takeFiltered(wanted: number): Uint8Array | undefined {
    let buffer: Uint8Array | undefined;
    let start = 0;
    let end = 0;
    for (;;) {
      const message = this.#listener.peek();
      if (message === undefined) break;
      const encoded = this.#log.encoded(message);
      if (encoded.end === encoded.start) {
        this.#listener.take();
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
      this.#listener.take();
      end = encoded.end;
    }
    return buffer?.subarray(start, end);
  }
}
