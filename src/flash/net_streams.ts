import type { Value } from "../codecs/mod.ts";
import { Refusal } from "../hub/mod.ts";
import { streamAddress } from "./address.ts";
import { NetStream, type PublisherHost } from "./net_stream.ts";
import { MAX_STREAMS } from "./params.ts";

/** The streams that one client has created, by their ids. */
export class NetStreams {
  readonly #host: PublisherHost;
  readonly #streams = new Map<number, NetStream>();

  constructor(host: PublisherHost) {
    this.#host = host;
  }

  get(id: number): NetStream | undefined {
    return this.#streams.get(id);
  }

  [Symbol.iterator](): Iterator<NetStream> {
    return this.#streams.values();
  }

  /**
   * Whose audio, video and data a message on stream `id` is: node-media-server's relay publishes on
   * stream 1 and sends its media on stream 0.
   */
  sourceOf(id: number): NetStream | undefined {
    return this.#streams.get(id) ?? (id === 0 ? this.#onlyPublishing() : undefined);
  }

  /** A new stream with the lowest free id, from 1 on. @throws Refusal when there are too many */
  create(): number {
    let id = 1;
    while (this.#streams.has(id)) id++;
    if (id > MAX_STREAMS) {
      throw new Refusal("Call.Failed", `a connection has ${MAX_STREAMS} streams at most`);
    }
    this.#streams.set(id, new NetStream(this.#host, id));
    return id;
  }

  /**
   * Ends the stream that a client means: by number, by text, by the stream of its command, or by
   * nothing when there is only one.
   */
  delete(named: Value, streamId: number): void {
    const id = this.#meant(named, streamId);
    if (id === undefined) return;
    this.#streams.get(id)?.close(false);
    this.#streams.delete(id);
  }

  /** Ends what the client publishes as this, on any of its streams but `except`. */
  unpublish(text: string, except?: NetStream): void {
    const { name } = streamAddress(text);
    for (const stream of this.#streams.values()) {
      const { published } = stream;
      if (stream === except || published === undefined) continue;
      if (published.name === name || streamAddress(published.asked).name === name) {
        stream.close(true);
      }
    }
  }

  closeAll(): void {
    for (const stream of this.#streams.values()) stream.close(false);
    this.#streams.clear();
  }

  #meant(named: Value, streamId: number): number | undefined {
    if (typeof named === "number" || (typeof named === "string" && named !== "")) {
      return Number(named);
    }
    if (streamId !== 0) return streamId;
    const [only] = this.#streams.keys();
    return this.#streams.size === 1 ? only : this.#onlyPublishing()?.id;
  }

  #onlyPublishing(): NetStream | undefined {
    let only: NetStream | undefined;
    for (const stream of this.#streams.values()) {
      if (stream.published === undefined) continue;
      if (only !== undefined) return undefined;
      only = stream;
    }
    return only;
  }
}
