import type { Listener } from "../../hub/mod.ts";

/** Samples that count as of late: a minute of them. A slow player misses frames in bursts. */
const WINDOW = 12;

/** Milliseconds of media that a player may be behind. */
const LATE = 3_000;

/** How one listener kept up in the last minute. */
export class KeepingUp {
  readonly #listener: Listener;
  /** Counters at each sample of the window, the oldest first. */
  readonly #frames: number[];
  readonly #bytes: number[];
  /** Milliseconds between two samples. */
  readonly #interval: number;

  constructor(listener: Listener, interval: number) {
    this.#listener = listener;
    this.#interval = interval;
    this.#frames = [listener.lateFrames];
    this.#bytes = [bytesOf(listener)];
  }

  /** Takes a sample; returns how many frames it was too slow for since the last one. */
  sample(): number {
    const { lateFrames } = this.#listener;
    const late = lateFrames - this.#frames.at(-1)!;
    this.#frames.push(lateFrames);
    this.#bytes.push(bytesOf(this.#listener));
    if (this.#frames.length > WINDOW + 1) {
      this.#frames.shift();
      this.#bytes.shift();
    }
    return late;
  }

  /** Video frames a second that it was too slow for. */
  get lateRate(): number {
    return this.#rate(this.#frames);
  }

  /** Bytes of media a second that it took. */
  get byteRate(): number {
    return this.#rate(this.#bytes);
  }

  /** It missed frames, or is behind so far that it will. */
  get isSlow(): boolean {
    const { isPaused, delay, publication } = this.#listener;
    return this.lateRate > 0 || (!isPaused && publication.isRunning && delay >= LATE);
  }

  /** How badly it keeps up, to put the worst first: those that miss most, then those behind. */
  get slowness(): number {
    return this.isSlow ? 1 + this.lateRate : 0;
  }

  #rate(counts: readonly number[]): number {
    if (counts.length < 2) return 0;
    const seconds = (counts.length - 1) * this.#interval / 1000;
    return (counts.at(-1)! - counts[0]!) / seconds;
  }
}

function bytesOf({ videoQos, audioQos, dataQos }: Listener): number {
  return videoQos.bytes + audioQos.bytes + dataQos.bytes;
}
