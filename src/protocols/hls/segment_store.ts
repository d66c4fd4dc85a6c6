import { type Clock, errorText } from "../../base/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { ReadableFile, Storage } from "../../recordings/mod.ts";
import { MAX_UNWRITTEN, STORE_PATIENCE, STORE_RETRY } from "./params.ts";
import { randomToken } from "./token.ts";

export interface SegmentStoreOptions {
  readonly storage: Storage;
  /** Absolute; its own. */
  readonly folder: string;
  /** Bytes of all segments at most; then the oldest of any stream leaves. */
  readonly maxSize: number;
  /** Bytes that are left to others. */
  readonly minFree: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** A segment that is on its way to the disk, or there. */
export interface StoredSegment {
  readonly size: number;
  /** Its bytes as long as they are not written. */
  readonly bytes: readonly Uint8Array[] | undefined;
  /** Rejects when it cannot be read. */
  open(): Promise<ReadableFile>;
  /** It is not wanted any more. */
  drop(): void;
}

interface Entry extends StoredSegment {
  readonly path: string;
  readonly onLost: () => void;
  bytes: readonly Uint8Array[] | undefined;
  isGone: boolean;
}

/** Ending of its files, by which those of a server that was killed are known. */
const ENDING = ".segment";

/**
 * Segments on the disk, each in a file. A disk that is full, slow or broken takes none: the playlist
 * is shorter then, and nothing waits.
 */
export class SegmentStore {
  readonly #options: SegmentStoreOptions;
  readonly #run = randomToken();
  /** What is done on the disk, one after the other. */
  #last: Promise<void>;
  /** Oldest first. */
  readonly #entries = new Set<Entry>();
  #size = 0;
  #unwritten = 0;
  #count = 0;
  /** When it is tried again after a failure; undefined while there is none. */
  #retryAt: number | undefined;

  /** Removes what a server that was killed has left. */
  constructor(options: SegmentStoreOptions) {
    this.#options = options;
    this.#last = this.#removeOld();
  }

  /** Bytes on the disk, or on their way there. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes a segment.
   * @param bytes which do not change
   * @param onLost told when it is gone though it was not dropped
   * @returns undefined when the disk takes none now
   */
  put(bytes: readonly Uint8Array[], onLost: () => void): StoredSegment | undefined {
    const { maxSize, folder, clock } = this.#options;
    const size = bytes.reduce((sum, { length }) => sum + length, 0);
    if (size > maxSize || clock.now() < (this.#retryAt ?? 0)) return undefined;
    if (this.#unwritten + size > MAX_UNWRITTEN) {
      this.#fail("is too slow");
      return undefined;
    }
    while (this.#size + size > maxSize) this.#loseOldest();
    const path = `${folder}/${this.#run}-${this.#count++}${ENDING}`;
    const entry: Entry = {
      size,
      path,
      bytes,
      onLost,
      isGone: false,
      open: () => this.#open(entry),
      drop: () => this.#forget(entry),
    };
    this.#entries.add(entry);
    this.#size += size;
    this.#unwritten += size;
    this.#then(() => this.#write(entry));
    return entry;
  }

  /** Removes everything; resolves when that is done, or after a while. */
  async close(): Promise<void> {
    for (const entry of [...this.#entries]) this.#forget(entry);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(STORE_PATIENCE, resolve);
    await Promise.race([this.#last, promise]);
    timer.cancel();
  }

  #then(step: () => Promise<void>): void {
    this.#last = this.#last.then(step);
  }

  async #write(entry: Entry): Promise<void> {
    const { storage } = this.#options;
    const { bytes, path, size } = entry;
    try {
      if (entry.isGone || bytes === undefined) return;
      await this.#awaitRoom(entry);
      const file = await storage.create(path);
      if (file === undefined) throw new Error(`${path} is there already`);
      try {
        for (const each of bytes) await file.write(each);
      } finally {
        file.close();
      }
      if (this.#retryAt !== undefined) this.#options.log.note("the disk takes segments again");
      this.#retryAt = undefined;
      entry.bytes = undefined;
      if (entry.isGone) await this.#remove(path);
    } catch (error) {
      await this.#remove(path);
      this.#fail(`takes no segments: ${errorText(error)}`);
    } finally {
      this.#unwritten -= size;
    }
  }

  /** Others leave for it, oldest first. */
  async #awaitRoom({ size }: Entry): Promise<void> {
    const { storage, folder, minFree } = this.#options;
    const free = await storage.free(folder);
    if (free === undefined) return;
    let missing = minFree + size - free;
    for (const other of this.#entries) {
      if (missing <= 0) return;
      if (other.bytes !== undefined) break;
      this.#lose(other);
      await this.#remove(other.path);
      missing -= other.size;
    }
    if (missing <= 0) return;
    const [has, wanted] = [free, minFree].map((bytes) => Math.floor(bytes / 1_000_000));
    throw new Error(`${has} MB are free, hls.minFree is ${wanted} MB`);
  }

  async #open(entry: Entry): Promise<ReadableFile> {
    try {
      return await this.#options.storage.open(entry.path);
    } catch (error) {
      this.#lose(entry);
      throw error;
    }
  }

  /** What waits is lost, and nothing is taken for a while. One line tells of it until it is over. */
  #fail(what: string): void {
    const { log, folder, clock } = this.#options;
    if (this.#retryAt === undefined) {
      log.warn(`${folder} ${what}; players seek back as far as memory goes`);
    }
    this.#retryAt = clock.now() + STORE_RETRY;
    for (const entry of [...this.#entries]) if (entry.bytes !== undefined) this.#lose(entry);
  }

  #loseOldest(): void {
    const [oldest] = this.#entries;
    if (oldest !== undefined) this.#lose(oldest);
  }

  #lose(entry: Entry): void {
    if (entry.isGone) return;
    this.#forget(entry);
    entry.onLost();
  }

  #forget(entry: Entry): void {
    if (entry.isGone) return;
    entry.isGone = true;
    this.#entries.delete(entry);
    this.#size -= entry.size;
    // One that is being written removes itself.
    if (entry.bytes === undefined) this.#then(() => this.#remove(entry.path));
  }

  async #remove(path: string): Promise<void> {
    try {
      await this.#options.storage.remove(path, this.#options.folder);
    } catch {
      // It was never there, or the disk is gone; what is left is removed by the next start.
    }
  }

  async #removeOld(): Promise<void> {
    const { storage, folder, log } = this.#options;
    try {
      for await (const path of storage.list(folder, ENDING)) await this.#remove(path);
    } catch (error) {
      log.warn(`${folder} cannot be looked into: ${errorText(error)}`);
    }
  }
}
