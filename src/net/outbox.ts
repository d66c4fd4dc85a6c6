import { type Clock, errorText, type Timer } from "../base/mod.ts";
import { ByteQueue } from "./byte_queue.ts";
import type { WriteScheduler } from "./write_scheduler.ts";

/** Bytes that are made when they can be sent, such as a listener's media. */
export interface ByteSource {
  /** The next bytes, about `wanted` at most, or undefined when there are none now. */
  takeBytes(wanted: number): Uint8Array | undefined;
  /** True while {@link takeBytes} would probably find something. */
  readonly more: boolean;
}

/** Where a protocol's bytes go: the queue of a connection, or of whatever carries it. */
export interface ByteOutput {
  /** Queues bytes, which the caller does not change any more. */
  send(bytes: Uint8Array): void;
  /** Takes bytes from `source` too, when those of {@link send} are written. */
  attach(source: ByteSource): void;
  detach(source: ByteSource): void;
  /**
   * A source has something to take.
   * @param soon at the turn's end, as {@link send}; else with the next round of all listeners
   */
  readonly wake: (soon?: boolean) => void;
  /** Writes what is queued, then closes. */
  end(): void;
  /** Closes at once. */
  abort(): void;
}

/** Where an {@link Outbox} writes to. */
export interface ByteSink {
  /** How many bytes, from the first on, were accepted: at once, or when they can be. */
  write(bytes: Uint8Array): number | Promise<number>;
  /** Closes at once; it may throw when the peer has closed already. */
  close(): void;
}

/** One write takes about this many bytes from the sources. */
const WRITE_SIZE = 262_144;

/** What the reason begins with when a peer is cut since too much waits for it. */
export const NOT_READING = "the peer does not read";

/** More bytes than this in the private queue: the peer does not read, the connection is cut. */
const QUEUE_LIMIT = 8_000_000;

/** A closing connection is cut when its peer has read nothing for this long (ms). */
const END_TIMEOUT = 5_000;

const NO_SOURCES: readonly ByteSource[] = [];

/**
 * A connection's output: private bytes in order, then what its sources have. One write is under
 * way at a time; what comes meanwhile is joined into the next one.
 */
export class Outbox implements ByteOutput {
  readonly #sink: ByteSink;
  readonly #scheduler: WriteScheduler;
  readonly #clock: Clock;
  readonly #onFailed: (reason: string) => void;
  readonly #queue = new ByteQueue();
  #sources = NO_SOURCES;
  #isSoon = false;
  #isMerged = false;
  #isWriting = false;
  /** Output came while a write was under way. */
  #isDirty = false;
  #isEnding = false;
  #isClosed = false;
  #endTimer: Timer | undefined;
  #rest: Uint8Array | undefined;
  /** The last write took as much as one may: there is probably more. */
  #isFull = false;
  #written = 0;

  /** @param onFailed told once when the peer does not read or a write fails */
  constructor(
    sink: ByteSink,
    scheduler: WriteScheduler,
    clock: Clock,
    onFailed: (reason: string) => void,
  ) {
    this.#sink = sink;
    this.#scheduler = scheduler;
    this.#clock = clock;
    this.#onFailed = onFailed;
  }

  /** Private bytes that are not yet handed to the system. */
  get queued(): number {
    return this.#queue.size;
  }

  /** True while private bytes wait, or a write is under way. */
  get isBusy(): boolean {
    return this.#queue.size > 0 || this.#isWriting;
  }

  /** Bytes handed to the system so far. */
  get written(): number {
    return this.#written;
  }

  /** Queues bytes, which the caller does not change any more. */
  send(bytes: Uint8Array): void {
    if (this.#isClosed || this.#isEnding || bytes.length === 0) return;
    this.#queue.enqueue(bytes);
    if (this.#queue.size > QUEUE_LIMIT) {
      this.#fail(`${NOT_READING}: ${this.#queue.size} bytes queued`);
    } else {
      this.#soon();
    }
  }

  attach(source: ByteSource): void {
    this.#sources = [...this.#sources, source];
  }

  detach(source: ByteSource): void {
    this.#sources = this.#sources.filter((other) => other !== source);
  }

  readonly wake = (soon = false): void => {
    if (this.#isClosed || this.#isEnding) return;
    if (soon) return this.#soon();
    if (this.#isMerged) return;
    this.#isMerged = true;
    this.#scheduler.merged(this.#writeMerged);
  };

  /** Writes what is queued, then closes; a peer that does not read is cut after a while. */
  end(): void {
    if (this.#isClosed || this.#isEnding) return;
    this.#isEnding = true;
    this.#sources = NO_SOURCES;
    this.#awaitEnd();
    this.#soon();
  }

  #awaitEnd(): void {
    this.#endTimer?.cancel();
    this.#endTimer = this.#clock.after(END_TIMEOUT, () => this.abort());
  }

  /** Closes at once; what is queued is lost. */
  abort(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#endTimer?.cancel();
    this.#queue.clear();
    this.#sources = NO_SOURCES;
    this.#rest = undefined;
    try {
      this.#sink.close();
    } catch {
      // Already closed by the peer's reset.
    }
  }

  #soon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    this.#scheduler.soon(this.#writeSoon);
  }

  readonly #writeSoon = (): void => {
    this.#isSoon = false;
    this.#writeOrWait();
  };

  readonly #writeMerged = (): void => {
    this.#isMerged = false;
    this.#writeOrWait();
  };

  #writeOrWait(): void {
    if (this.#isWriting) this.#isDirty = true;
    else this.#write();
  }

  #write(): void {
    if (this.#isClosed) return;
    let bytes: Uint8Array | undefined;
    try {
      bytes = this.#rest ?? this.#gather();
    } catch (error) {
      // A source's fault ends this connection, not the round in which others write too.
      return this.#fail(errorText(error));
    }
    if (bytes === undefined) {
      if (this.#isEnding) this.abort();
      return;
    }
    this.#rest = bytes;
    const count = this.#sink.write(bytes);
    if (typeof count !== "number") {
      this.#isWriting = true;
      count.then(this.#onWritten, this.#onWriteFailed);
    } else if (this.#advance(count)) {
      // The others have their turn before there is more of this one.
      this.#soon();
    }
  }

  readonly #onWritten = (count: number): void => {
    this.#isWriting = false;
    if (this.#advance(count)) this.#write();
  };

  /** Notes what was written; true when there is probably more. */
  #advance(count: number): boolean {
    this.#written += count;
    const bytes = this.#rest;
    if (bytes === undefined) return false;
    if (count < bytes.length) {
      this.#rest = bytes.subarray(count);
      if (this.#isEnding) this.#awaitEnd();
      return true;
    }
    this.#rest = undefined;
    const isMore = this.#isDirty || this.#isFull || this.#queue.size > 0 || this.#isEnding;
    this.#isDirty = false;
    return isMore;
  }

  readonly #onWriteFailed = (error: unknown): void => {
    this.#isWriting = false;
    if (!this.#isClosed) this.#fail(errorText(error));
  };

  #fail(reason: string): void {
    this.abort();
    this.#onFailed(reason);
  }

  /** All private bytes and a fair part of each source, as one range; copied only when joined. */
  #gather(): Uint8Array | undefined {
    const [queue, sources] = [this.#queue, this.#sources];
    this.#isFull = false;
    if (queue.size === 0 && sources.length === 1) {
      const source = sources[0]!;
      const bytes = source.takeBytes(WRITE_SIZE);
      this.#isFull = source.more;
      return bytes;
    }
    for (const source of sources) {
      const bytes = source.takeBytes(WRITE_SIZE / sources.length);
      if (bytes === undefined) continue;
      queue.append(bytes);
      this.#isFull ||= source.more;
    }
    return queue.dequeue();
  }
}
