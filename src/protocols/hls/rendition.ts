import type { Clock } from "../../base/mod.ts";
import type { Mp4Fragment, Mp4Init, Mp4Track } from "../../media/mod.ts";
import {
  EARLY_SEGMENT,
  KEPT_SEGMENTS,
  LONG_GROUP,
  LONGEST_SEGMENT,
  MAX_HELD,
  ROUNDED,
  SEGMENT_SLACK,
} from "./params.ts";

/** What decoders are set up by before the segments that name it. */
export interface InitSection {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** A piece of a segment, which is there before the segment is. */
export interface Part {
  readonly bytes: Uint8Array;
  /** In milliseconds. */
  readonly duration: number;
  readonly isIndependent: boolean;
}

export interface Segment {
  /** Its Media Sequence Number. */
  readonly number: number;
  readonly init: InitSection | undefined;
  /** What was before does not go on in it. */
  readonly isDiscontinuous: boolean;
  /** Milliseconds of the stream at which it begins, and how long it is so far. */
  readonly time: number;
  duration: number;
  readonly parts: Part[];
  /** Number of the first of its parts, which are counted through. */
  readonly firstPart: number;
  isComplete: boolean;
  /** It ends with the next key frame, however short it is. */
  readonly isRest: boolean;
  /** Milliseconds since the Unix epoch; known when it was told first. */
  date: number | undefined;
}

/** A playlist as it is now. */
export interface Written {
  readonly version: number;
  readonly text: Uint8Array;
  gzip?: Uint8Array;
}

export interface RenditionOptions {
  /** Milliseconds after which a segment ends with the next key frame. */
  readonly segment: number;
  readonly part: number;
  /** Segments that its playlist lists. */
  readonly count: number;
  /** Milliseconds between key frames; 0 where that is not known. */
  readonly keyInterval: number;
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
  readonly #segments: Segment[] = [];
  #init: InitSection | undefined;
  #inits = 0;
  #isDiscontinuous = false;
  #isRest = false;
  #segmentCount = 0;
  #partCount = 0;
  #held = 0;
  #bits = 0;
  #milliseconds = 0;
  #peak = 0;
  /** Discontinuities of segments that were dropped. */
  #discontinuities = 0;
  readonly #written = new Map<boolean, Written>();
  /** Resolves when something was added, or it is time to look whether one still waits. */
  #next = Promise.withResolvers<void>();

  constructor(name: string, options: RenditionOptions) {
    this.name = name;
    this.#options = options;
    this.partTarget = options.part;
  }

  /** Those that its playlist lists, the one that grows included. */
  get listed(): readonly Segment[] {
    const open = this.#segments.at(-1)?.isComplete === false ? 1 : 0;
    return this.#segments.slice(-(this.#options.count + open));
  }

  /** Discontinuities before the first segment that is listed (§4.4.3.3). */
  get discontinuitiesBefore(): number {
    const kept = this.#segments.slice(0, this.#segments.length - this.listed.length);
    return this.#discontinuities + kept.filter(({ isDiscontinuous }) => isDiscontinuous).length;
  }

  /** The number of the next part. */
  get nextPart(): number {
    return this.#partCount;
  }

  /** Number of the last segment, the growing one included; -1 before the first. */
  get lastSegment(): number {
    return this.#segmentCount - 1;
  }

  /** Whether a playlist can be written: a segment is whole, and it is known how long others are. */
  get isReady(): boolean {
    return this.#segments[0]?.isComplete === true && this.#knowsTarget();
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
    const first = this.#segments[0]?.number ?? 0;
    return this.#segments[number - first];
  }

  part(number: number): Part | undefined {
    for (let at = this.#segments.length - 1; at >= 0; at--) {
      const segment = this.#segments[at]!;
      if (number >= segment.firstPart) return segment.parts[number - segment.firstPart];
    }
    return undefined;
  }

  initSection(id: number): InitSection | undefined {
    if (this.#init?.id === id) return this.#init;
    return this.#segments.find(({ init }) => init?.id === id)?.init;
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
    if (this.#segments.length > 0) this.#isDiscontinuous = true;
    this.version++;
    this.tracks = tracks;
    this.#init = { id: this.#inits++, bytes };
  }

  add({ bytes, isKey, isBeforeKey, time, duration }: Mp4Fragment): void {
    let segment = this.#segments.at(-1);
    if (segment === undefined || segment.isComplete || this.#isFull(segment, duration)) {
      this.#complete();
      segment = this.#open(time);
    }
    segment.parts.push({ bytes, duration, isIndependent: isKey });
    segment.duration += duration;
    this.#partCount++;
    this.#held += bytes.length;
    this.#bits += bytes.length * 8;
    this.#milliseconds += duration;
    const isEnough = segment.isRest || segment.duration >= this.#options.segment - SEGMENT_SLACK;
    if (isBeforeKey && isEnough) this.#complete();
    this.version++;
    this.#drop();
  }

  /**
   * All that is there was added. Players want a whole segment to begin with: the first one ends here
   * when the next key frame is far.
   */
  settle(): void {
    const segment = this.#segments[0];
    if (segment === undefined || segment.number > 0 || segment.isComplete) return;
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
      isComplete: false,
      isRest: this.#isRest,
      date: undefined,
    };
    this.#isDiscontinuous = this.#isRest = false;
    this.#segments.push(segment);
    return segment;
  }

  #complete(): void {
    const segment = this.#segments.at(-1);
    if (segment === undefined || segment.isComplete) return;
    segment.isComplete = true;
    const size = segment.parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (segment.duration > 0) this.#peak = Math.max(this.#peak, size * 8000 / segment.duration);
  }

  /**
   * Decides once: by the key frames that were seen, or at least by how long the first segment is
   * without one.
   */
  #knowsTarget(): boolean {
    if (this.targetDuration > 0) return true;
    const { segment, keyInterval } = this.#options;
    const longest = Math.max(...this.#segments.map(({ duration }) => duration));
    const isSound = this.tracks.every(({ kind }) => kind === "audio");
    const isWhole = this.#segments[0]!.isComplete && !this.#isRest && !this.#segments[1]?.isRest;
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
    const parts = this.#segments.flatMap(({ parts }) => parts);
    this.partTarget = Math.max(this.partTarget, ...parts.map(({ duration }) => duration));
    return true;
  }

  #drop(): void {
    const kept = this.#options.count + KEPT_SEGMENTS + 1;
    while (
      this.#segments.length > kept || (this.#held > MAX_HELD && this.#segments.length > 2)
    ) {
      const [dropped] = this.#segments.splice(0, 1);
      for (const { bytes } of dropped!.parts) this.#held -= bytes.length;
      if (dropped!.isDiscontinuous) this.#discontinuities++;
    }
  }
}
