import type { Clock } from "../base/mod.ts";
import type { Role } from "../media/mod.ts";

/** Half of the 31 bits of time that FFmpeg writes, in milliseconds. */
const HALF_OF_31_BITS = 0x4000_0000;

/**
 * The time of a stream, in milliseconds of 32 bits: that of its publisher, moved so that it goes on
 * where a publisher comes after another.
 */
export class StreamClock {
  /** Time of the newest frame. */
  lastTime = 0;
  /** Added to the publisher's times; NaN before its first. */
  #offset = Number.NaN;
  /** Time of the publisher's newest frame; NaN before its first. */
  #frameTime = Number.NaN;
  #endedAt = 0;

  /** Another publisher has come. */
  reset(): void {
    this.#offset = Number.NaN;
    this.#frameTime = Number.NaN;
  }

  /** The publisher is gone; `now` by the server's clock. */
  end(now: number): void {
    this.#endedAt = now;
  }

  /**
   * The stream's time for that of its publisher, of a message that is appended.
   * @param hasPlayers whether there are players, which may have seen what came before
   */
  shift(time: number, role: Role, hasPlayers: boolean, clock: Clock): number {
    if (Number.isNaN(this.#offset)) {
      // The first messages of a publisher: for those that watched the last one, time went on.
      const pause = Math.max(1, Math.round(clock.now() - this.#endedAt));
      const start = this.lastTime > 0 && hasPlayers ? (this.lastTime + pause) >>> 0 : time;
      // Codec headers may be at 0, whatever time the frames begin at.
      if (role === "config") return start;
      this.#offset = start - time;
    }
    let shifted = (time + this.#offset) >>> 0;
    // A step of more than half of its 31 bits, after 24 days, is FFmpeg's overflow.
    const step = (shifted - this.#frameTime) | 0;
    if (Math.abs(step) > HALF_OF_31_BITS) shifted = (shifted ^ 0x8000_0000) >>> 0;
    if (role !== "config") this.lastTime = this.#frameTime = shifted;
    return shifted;
  }
}
