import { type Role, trackOf, videoRole } from "../media/mod.ts";
import { KEY_PATIENCE } from "./params.ts";
import type { Tracks } from "./tracks.ts";

/** What {@link KeyFrames} need of their publication. */
export interface KeyFramesOptions {
  /** Whether newcomers have a group of pictures to begin with. */
  readonly hasGroup: () => boolean;
  /** No key frame came for {@link KEY_PATIENCE}. */
  readonly onMissing: () => void;
}

/** Decides at which frames of a publisher a listener can begin. */
export class KeyFrames {
  readonly #options: KeyFramesOptions;
  /** The publisher's time of the newest key frame, or of the first frame; NaN before it. */
  #time = Number.NaN;
  #interval = 0;

  constructor(options: KeyFramesOptions) {
    this.#options = options;
  }

  /** Milliseconds between the publisher's two newest key frames; 0 before the second. */
  get interval(): number {
    return this.#interval;
  }

  /** Another publisher has come. */
  reset(): void {
    this.#time = Number.NaN;
    this.#interval = 0;
  }

  /**
   * A listener begins at a key frame of the first track, which is the one that players show; at any
   * frame of it where none comes, as of an encoder that refreshes its pictures piece by piece.
   * @param time of the publisher, in milliseconds
   */
  role(payload: Uint8Array, time: number, tracks: Tracks): Role {
    const role = videoRole(payload);
    if (role === "config") return role;
    if (role === "key") {
      if (isBehind(payload, tracks)) return "frame";
      if (!Number.isNaN(this.#time)) this.#interval = (time - this.#time) | 0;
      this.#time = time;
      return role;
    }
    if (Number.isNaN(this.#time)) this.#time = time;
    const isLate = Math.abs((time - this.#time) | 0) >= KEY_PATIENCE;
    if (!isLate || this.#options.hasGroup() || isBehind(payload, tracks)) return role;
    this.#time = time;
    this.#options.onMissing();
    return "key";
  }
}

/** Of a track that players do not show first. */
function isBehind(payload: Uint8Array, { firstVideo }: Tracks): boolean {
  return trackOf(payload, "video") > firstVideo;
}
