import { DELAY, MAX_LEAD, TICKS } from "./params.ts";

/**
 * When the frames of one listener are decoded. An FLV tag may be shown before its own time, a PES
 * packet never before it is decoded (§2.7.5): decoding is then as much earlier as the frames want,
 * from the first such frame on, and what is shown stays where it is.
 */
export class DecodingClock {
  /** Milliseconds that decoding is before the times of the tags. */
  #lead = 0;
  /** How much later than its tag the newest key frame is shown, in milliseconds. */
  #keyOffset = Infinity;
  /** Of the newest frame, in ticks. */
  #dts = -Infinity;

  /** Milliseconds that frames must arrive earlier, so that they are there when they are decoded. */
  get advance(): number {
    return Math.max(0, this.#lead - DELAY);
  }

  /**
   * Time stamps of the next frame, in ticks.
   * @param time of its tag, in milliseconds
   * @param offset of its composition, in milliseconds
   */
  stamps(
    time: number,
    offset: number,
    isKey: boolean,
  ): { readonly pts: number; readonly dts: number } {
    const shown = offset < -MAX_LEAD ? 0 : offset;
    if (isKey) this.#keyOffset = shown;
    this.#lead = Math.max(this.#lead, this.#wantedBy(shown));
    const pts = (time + DELAY + shown) * TICKS;
    const wanted = Math.min(pts, (time + DELAY - this.#lead) * TICKS);
    // The lead has just grown: decoding goes on, a tick at a time, until time has caught up.
    const behind = this.#dts - wanted;
    const isCaught = behind >= 0 && behind <= this.#lead * TICKS;
    this.#dts = isCaught ? Math.min(pts, this.#dts + 1) : wanted;
    return { pts, dts: this.#dts };
  }

  /**
   * The lead that a frame makes probable. A key frame that is not shown later than its tag, before
   * one that is: what is shown between them is decoded after both, and early by the difference.
   */
  #wantedBy(offset: number): number {
    return Math.max(-offset, this.#keyOffset <= 0 ? offset - this.#keyOffset : 0);
  }
}
