import type { Clock } from "../../base/mod.ts";
import { DATE_SLACK } from "./params.ts";

/** The time of day at the times of a stream, as far as it can be told by when its media come. */
export class StreamDates {
  readonly #clock: Clock;
  /** Milliseconds from the stream's time to that since the Unix epoch. */
  #offset = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Media that end at this time, in ms of the stream, have come. */
  note(end: number): void {
    const offset = this.#clock.epoch() - end;
    // What comes soonest after it was made says most; a publisher's pause shows as a later offset.
    if (offset < this.#offset || offset > this.#offset + DATE_SLACK) this.#offset = offset;
  }

  dateOf(time: number): number {
    return time + (this.#offset === Infinity ? this.#clock.epoch() : this.#offset);
  }
}
