import type { Hub, Tap } from "../hub/mod.ts";
import { CONTAINERS } from "../media/mod.ts";
import type { BodySource } from "../protocols/http/mod.ts";

const flv = CONTAINERS.get("flv")!;

/** FLV that begins at time 0: browsers show nothing of a clock that is ahead. */
const FROM_ZERO: ReadonlyMap<string, string> = new Map([["start", "0"]]);

/**
 * A stream's media for an operator, as the endless body of a response. It is no player: no
 * application is asked, nothing is fetched from elsewhere for it, and it ends when it is too slow or
 * its stream changes its kinds.
 */
export class Preview implements BodySource {
  readonly length = undefined;
  readonly #onClosed: () => void;
  readonly #tap: Tap;
  #isHeaded = false;
  /** Media that wait behind the head. */
  #first: Uint8Array | undefined;
  #isClosed = false;
  #wake: () => void = () => {};
  #end: (failure?: string) => void = () => {};

  /** @throws Refusal when the name is unusable */
  constructor(hub: Hub, name: string, onClosed: () => void) {
    this.#onClosed = onClosed;
    this.#tap = hub.tap({
      name,
      encoder: flv.encoder(FROM_ZERO),
      isPassive: true,
      onReady: () => this.#wake(),
      onOverrun: () => this.#end("the preview does not keep up"),
      onRecoded: () => this.#end("the stream has other media now"),
    });
  }

  static readonly type = flv.type;

  get more(): boolean {
    return this.#first !== undefined || this.#tap.more;
  }

  start(wake: () => void, end: (failure?: string) => void): void {
    this.#wake = wake;
    this.#end = end;
    wake();
  }

  takeBytes(wanted: number): Uint8Array | undefined {
    const bytes = this.#first ?? this.#tap.takeBytes(wanted);
    this.#first = undefined;
    if (bytes === undefined || this.#isHeaded) return bytes;
    this.#isHeaded = true;
    this.#first = bytes;
    return flv.head!(this.#tap.publication.kinds);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#tap.close();
    this.#onClosed();
  }
}
