import type { Publication } from "../../hub/mod.ts";
import { Curves } from "./curves.ts";

const CURVES = ["video", "audio", "frameRate", "listeners", "dropped"] as const;

/** Samples of a minute. */
const MINUTE = 12;
/** Samples for which the longest time without a frame is told: ten seconds. */
const GAP_SAMPLES = 2;

/** The last hour of one publication. */
export class StreamHistory {
  readonly curves: Curves<typeof CURVES[number]> = new Curves(CURVES);
  readonly #publication: Publication;
  /** Frames that its listeners were too slow for since it began. */
  lateFrames = 0;
  #samples = 0;
  /** Longest times without a frame, in milliseconds, of the newest samples. */
  #gaps: number[] = [];
  /** Bytes and messages when the last sample was taken. */
  #video: number;
  #audio: number;
  #frames: number;

  constructor(publication: Publication) {
    this.#publication = publication;
    const { videoQos, audioQos } = publication;
    this.#video = videoQos.bytes;
    this.#audio = audioQos.bytes;
    this.#frames = videoQos.messages;
    videoQos.takeGap();
  }

  /** Milliseconds of the longest time without a video frame, of late; `now` since the Unix epoch. */
  gap(now: number): number {
    const { lastTime } = this.#publication.videoQos;
    const longest = Math.max(0, ...this.#gaps, lastTime === 0 ? 0 : now - lastTime);
    // What was before this publisher is none of its doing.
    return Math.min(longest, now - this.#publication.startedAt);
  }

  /** Fewest and most frames per second in the samples of the last minute; undefined before two. */
  get frameRates(): { readonly least: number; readonly most: number } | undefined {
    // In the first one the publication began.
    const rates = this.curves.newest("frameRate", Math.min(MINUTE, this.#samples - 1));
    if (rates.length < 2) return undefined;
    return { least: Math.min(...rates), most: Math.max(...rates) };
  }

  /** @param late frames that listeners were too slow for in these seconds */
  sample(seconds: number, late: number): void {
    this.#gaps = [...this.#gaps, this.#publication.videoQos.takeGap()].slice(-GAP_SAMPLES);
    const { videoQos, audioQos, listeners } = this.#publication;
    this.lateFrames += late;
    this.#samples++;
    this.curves.add({
      video: (videoQos.bytes - this.#video) / seconds,
      audio: (audioQos.bytes - this.#audio) / seconds,
      frameRate: (videoQos.messages - this.#frames) / seconds,
      listeners: listeners.size,
      dropped: late / seconds,
    });
    this.#video = videoQos.bytes;
    this.#audio = audioQos.bytes;
    this.#frames = videoQos.messages;
  }
}
