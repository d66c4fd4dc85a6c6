import { type Clock, errorStack, errorText, type Timer, type TokenBuckets } from "../base/mod.ts";
import type { Hub, Publication, RecordedFile, Tap } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import { isSequenceStart, type MediaMessage } from "../media/mod.ts";
import type { QueuedBytes } from "./file_queue.ts";
import type { FileHead, FileMuxer } from "./file_muxer.ts";
import { FlvMuxer } from "./flv_muxer.ts";
import { Mp4FileMuxer } from "./mp4_muxer.ts";
import { KeyTable } from "./key_table.ts";
import type { Format } from "./names.ts";
import { RETRY_INTERVAL } from "./params.ts";
import type { DiskSpace } from "./disk_space.ts";
import { RunningFile } from "./running_file.ts";
import type { Storage } from "./storage.ts";
import { StreamHeaders } from "./stream_headers.ts";

/** What is to be recorded, and where to. */
export interface RecordingTarget {
  /** Path of the application: "" for the root, else "/a/b". */
  readonly application: string;
  /** The application's folder of recordings, absolute. */
  readonly folder: string;
  readonly format: Format;
  /** The name of a file that begins at this time (milliseconds since the Unix epoch). */
  readonly nameAt: (start: number) => string;
  /** A file of that name is replaced by the first one; those behind get numbers. */
  readonly isReplacing?: boolean | undefined;
  /** Tells what the first file goes on with, if it does: media wait meanwhile. */
  readonly goesOn?: (() => Promise<GoesOn | undefined>) | undefined;
  /** Milliseconds after which a new file begins; 0 for never. */
  readonly maxTime: number;
  /** Bytes after which a new file begins; 0 for never. */
  readonly maxSize: number;
}

/** A file that is there, and that a recording goes on with. */
export interface GoesOn {
  /** Bytes up to the end of its last whole frame. */
  readonly size: number;
  /** Milliseconds. */
  readonly time: number;
  readonly start: number;
  readonly hasOwnHead: boolean;
  readonly flags: number;
  /** Of the key frames, where its head has them. */
  readonly keys?: KeyTable | undefined;
}

/** What all recordings share. */
export interface RecordingContext {
  readonly hub: Hub;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
  readonly diskSpace: DiskSpace;
  readonly queued: QueuedBytes;
  /** How many files each stream may begin, beside those that are split. */
  readonly beginnings: TokenBuckets;
  /** A file is whole. */
  readonly onFile: (recording: Recording, file: RecordedFile) => void;
  /** Nothing comes any more, and all is on the disk. */
  readonly onEnded: (recording: Recording) => void;
}

/** One publication on its way to files, one after the other. */
export class Recording {
  readonly publication: Publication;
  readonly target: RecordingTarget;
  readonly #context: RecordingContext;
  readonly #log: Log;
  readonly #tap: Tap;
  #file: RunningFile | undefined;
  readonly #headers = new StreamHeaders();
  /** Kinds whose codec header the file has. */
  readonly #begun = new Set<string>();
  /** Kinds whose codec header has changed: they go on in the next file. */
  readonly #changed = new Set<string>();
  #hasBegun = false;
  #goesOn: GoesOn | undefined;
  /** It is not known yet what the first file goes on with. */
  #isWaiting = false;
  /** A failure was told, and nothing was written since. */
  #isBroken = false;
  /** The disk failed: nothing is tried before this fires. */
  #retry: Timer | undefined;
  #isOver = false;
  #isTold = false;
  /** Files that are not all on the disk yet. */
  readonly #ending = new Set<Promise<void>>();

  constructor(publication: Publication, target: RecordingTarget, context: RecordingContext) {
    this.publication = publication;
    this.target = target;
    this.#context = context;
    this.#log = context.log.child(publication.name);
    this.#tap = context.hub.tap({
      name: publication.name,
      onReady: () => this.#drain(),
      onOverrun: () => this.#drain(),
      isPassive: true,
    });
    if (target.goesOn === undefined) this.#drain();
    else void this.#lookBack(target.goesOn);
  }

  /** The file that is written now, as it is; undefined for none. */
  get current(): RecordedFile | undefined {
    return this.#file?.recorded;
  }

  /** It ends, or has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Ends it. Resolves when all is on the disk. */
  async stop(reason = "stopped"): Promise<void> {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#tap.close();
      this.#retry?.cancel();
      this.#endFile(reason);
    }
    while (this.#ending.size > 0) await Promise.all(this.#ending);
    if (this.#isTold) return;
    this.#isTold = true;
    this.#context.onEnded(this);
  }

  async #lookBack(goesOn: () => Promise<GoesOn | undefined>): Promise<void> {
    this.#isWaiting = true;
    try {
      this.#goesOn = await goesOn();
    } catch (error) {
      this.#log.error(`cannot append to the existing file: ${errorText(error)}`);
    }
    this.#isWaiting = false;
    this.#drain();
  }

  #drain(): void {
    if (this.#isWaiting) return;
    for (let next = this.#tap.next(); next !== undefined; next = this.#tap.next()) {
      this.#tryTake(next);
    }
  }

  /** What goes wrong here is not to be the publisher's problem. */
  #tryTake(message: MediaMessage): void {
    try {
      this.#take(message);
    } catch (error) {
      this.#log.error(`the recording failed: ${errorStack(error)}`);
      void this.stop("failed");
    }
  }

  #take(message: MediaMessage): void {
    if (this.#isOver) return;
    switch (message.kind) {
      case "published":
        return this.#headers.clear();
      case "unpublished":
        return void this.stop("unpublished");
      case "data":
        if (message.role === "config") this.#headers.metadata = message;
        return this.#file?.push(message, false, this.#context.clock.now());
      case "audio":
      case "video":
        if (message.role === "config") this.#takeHeader(message);
        else this.#takeFrame(message, message.kind);
    }
  }

  /** A header that differs from the file's belongs to the next one. */
  #takeHeader(message: MediaMessage): void {
    const kind = message.kind as "audio" | "video";
    const isNew = this.#headers.keep(message);
    if (this.#file === undefined || !isNew) return;
    const isStart = isSequenceStart(message.payload, kind);
    if (isStart && this.#begun.has(kind) && this.target.format === "flv") {
      this.#changed.add(kind);
      return;
    }
    if (isStart) this.#begun.add(kind);
    this.#file.push(message, false, this.#context.clock.now());
  }

  #takeFrame(message: MediaMessage, kind: "audio" | "video"): void {
    const now = this.#context.clock.now();
    const { kinds } = this.publication;
    const isStart = message.role === "key" || (kind === "audio" && !kinds.video);
    let isSplit = false;
    if (this.#file !== undefined && this.#isFull(isStart)) {
      const { hasSpace } = this.#context.diskSpace;
      isSplit = this.#changed.size === 0 && hasSpace;
      this.#endFile(isSplit ? "split" : hasSpace ? "codec" : "full");
    }
    if (this.#file === undefined && (!isStart || !this.#begin(isSplit))) return;
    if (this.#changed.has(kind)) return;
    this.#file?.push(message, isStart, now);
    if (this.#file?.isOver) this.#goOn(this.#file);
  }

  /** The muxer has begun another file. */
  #goOn({ muxer, clock }: RunningFile): void {
    this.#endFile("codec");
    muxer.goOn?.();
    this.#begin(false, { muxer, clock });
  }

  /** The file ends here, before a frame at which another one may begin. */
  #isFull(isStart: boolean): boolean {
    if (!this.#context.diskSpace.hasSpace) return true;
    if (!isStart) return false;
    const { maxTime, maxSize } = this.target;
    return this.#changed.size > 0 || (maxTime > 0 && (this.#file?.duration ?? 0) >= maxTime) ||
      (maxSize > 0 && (this.#file?.size ?? 0) >= maxSize);
  }

  /** Begins a file; false when that cannot be now. */
  #begin(isSplit: boolean, before?: Pick<RunningFile, "muxer" | "clock">): boolean {
    const { diskSpace, clock, storage, queued, beginnings } = this.#context;
    if (this.#retry !== undefined || !diskSpace.hasSpace) return false;
    if (!isSplit && !beginnings.take(this.publication.name, clock.now())) return false;
    const { application, folder, format, nameAt, isReplacing = false } = this.target;
    const isFirst = !this.#hasBegun;
    const ofBefore = isFirst ? this.#goesOn : undefined;
    this.#hasBegun = true;
    const start = clock.epoch();
    const { publication } = this;
    const { configs, metadata } = this.#headers;
    this.#changed.clear();
    this.#begun.clear();
    for (const { kind } of configs) this.#begun.add(kind);
    this.#file = new RunningFile({
      storage,
      folder,
      name: nameAt(start),
      isReplacing: isReplacing && isFirst,
      goesOn: ofBefore,
      index: {
        application,
        stream: publication.localName,
        format,
        start: ofBefore?.start ?? start,
        gaps: [],
      },
      clock: before?.clock,
      muxer: before?.muxer ??
        newMuxer(format, { configs, metadata, kinds: publication.kinds }, ofBefore),
      queued,
      onFailed: (reason) => this.#fail(reason),
    });
    return true;
  }

  #endFile(reason: string): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    const ending: Promise<void> = file.end(reason).then((recorded) => {
      this.#ending.delete(ending);
      if (reason !== "failed") this.#isBroken = false;
      if (recorded !== undefined) this.#context.onFile(this, recorded);
    });
    this.#ending.add(ending);
  }

  /** The stream goes on, and so does the recording when the disk takes it again. */
  #fail(reason: string): void {
    const seconds = RETRY_INTERVAL / 1000;
    const next = this.#isOver ? "" : `; tried again every ${seconds} s`;
    if (!this.#isBroken) this.#log.error(`the recording stops: ${reason}${next}`);
    this.#isBroken = true;
    this.#endFile("failed");
    if (this.#isOver) return;
    this.#retry?.cancel();
    this.#retry = this.#context.clock.after(RETRY_INTERVAL, () => this.#retry = undefined);
  }
}

function newMuxer(format: Format, head: FileHead, goesOn: GoesOn | undefined): FileMuxer {
  if (format === "flv") {
    if (goesOn !== undefined) return new FlvMuxer(head, { ...goesOn, isGoingOn: true });
    return new FlvMuxer(head, { keys: head.kinds.video ? new KeyTable() : undefined });
  }
  return new Mp4FileMuxer(head);
}
