import type { Publication } from "../../hub/mod.ts";
import { Curves } from "./curves.ts";

const CURVES = ["video", "audio", "frameRate", "listeners", "dropped"] as const;

/** The last hour of one publication. */
export class StreamHistory {
  readonly curves: Curves<typeof CURVES[number]> = new Curves(CURVES);
  readonly #publication: Publication;
  /** Frames that its listeners were too slow for since it began. */
  lateFrames = 0;
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

  /** @param late frames that listeners were too slow for in these seconds */
  sample(seconds: number, late: number): void {
    const { videoQos, audioQos, listeners } = this.#publication;
    this.lateFrames += late;
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
