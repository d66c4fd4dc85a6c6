import type { MediaMessage } from "../../../media/mod.ts";
import { VIDEO_LAG, VIDEO_QUEUE } from "../params.ts";

interface Waiting {
  readonly message: MediaMessage;
  /** Time of the clock. */
  readonly since: number;
}

/**
 * Video that waits until its flow takes more, while audio is sent. Frames that have waited too long
 * are dropped up to a key frame, so that a player stays near live and decodes no frame without those
 * it refers to. Codec headers are never dropped.
 */
export class VideoQueue {
  #waiting: Waiting[] = [];
  #bytes = 0;
  #needsKey = false;

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Takes a message at the time `now`; returns the number of frames dropped for it. */
  enqueue(message: MediaMessage, now: number): number {
    if (message.role === "key") this.#needsKey = false;
    if (this.#needsKey && message.role === "frame") return 1;
    this.#waiting.push({ message, since: now });
    this.#bytes += message.payload.length;
    const first = this.#waiting[0];
    const isLate = first && (now - first.since > VIDEO_LAG || this.#bytes > VIDEO_QUEUE);
    return isLate ? this.#dropLate() : 0;
  }

  dequeue(): MediaMessage | undefined {
    const first = this.#waiting.shift();
    this.#bytes -= first?.message.payload.length ?? 0;
    return first?.message;
  }

  /** Drops all frames before the newest key frame; all frames when none is behind the first. */
  #dropLate(): number {
    const key = this.#waiting.findLastIndex(({ message }) => message.role === "key");
    this.#needsKey = key <= 0;
    const kept = this.#waiting.filter(({ message }, at) =>
      message.role === "config" || (key > 0 && at >= key)
    );
    const skipped = this.#waiting.length - kept.length;
    this.#waiting = kept;
    this.#bytes = kept.reduce((sum, { message }) => sum + message.payload.length, 0);
    return skipped;
  }
}
