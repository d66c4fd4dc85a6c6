import type { Value } from "../codecs/mod.ts";
import type { Listener } from "../hub/mod.ts";

/** What a NetStream wants to receive of whatever it plays: all, until its client says otherwise. */
export class Reception {
  #audio = true;
  #video = true;
  /** Frames in a second; undefined for all. */
  #rate: number | undefined;

  /** For a listener that takes another one's place, or is the first. */
  apply(listener: Listener): void {
    if (!this.#audio) listener.receiveAudio = false;
    if (!this.#video) listener.receiveVideo = false;
    if (this.#rate !== undefined) listener.limitFrames(this.#rate);
  }

  /** True when the listener has sound again. */
  setAudio(flag: Value, listener: Listener | undefined): boolean {
    this.#audio = flag === true;
    if (listener === undefined) return false;
    const isBack = this.#audio && !listener.receiveAudio;
    listener.receiveAudio = this.#audio;
    return isBack;
  }

  /**
   * True when the listener has pictures again.
   * @param flag false or 0 for none, a number above it for that many frames a second, true or a number
   * below it for all
   */
  setVideo(flag: Value, listener: Listener | undefined): boolean {
    const isNumber = typeof flag === "number" && Number.isFinite(flag);
    this.#video = isNumber ? flag !== 0 : flag === true;
    this.#rate = isNumber && flag > 0 ? flag : undefined;
    if (listener === undefined) return false;
    const isBack = this.#video && !listener.receiveVideo;
    listener.receiveVideo = this.#video;
    listener.limitFrames(this.#rate);
    return isBack;
  }
}
