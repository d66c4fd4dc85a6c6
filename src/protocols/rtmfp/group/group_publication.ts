import { encodeMedia } from "../../../flash/mod.ts";
import type { Hub, Tap } from "../../../hub/mod.ts";
import { headerKey, type MediaMessage } from "../../../media/mod.ts";
import { HEADER_INTERVAL } from "./params.ts";
import { GroupStream } from "./stream.ts";

/** Codec headers that are repeated: of 16 tracks of sound and of pictures. */
const MAX_HEADERS = 32;

/**
 * A publication on its way into a group. Members come at any time and get what is sent then, so
 * codec headers and metadata are repeated: before key frames, or each second of sound alone.
 */
export class GroupPublication {
  readonly stream: GroupStream;
  readonly #hub: Hub;
  readonly #tap: Tap;
  readonly #headers = new Map<string, MediaMessage>();
  readonly #onOver: () => void;
  /** Time of the first media, from which times in the group count. */
  #start: number | undefined;
  #headersAt = -Infinity;
  #isOver = false;

  /** @param name of the publication; `streamName` is that of the stream in the group */
  constructor(hub: Hub, name: string, streamName: string, onOver: () => void) {
    this.#hub = hub;
    this.#onOver = onOver;
    this.stream = new GroupStream(streamName, hub.clock);
    const drain = () => this.#drain();
    this.#tap = hub.tap({ name, onReady: drain, onOverrun: drain });
    drain();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Peers that get the stream from this server. */
  get peers(): number {
    return this.stream.subscribers;
  }

  /** Ends it where the application refused the publisher, after all. */
  check(): void {
    if (!this.#tap.publication.isTaken) this.close();
  }

  /** Takes the stream out of the group. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tap.close();
    this.stream.end();
    this.#onOver();
  }

  #drain(): void {
    while (!this.#isOver) {
      const message = this.#tap.next();
      if (message === undefined) return;
      this.#take(message);
    }
  }

  #take(message: MediaMessage): void {
    const { kind, role } = message;
    if (kind === "published") return this.#headers.clear();
    if (kind === "unpublished") {
      this.#write(message);
      return this.close();
    }
    if (role === "config") {
      const key = kind === "data" ? kind : headerKey(message.payload, kind);
      if (this.#headers.size < MAX_HEADERS || this.#headers.has(key)) {
        this.#headers.set(key, message);
      }
      // The next repetition has it, at once when nothing else was sent.
      this.#headersAt = -Infinity;
      return;
    }
    this.#start ??= message.time;
    if (kind === "data") return this.#write(message);
    const isStart = role === "key" || (kind === "audio" && !this.#tap.publication.kinds.video);
    if (isStart) this.#repeatHeaders(message.time);
    this.#write(message);
  }

  #repeatHeaders(time: number): void {
    const now = this.#hub.clock.now();
    if (now - this.#headersAt < HEADER_INTERVAL) return;
    this.#headersAt = now;
    const metadata = this.#headers.get("data");
    if (metadata !== undefined) this.#write(metadata, time);
    for (const [key, header] of this.#headers) if (key !== "data") this.#write(header, time);
  }

  #write(message: MediaMessage, time = message.time): void {
    const { type, payload } = encodeMedia(message, false, this.stream.name);
    this.stream.add(type, time - (this.#start ?? time) >>> 0, payload);
  }
}
