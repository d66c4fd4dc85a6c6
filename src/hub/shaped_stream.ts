import type { Listener } from "./listener.ts";
import type { MediaMessage } from "./media_message.ts";
import type { Shape, Tape, Tapes } from "./tape.ts";

/**
 * A listener's media as bytes of one shape: consecutive messages that lie side by side on the tape
 * come out as one range, shared with all listeners of that shape.
 */
export class ShapedStream {
  readonly #listener: Listener;
  readonly #tapes: Tapes;
  readonly #tape: Tape;
  #closed = false;

  constructor(listener: Listener, tapes: Tapes, shape: Shape) {
    this.#listener = listener;
    this.#tapes = tapes;
    this.#tape = tapes.acquire(shape);
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

  /** Gives the tape back; {@link take} finds nothing any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#tapes.release(this.#tape);
  }

  #takeRun(cursor: MediaMessage, wanted: number): Uint8Array | undefined {
    const run = this.#tape.run(cursor, wanted);
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
      const encoded = this.#tape.encoded(message);
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
