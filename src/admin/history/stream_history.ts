import type { Publication } from "../../hub/mod.ts";
import { Curves } from "./curves.ts";

const CURVES = ["video", "audio", "frameRate", "listeners", "dropped"] as const;

/** Samples of a minute. */
const MINUTE = 12;

/** The last hour of one publication. */
export class StreamHistory {
  readonly curves: Curves<typeof CURVES[number]> = new Curves(CURVES);
  readonly #publication: Publication;
  /** Frames that its listeners were too slow for since it began. */
  lateFrames = 0;
  #samples = 0;
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
