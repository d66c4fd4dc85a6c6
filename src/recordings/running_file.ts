import type { RecordedFile, RecordingGap } from "../hub/mod.ts";
import type { MediaMessage } from "../media/mod.ts";
import type { FileMuxer } from "./file_muxer.ts";
import { FileQueue, type QueuedBytes } from "./file_queue.ts";
import {
  CHECK_INTERVAL,
  MAX_NAMESAKES,
  QUEUE_LIMIT,
  TOTAL_QUEUE_LIMIT,
  WRITE_INTERVAL,
  WRITE_SIZE,
} from "./params.ts";
import { RecordingClock } from "./recording_clock.ts";
import {
  INDEX_ENDING,
  indexText,
  recordedFile,
  type RecordingIndex,
  withGap,
} from "./recording_index.ts";
import type { Storage, WritableFile } from "./storage.ts";

/** Where a file of a recording goes, and how. */
export interface RunningFileOptions {
  readonly storage: Storage;
  /** The application's folder of recordings, absolute. */
  readonly folder: string;
  /** Below that folder; a number is put in when there is one of that name. */
  readonly name: string;
  /** A file of that name is replaced. */
  readonly isReplacing: boolean;
  /** The file that is there goes on; absent for a new one. */
  readonly goesOn?: { readonly size: number; readonly time: number } | undefined;
  readonly index: RecordingIndex;
  readonly muxer: FileMuxer;
  /** Goes on from the file before, with its muxer; absent for one that begins. */
  readonly clock?: RecordingClock | undefined;
  readonly queued: QueuedBytes;
  /** The disk does not take it: told once, and nothing is written any more. */
  readonly onFailed: (reason: string) => void;
}

/** A file that is being recorded. */
export class RunningFile {
  readonly start: number;
  readonly #options: RunningFileOptions;
  readonly clock: RecordingClock;
  /** Time of the clock at which this file began. */
  readonly #zero: number;
  readonly #queue: FileQueue;
  #file: WritableFile | undefined;
  #path: string;
  #name: string;
  #index: RecordingIndex;
  /** Bytes handed to the queue so far, those of a file that goes on included. */
  #size: number;
  /** Time of the recording at which something was written last. */
  #writtenAt: number;
  /** The same at which the file was looked for last. */
  #checkedAt: number;
  /** Time from which on frames are left out, since the disk does not keep up. */
  #gapFrom: number | undefined;

  constructor(options: RunningFileOptions) {
    const { index, folder, name, goesOn, queued, onFailed } = options;
    this.#options = options;
    this.start = index.start;
    this.#index = index;
    this.#name = name;
    this.#path = `${folder}/${name}`;
    this.#size = goesOn?.size ?? 0;
    this.#writtenAt = options.clock?.time ?? goesOn?.time ?? 0;
    this.clock = options.clock ?? new RecordingClock(goesOn?.time);
    this.#zero = options.clock?.time ?? 0;
    this.#checkedAt = this.#writtenAt;
    this.#queue = new FileQueue(queued, onFailed);
    this.#queue.add(() => this.#open());
  }

  /** Absolute; its number is put in once it is opened. */
  get path(): string {
    return this.#path;
  }

  /** Milliseconds so far. */
  get duration(): number {
    return this.clock.time - this.#zero;
  }

  /** The stream goes on with other tracks than the file has. */
  get isOver(): boolean {
    return this.#options.muxer.isOver ?? false;
  }

  get muxer(): FileMuxer {
    return this.#options.muxer;
  }

  /** What it is as yet. */
  get recorded(): RecordedFile {
    const { duration, size } = this;
    return recordedFile(this.#index, { name: this.#name, path: this.#path, duration, size });
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size + this.#options.muxer.waiting;
  }

  /** True while frames are left out. */
  get hasGap(): boolean {
    return this.#gapFrom !== undefined;
  }

  /**
   * Takes a message; a frame at which decoding may begin ends a gap when the disk has caught up.
   * @param now of the server's clock
   */
  push(message: MediaMessage, isStart: boolean, now: number): void {
    const { muxer, queued } = this.#options;
    const isFrame = message.role !== "config" && message.kind !== "data";
    const time = isFrame ? this.clock.advance(message.time, now) : this.clock.time;
    const isBehind = this.#queue.bytes + muxer.waiting;
    const isFull = isBehind > QUEUE_LIMIT || queued.total > TOTAL_QUEUE_LIMIT;
    if (isFrame && this.#gapFrom !== undefined) {
      const hasRoom = isBehind < QUEUE_LIMIT / 2 && queued.total < TOTAL_QUEUE_LIMIT / 2;
      if (!isStart || !hasRoom) return;
      this.#endGap(time);
    } else if (isFrame && isFull) {
      this.#gapFrom = time;
      muxer.flush();
      return this.#write();
    }
    // Metadata and codec headers within a gap are few, and needed behind it.
    muxer.push(message, time);
    const isDue = muxer.isWhole || time - this.#writtenAt >= WRITE_INTERVAL;
    if ((!isDue || this.#queue.isBusy) && muxer.waiting < WRITE_SIZE) return;
    this.#writtenAt = time;
    this.#write();
    if (time - this.#checkedAt < CHECK_INTERVAL) return;
    this.#checkedAt = time;
    // Writing goes on to a file that was deleted, to no end.
    this.#queue.add(async () => {
      if (await this.#options.storage.find(this.#path) === undefined) {
        throw new Error(`${this.#path} is gone`);
      }
    });
  }

  /**
   * Writes the rest. Resolves when all is on the disk, with what there is; undefined when nothing is.
   * @param reason for the index
   */
  async end(reason: string): Promise<RecordedFile | undefined> {
    const { muxer, storage } = this.#options;
    if (this.#gapFrom !== undefined) this.#endGap(this.clock.time);
    muxer.finish();
    this.#write();
    const duration = muxer.duration ?? this.duration;
    const size = this.#size;
    for (const { position, bytes } of muxer.patches(duration, size)) {
      this.#queue.add(async () => await this.#file?.patch(position, bytes));
    }
    this.#index = { ...this.#index, duration, size, end: reason };
    this.#queue.add(() => storage.writeText(this.#path + INDEX_ENDING, indexText(this.#index)));
    await this.#queue.finish(() => this.#file?.close());
    if (this.#file === undefined) return undefined;
    return recordedFile(this.#index, { name: this.#name, path: this.#path, duration, size });
  }

  #endGap(time: number): void {
    const from = this.#gapFrom ?? time;
    const gap: RecordingGap = { at: from - this.#zero, length: time - from };
    this.#gapFrom = undefined;
    if (gap.length <= 0) return;
    this.#index = { ...this.#index, gaps: withGap(this.#index.gaps, gap) };
    this.#writeIndex();
  }

  #write(): void {
    const { muxer } = this.#options;
    for (let bytes = muxer.take(); bytes !== undefined; bytes = muxer.take()) {
      const whole = bytes;
      this.#size += whole.length;
      this.#queue.add(async () => await this.#file?.write(whole), whole.length);
    }
  }

  #writeIndex(): void {
    const text = indexText(this.#index);
    this.#queue.add(() => this.#options.storage.writeText(this.#path + INDEX_ENDING, text));
  }

  async #open(): Promise<void> {
    const { storage, folder, name, goesOn, isReplacing } = this.#options;
    if (goesOn !== undefined) this.#file = await storage.resume(this.#path, goesOn.size);
    else if (isReplacing && await storage.find(this.#path) !== undefined) {
      this.#file = await storage.resume(this.#path, 0);
    } else {
      const dot = name.lastIndexOf(".");
      for (let count = 1; this.#file === undefined; count++) {
        if (count > MAX_NAMESAKES) throw new Error(`${this.#path}: too many files of that name`);
        this.#name = count === 1 ? name : `${name.slice(0, dot)}_${count}${name.slice(dot)}`;
        this.#path = `${folder}/${this.#name}`;
        this.#file = await storage.create(this.#path);
      }
    }
    await storage.writeText(this.#path + INDEX_ENDING, indexText(this.#index));
  }
}
