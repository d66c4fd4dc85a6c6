import type { Clock } from "../../base/mod.ts";
import type { Mp4Fragment, Mp4Init, Mp4Track } from "../../media/mod.ts";
import {
  EARLY_SEGMENT,
  FIRST_SEGMENT,
  LONG_GROUP,
  LONGEST_SEGMENT,
  ROUNDED,
  SEGMENT_SLACK,
} from "./params.ts";
import type { InitSection, Part, Segment } from "./segment.ts";
import { type KeptSegments, SegmentList } from "./segment_list.ts";

/** A playlist as it is now. */
export interface Written {
  readonly version: number;
  readonly text: Uint8Array;
  gzip?: Uint8Array;
}

export interface RenditionOptions extends KeptSegments {
  /** Milliseconds after which a segment ends with the next key frame. */
  readonly segment: number;
  readonly part: number;
  /** Milliseconds between key frames; 0 where that is not known. */
  readonly keyInterval: number;
  /** The same, as it is known now. */
  readonly group: () => number;
}

/** One playlist: segments of parts, from the oldest that is kept to the one that grows. */
export class Rendition {
  readonly name: string;
  /** Seconds that no segment is longer than, rounded; it never changes (§4.4.3.1). */
  targetDuration = 0;
  /** Milliseconds of a part at most. */
  partTarget: number;
  tracks: readonly Mp4Track[] = [];
  /** Nothing is added any more. */
  isEnded = false;
  /** Counts what was added. */
  version = 0;
  readonly #options: RenditionOptions;
  readonly #segments: SegmentList;
  #init: InitSection | undefined;
  #inits = 0;
  #isDiscontinuous = false;
  #isRest = false;
  #segmentCount = FIRST_SEGMENT;
  #partCount = 0;
  #bits = 0;
  #milliseconds = 0;
  #peak = 0;
  readonly #written = new Map<boolean, Written>();
  /** Resolves when something was added, or it is time to look whether one still waits. */
  #next = Promise.withResolvers<void>();

  constructor(name: string, options: RenditionOptions) {
    this.name = name;
    this.#options = options;
    this.partTarget = options.part;
    this.#segments = new SegmentList(options, () => this.version++);
  }

  /** Those that its playlist lists, the one that grows included. */
  get listed(): readonly Segment[] {
    return this.#segments.listed;
  }

  /** Discontinuities before the first segment that is listed (§4.4.3.3). */
  get discontinuitiesBefore(): number {
    return this.#segments.discontinuitiesBefore;
  }

  /** The number of the next part. */
  get nextPart(): number {
    return this.#partCount;
  }

  /** Number of the last segment, the growing one included. */
  get lastSegment(): number {
    return this.#segmentCount - 1;
  }

  /** Whether a playlist can be written: a segment is whole, and it is known how long others are. */
  get isReady(): boolean {
    return this.#segments.first?.isComplete === true && this.#knowsTarget();
  }

  /** Bits in a second: of the stream so far, and of its largest segment. */
  get rates(): { readonly average: number; readonly peak: number } {
    const average = this.#milliseconds === 0 ? 0 : this.#bits * 1000 / this.#milliseconds;
    return { average: Math.ceil(average), peak: Math.ceil(Math.max(average, this.#peak)) };
  }

  /** The playlist of what is there, whole or a delta, written once for all. */
  written(isDelta: boolean, write: () => Uint8Array): Written {
    const known = this.#written.get(isDelta);
    if (known?.version === this.version) return known;
    const written = { version: this.version, text: write() };
    this.#written.set(isDelta, written);
    return written;
  }

  segment(number: number): Segment | undefined {
    return this.#segments.segment(number);
  }

  part(number: number): Part | undefined {
    return this.#segments.part(number);
  }

  initSection(id: number): InitSection | undefined {
    return this.#init?.id === id ? this.#init : this.#segments.initSection(id);
  }

  /** Whether `isThere` holds before the patience, in ms, is over, or nothing comes any more. */
  async awaits(clock: Clock, patience: number, isThere: () => boolean): Promise<boolean> {
    const limit = clock.now() + patience;
    while (!isThere()) {
      if (this.isEnded || clock.now() >= limit) return false;
      await this.#next.promise;
    }
    return true;
  }

  /** Those that wait look again. */
  wake(): void {
    const { resolve } = this.#next;
    this.#next = Promise.withResolvers();
    resolve();
  }

  /** What follows is of these tracks. */
  begin({ bytes, tracks }: Mp4Init): void {
    this.#complete();
    if (this.#segments.last !== undefined) this.#isDiscontinuous = true;
    this.version++;
    this.tracks = tracks;
    this.#init = { id: this.#inits++, bytes };
  }

  add({ bytes, isKey, isBeforeKey, time, duration }: Mp4Fragment): void {
    let segment = this.#segments.last;
    if (segment === undefined || segment.isComplete || this.#isFull(segment, duration)) {
      this.#complete();
      segment = this.#open(time);
    }
    this.#segments.grow(segment, { bytes, duration, isIndependent: isKey });
    this.#partCount++;
    this.#bits += bytes.length * 8;
    this.#milliseconds += duration;
    const isEnough = segment.isRest || segment.duration >= this.#options.segment - SEGMENT_SLACK;
    if (isBeforeKey && isEnough) this.#complete();
    this.version++;
  }

  /**
   * All that is there was added. Players want a whole segment to begin with: the first one ends here
   * when the next key frame is far.
   * @param dateOf milliseconds since the Unix epoch of a time of the stream, as far as it is known
   */
  settle(dateOf: (time: number) => number): void {
    this.#segments.date(dateOf);
    const { first: segment } = this.#segments;
    if (segment === undefined || segment.number > FIRST_SEGMENT || segment.isComplete) return;
    const { keyInterval } = this.#options;
    const isFar = keyInterval > 0
      ? keyInterval - segment.duration >= EARLY_SEGMENT
      : segment.duration >= LONG_GROUP;
    if (segment.duration < EARLY_SEGMENT || !isFar) return;
    this.#complete();
    this.#isRest = true;
    this.version++;
  }

  end(): void {
    this.#complete();
    this.isEnded = true;
    this.version++;
    this.wake();
  }

  /** It is not asked for any more. */
  release(): void {
    this.#segments.clear();
  }

  /** Another part would make it longer than the playlist says. */
  #isFull({ duration }: Segment, next: number): boolean {
    const longest = this.targetDuration === 0 ? LONGEST_SEGMENT : this.targetDuration * 1000;
    return duration + next > longest + ROUNDED;
  }

  #open(time: number): Segment {
    const segment: Segment = {
      number: this.#segmentCount++,
      init: this.#init,
      isDiscontinuous: this.#isDiscontinuous,
      time,
      duration: 0,
      parts: [],
      firstPart: this.#partCount,
      size: 0,
      isIndependent: false,
      isComplete: false,
      isRest: this.#isRest,
      date: undefined,
      lines: undefined,
      stored: undefined,
    };
    this.#isDiscontinuous = this.#isRest = false;
    this.#segments.push(segment);
    return segment;
  }

  #complete(): void {
    const segment = this.#segments.last;
    if (segment === undefined || segment.isComplete) return;
    segment.isComplete = true;
    const { duration, size } = segment;
    if (duration > 0) this.#peak = Math.max(this.#peak, size * 8000 / duration);
  }

  /**
   * Decides once: by the key frames that were seen, or at least by how long the first segment is
   * without one.
   */
  #knowsTarget(): boolean {
    if (this.targetDuration > 0) return true;
    const { segment, keyInterval } = this.#options;
    const { listed } = this;
    const longest = listed.reduce((most, { duration }) => Math.max(most, duration), 0);
    const isSound = this.tracks.every(({ kind }) => kind === "audio");
    const isWhole = listed[0]!.isComplete && !this.#isRest && !listed[1]?.isRest;
    let expected = longest;
    if (isSound) expected = segment;
    else if (keyInterval > 0) {
      expected = keyInterval * Math.ceil((segment - SEGMENT_SLACK) / keyInterval);
    } else if (!isWhole && !this.isEnded) {
      if (longest < LONG_GROUP) return false;
      expected = LONGEST_SEGMENT;
    }
    const target = Math.min(LONGEST_SEGMENT, Math.max(segment, longest, expected));
    this.targetDuration = Math.max(1, Math.ceil((target - ROUNDED / 2) / 1000));
    const parts = listed.flatMap(({ parts }) => parts);
    const most = parts.reduce((most, { duration }) => Math.max(most, duration), 0);
    // Parts that are made even are shorter than they may be, and may not be much shorter than is told.
    const isEven = !isSound && this.#options.group() > this.partTarget && longest > most;
    this.partTarget = Math.max(
      most,
      isEven ? Math.min(this.partTarget, most + 1) : this.partTarget,
    );
    return true;
  }
}
