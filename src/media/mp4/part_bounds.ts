/** Milliseconds by which times of messages are rounded. */
const ROUNDED = 1;

/** How parts are cut. */
export interface PartLengths {
  /** Milliseconds of a part at most. */
  readonly part: number;
  /** Milliseconds between key frames, where that is known now; else 0. */
  readonly group?: () => number;
  /** Milliseconds of a part at most from now on, where parts before were shorter than they may be. */
  readonly longest?: () => number;
}

/** What of a picture is as good as nothing, where times are rounded. */
const LITTLE = 0.05;

/**
 * Where parts of a group of pictures end. They are alike where it is known how long the group will
 * be: a last part of one picture, as is left when the others are as long as they may be, comes so
 * soon behind the one before that players take that for the end of the segment (hls.js 1.7).
 */
export class PartBounds {
  readonly #lengths: PartLengths;
  /** Milliseconds of each part of the group; 0 when that is not known. */
  #even = 0;
  /** When the part that runs is to end. */
  #end = 0;
  /** When the group began, and pictures of it so far. */
  #start = 0;
  #pictures = 0;

  constructor(lengths: PartLengths) {
    this.#lengths = lengths;
  }

  /** A group begins at `time`, after a picture of `last` ms. */
  begin(time: number, last: number): void {
    const { part, group } = this.#lengths;
    const picture = this.#pictures > 0 ? (time - this.#start) / this.#pictures : last - ROUNDED / 2;
    this.#even = evenPart(group?.() ?? 0, part, picture);
    this.#end = time + this.#even;
    this.#start = time;
    this.#pictures = 1;
  }

  /** Whether the part that began at `start` ends before the picture at `time`, of some `last` ms. */
  isFull(start: number, time: number, last: number): boolean {
    const { part, longest } = this.#lengths;
    this.#pictures++;
    const isEven = this.#even > 0;
    const most = Math.min(part + (isEven ? 2 * ROUNDED : 0), longest?.() ?? Infinity);
    // Of the two pictures about its end the nearer one.
    const isEnd = isEven && time >= this.#end - last / 2;
    if (!isEnd && time - start + last <= most) return false;
    while (isEven && this.#end - this.#even / 2 <= time) this.#end += this.#even;
    return true;
  }
}

/** Milliseconds of the longest parts that a group can be divided into evenly; 0 where that is short. */
function evenPart(group: number, part: number, picture: number): number {
  if (group <= part || picture <= 0) return 0;
  for (let count = Math.ceil(group / part - LITTLE);; count++) {
    const even = group / count;
    if (even < part / 2) return 0;
    // Parts are of whole pictures: some have one more than others.
    if (Math.ceil(even / picture - LITTLE) * picture <= part + ROUNDED) return even;
  }
}
