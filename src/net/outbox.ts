import { type Clock, errorText, type Timer } from "../base/mod.ts";
import { ByteWriter } from "../bytes/mod.ts";
import type { WriteScheduler } from "./write_scheduler.ts";

/** Bytes that are made when they can be sent, such as a listener's media. */
export interface ByteSource {
  /** The next bytes, about `wanted` at most, or undefined when there are none now. */
  take(wanted: number): Uint8Array | undefined;
  /** True while {@link take} would probably find something. */
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
  /** Resolves with how many bytes, from the first on, were accepted. */
  write(bytes: Uint8Array): Promise<number>;
  /** Closes at once; it may throw when the peer has closed already. */
  close(): void;
}

/** Bytes that are not copied to be written with others. */
const LARGE_PART = 65_536;
/** One write takes about this many bytes from the sources. */
const WRITE_SIZE = 262_144;

/** What the reason begins with when a peer is cut since too much waits for it. */
export const NOT_READING = "the peer does not read";

/** More bytes than this in the private queue: the peer does not read, the connection is cut. */
const QUEUE_LIMIT = 8_000_000;

/**
 * When this many bytes are queued, parts of at most {@link SMALL} bytes are copied together: each may
 * be a view that keeps a page of memory alive, and a slow peer lets thousands of them wait.
 */
const BACKLOG = 4_096;
const SMALL = 1_024;

/** A closing connection is cut when its peer has read nothing for this long (ms). */
const END_TIMEOUT = 5_000;

/**
 * A connection's output: private bytes in order, then what its sources have. One write is under
 * way at a time; what comes meanwhile is joined into the next one.
 */
export class Outbox implements ByteOutput {
  readonly #sink: ByteSink;
  readonly #scheduler: WriteScheduler;
  readonly #clock: Clock;
  readonly #onFailed: (reason: string) => void;
  #queue: Uint8Array[] = [];
  #queued = 0;
  /** Copies of small parts behind {@link #queue}. */
  #small: ByteWriter | undefined;
  #sources: ByteSource[] = [];
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
    return this.#queued;
  }

  /** True while private bytes wait, or a write is under way. */
  get isBusy(): boolean {
    return this.#queued > 0 || this.#isWriting;
  }

  /** Bytes handed to the system so far. */
  get written(): number {
    return this.#written;
  }

  /** Queues bytes, which the caller does not change any more. */
  send(bytes: Uint8Array): void {
    if (this.#isClosed || this.#isEnding || bytes.length === 0) return;
    if (this.#queued >= BACKLOG && bytes.length <= SMALL) {
      (this.#small ??= new ByteWriter(2 * BACKLOG)).bytes(bytes);
    } else {
      this.#endSmall();
      this.#queue.push(bytes);
    }
    this.#queued += bytes.length;
    if (this.#queued > QUEUE_LIMIT) {
      this.#fail(`${NOT_READING}: ${this.#queued} bytes queued`);
    } else {
      this.#soon();
    }
  }

  #endSmall(): void {
    if (this.#small !== undefined) this.#queue.push(this.#small.take());
    this.#small = undefined;
  }

  attach(source: ByteSource): void {
    this.#sources.push(source);
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
    this.#sources = [];
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
    this.#queue = [];
    this.#small = undefined;
    this.#sources = [];
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
    this.#isWriting = true;
    this.#sink.write(bytes).then(this.#onWritten, this.#onWriteFailed);
  }

  readonly #onWritten = (count: number): void => {
    this.#isWriting = false;
    this.#written += count;
    const bytes = this.#rest;
    if (bytes === undefined) return;
    if (count < bytes.length) {
      this.#rest = bytes.subarray(count);
      if (this.#isEnding) this.#awaitEnd();
      this.#write();
      return;
    }
    this.#rest = undefined;
    if (this.#isDirty || this.#isFull || this.#queue.length > 0 || this.#isEnding) {
      this.#isDirty = false;
      this.#write();
    }
  };

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
    const sources = this.#sources;
    this.#endSmall();
    if (this.#queue.length === 0 && sources.length === 1) {
      const source = sources[0]!;
      const bytes = source.take(WRITE_SIZE);
      this.#isFull = source.more;
      return bytes;
    }
    const parts = this.#queue;
    let total = this.#queued;
    this.#queue = [];
    this.#queued = 0;
    this.#isFull = false;
    for (const source of sources) {
      const bytes = source.take(WRITE_SIZE / sources.length);
      if (bytes === undefined) continue;
      parts.push(bytes);
      total += bytes.length;
      this.#isFull ||= source.more;
    }
    return parts.length > 1 ? this.#joined(parts, total) : parts[0];
  }

  /** What goes in one write: parts side by side, but a large one alone, which costs less than a copy. */
  #joined(parts: Uint8Array[], total: number): Uint8Array {
    const large = parts.findIndex(({ length }) => length >= LARGE_PART);
    if (large === -1) return join(parts, total);
    const now = parts.splice(0, Math.max(1, large));
    this.#queue = parts;
    this.#queued = parts.reduce((sum, { length }) => sum + length, 0);
    return now.length > 1 ? join(now, total - this.#queued) : now[0]!;
  }
}

function join(parts: Uint8Array[], total: number): Uint8Array {
  const joined = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
