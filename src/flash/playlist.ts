import { MAX_PLAYLIST } from "./params.ts";
import { streamAddress } from "./address.ts";
import type { PlayRequest } from "./play_request.ts";

/** What a NetStream plays one after the other, beside that which plays now. */
export class Playlist {
  #requests: PlayRequest[] = [];

  get isEmpty(): boolean {
    return this.#requests.length === 0;
  }

  get first(): PlayRequest | undefined {
    return this.#requests[0];
  }

  /** One more, as long as there is room. */
  add(request: PlayRequest): void {
    if (this.#requests.length < MAX_PLAYLIST) this.#requests.push(request);
  }

  /** Takes the first one out. */
  next(): PlayRequest | undefined {
    return this.#requests.shift();
  }

  /** Puts one in the place of the first of a name; false when there is none. */
  replace(target: string, request: PlayRequest): boolean {
    const { name } = streamAddress(target);
    const at = this.#requests.findIndex((each) => streamAddress(each.target).name === name);
    if (at === -1) return false;
    this.#requests[at] = { ...request, isNext: this.#requests[at]!.isNext };
    return true;
  }

  clear(): void {
    this.#requests = [];
  }
}
