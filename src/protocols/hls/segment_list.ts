import { DATE_SLACK, KEPT_IN_MEMORY, KEPT_TIME, MAX_LISTED } from "./params.ts";
import type { InitSection, Part, Segment } from "./segment.ts";
import type { SegmentStore } from "./segment_store.ts";

/** How many segments there are, and where. */
export interface KeptSegments {
  /** Segments that a playlist lists at least. */
  readonly count: number;
  /** Milliseconds that it lists at least; 0 for the count alone. */
  readonly window: number;
  /** Bytes in memory. */
  readonly memory: number;
  /** What is older than memory holds goes there; without it, it leaves. */
  readonly store: SegmentStore | undefined;
}

/**
 * The segments of a rendition, oldest first: those that have left the playlist and may still be
 * asked for, those that are listed, and the one that grows. The oldest of them may be on the disk.
 */
export class SegmentList {
  readonly #options: KeptSegments;
  /** Told when segments are lost that were listed. */
  readonly #onLost: () => void;
  readonly #all: Segment[] = [];
  /** How many have left the playlist, how many are not in memory, both from the first one on. */
  #left = 0;
  #outside = 0;
  /** Milliseconds that are listed, and that have left and are kept. */
  #listedTime = 0;
  #leftTime = 0;
  #held = 0;
  /** Discontinuities of segments that were dropped. */
  #discontinuities = 0;

  constructor(options: KeptSegments, onLost: () => void) {
    this.#options = options;
    this.#onLost = onLost;
  }

  get first(): Segment | undefined {
    return this.#all[0];
  }

  get last(): Segment | undefined {
    return this.#all.at(-1);
  }

  /** Bytes in memory. */
  get held(): number {
    return this.#held;
  }

  /** Those that its playlist lists, the one that grows included. */
  get listed(): readonly Segment[] {
    return this.#all.slice(this.#left);
  }

  /** Discontinuities before the first segment that is listed (§4.4.3.3). */
  get discontinuitiesBefore(): number {
    const left = this.#all.slice(0, this.#left);
    return this.#discontinuities + left.filter(({ isDiscontinuous }) => isDiscontinuous).length;
  }

  segment(number: number): Segment | undefined {
    return this.#all[number - (this.#all[0]?.number ?? 0)];
  }

  /** One that memory holds. */
  part(number: number): Part | undefined {
    for (let at = this.#all.length - 1; at >= this.#outside; at--) {
      const segment = this.#all[at]!;
      if (number >= segment.firstPart) return segment.parts[number - segment.firstPart];
    }
    return undefined;
  }

  initSection(id: number): InitSection | undefined {
    return this.#all.find(({ init }) => init?.id === id)?.init;
  }

  push(segment: Segment): void {
    this.#all.push(segment);
  }

  /** Another part of the last segment. */
  grow(segment: Segment, part: Part): void {
    if (segment.parts.length === 0) segment.isIndependent = part.isIndependent;
    segment.parts.push(part);
    segment.duration += part.duration;
    segment.size += part.bytes.length;
    this.#listedTime += part.duration;
    this.#held += part.bytes.length;
    this.#trim();
  }

  /**
   * Dates what has none: each segment begins where the one before ends, unless that is far from what
   * the time of day says by now. Players set their clocks by it, so it must not waver.
   */
  date(dateOf: (time: number) => number): void {
    let at = this.#all.length;
    while (at > 0 && this.#all[at - 1]!.date === undefined) at--;
    for (; at < this.#all.length; at++) {
      const [before, segment] = [this.#all[at - 1], this.#all[at]!];
      const told = dateOf(segment.time);
      const isFirst = before?.date === undefined || segment.isDiscontinuous;
      const next = isFirst ? told : before.date! + before.duration;
      segment.date = Math.abs(next - told) < DATE_SLACK ? next : told;
    }
  }

  /** Nothing is wanted of it any more. */
  clear(): void {
    while (this.#all.length > 0) this.#dropFirst();
  }

  #trim(): void {
    while (this.#isOverLength()) {
      const { duration } = this.#all[this.#left++]!;
      this.#listedTime -= duration;
      this.#leftTime += duration;
    }
    while (this.#left > 0 && this.#leftTime - this.#all[0]!.duration > this.#keptTime()) {
      this.#dropFirst();
    }
    while (this.#held > this.#options.memory && this.#makeRoom());
  }

  #isOverLength(): boolean {
    const { count, window } = this.#options;
    const oldest = this.#all[this.#left];
    const whole = this.#all.length - this.#left - (this.last?.isComplete === false ? 1 : 0);
    if (oldest === undefined || whole <= count) return false;
    return whole > MAX_LISTED || this.#listedTime - oldest.duration >= window;
  }

  /** How long a segment stays after it has left: the length of a playlist, and its own (§6.2.2). */
  #keptTime(): number {
    return this.#options.window > 0 ? KEPT_TIME : this.#listedTime;
  }

  /** False when nothing can go. */
  #makeRoom(): boolean {
    const { store } = this.#options;
    const oldest = this.#all[this.#outside];
    const others = this.#all.length - 1 - this.#outside;
    if (oldest === undefined || others < (store === undefined ? 2 : KEPT_IN_MEMORY)) return false;
    const bytes = oldest.parts.map(({ bytes }) => bytes);
    oldest.stored = store?.put(bytes, () => this.#lose(oldest));
    if (oldest.stored === undefined) {
      // A playlist has no holes: what is before it leaves, too.
      this.#dropThrough(oldest);
    } else {
      this.#held -= oldest.size;
      oldest.parts.length = 0;
      this.#outside++;
    }
    return true;
  }

  #lose(segment: Segment): void {
    this.#dropThrough(segment);
    this.#onLost();
  }

  #dropThrough(segment: Segment): void {
    while (this.#all.length > 0 && this.#all[0]!.number <= segment.number) this.#dropFirst();
  }

  #dropFirst(): void {
    const [dropped] = this.#all.splice(0, 1);
    if (dropped === undefined) return;
    if (this.#left > 0) {
      this.#left--;
      this.#leftTime -= dropped.duration;
    } else {
      this.#listedTime -= dropped.duration;
    }
    if (this.#outside > 0) this.#outside--;
    else this.#held -= dropped.size;
    dropped.stored?.drop();
    if (dropped.isDiscontinuous) this.#discontinuities++;
  }
}
