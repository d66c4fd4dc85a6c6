import { isDisposable, type MediaMessage } from "../media/mod.ts";
import { UNKNOWN_KEY_INTERVAL } from "./params.ts";

/**
 * Lets through as many frames a second as a player wants. Frames that no other needs are left out
 * between the others; where that is not enough, the end of each group of pictures.
 */
export class FrameRate {
  /** Frames in a second. */
  readonly #rate: number;
  #decided: MediaMessage | undefined;
  #isWanted = true;
  /** The group of pictures: its first frame, and how many may come, and came. */
  #start: number | undefined;
  #limit = 0;
  #count = 0;
  #isCut = false;

  /** @param rate frames in a second, above 0 */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** A frame was left out that those behind it need, up to a key frame. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /**
   * Whether a frame may come; they are asked about in order.
   * @param keyInterval milliseconds between key frames, 0 where that is not known
   */
  wants(message: MediaMessage, keyInterval: number): boolean {
    if (message === this.#decided) return this.#isWanted;
    this.#decided = message;
    this.#isWanted = message.role === "key"
      ? this.#beginsWith(message.time, keyInterval)
      : this.#takes(message, keyInterval);
    if (this.#isWanted) this.#count++;
    return this.#isWanted;
  }

  #beginsWith(time: number, keyInterval: number): boolean {
    const since = this.#start === undefined ? 0 : (time - this.#start) | 0;
    // Of a publisher whose clock went back nothing is known.
    const isEarly = this.#start !== undefined && since >= 0 && this.#due(since) < ON_TIME;
    if (isEarly) this.#isCut = true;
    else this.#begin(time, keyInterval);
    return !isEarly;
  }

  #takes({ time, payload }: MediaMessage, keyInterval: number): boolean {
    if (this.#isCut) return false;
    if (this.#start === undefined) this.#begin(time, keyInterval);
    if (isDisposable(payload)) return this.#count < this.#due((time - this.#start!) | 0);
    this.#isCut = this.#count >= this.#limit;
    return !this.#isCut;
  }

  #begin(time: number, keyInterval: number): void {
    this.#start = time;
    this.#limit = Math.ceil(this.#due(keyInterval > 0 ? keyInterval : UNKNOWN_KEY_INTERVAL));
    this.#count = 0;
    this.#isCut = false;
  }

  /** Frames in that many milliseconds. */
  #due(time: number): number {
    return this.#rate * time / 1000;
  }
}

/** What has to be due of a key frame: its time is not exact. */
const ON_TIME = 0.9;
