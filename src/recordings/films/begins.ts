import { ProtocolError } from "../../bytes/mod.ts";
import { MAX_SEGMENTS } from "./params.ts";

/** Milliseconds of a segment, at least, unless it is the last one. */
export const SEGMENT_LENGTH = 4_000;

/** Where segments of a film begin, each with a key frame. */
export class Begins {
  readonly times: number[] = [];

  /**
   * Decoding can begin at this time, in milliseconds, which is not before those that were told.
   * @throws ProtocolError when there are too many
   */
  add(time: number): void {
    const last = this.times.at(-1);
    if (last !== undefined && time - last < SEGMENT_LENGTH) return;
    if (this.times.length === MAX_SEGMENTS) {
      throw new ProtocolError(`more than ${MAX_SEGMENTS} segments`);
    }
    this.times.push(time);
  }
}
