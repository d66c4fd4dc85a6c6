import type { ChainedMessage } from "./chained_message.ts";
import type { Client } from "./client.ts";
import { type CursorOptions, type CursorSink, MediaCursor } from "./media_cursor.ts";

/** What a protocol does for a listener of one of its clients. */
export interface ListenerSink extends CursorSink {
  /** Sends NetStream.`code` to the subscriber (publication closed by script, refused, ...). */
  status(code: string, description: string): void;
  /** It may not play any longer: its owner closes it, where the status has not made it do so. */
  end?(): void;
}

/** A client, and what it asked for. */
export interface ListenerOptions extends CursorOptions {
  readonly id: string;
  readonly client: Client;
  readonly parameters: ReadonlyMap<string, string>;
  readonly sink: ListenerSink;
}

/** A client that plays a publication. */
export class Listener extends MediaCursor {
  readonly id: string;
  readonly client: Client;
  /** Parameters of the play request, such as `key` in `stream?key=1`. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Whether the player may read samples: told to Flash by `|RtmpSampleAccess`. */
  audioSampleAccess = true;
  videoSampleAccess = true;
  /** When it was accepted, in milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** Kept by the script that owns the application. */
  context: unknown = undefined;
  readonly #sink: ListenerSink;

  constructor(options: ListenerOptions) {
    super(options);
    this.id = options.id;
    this.startedAt = options.clock.epoch();
    this.client = options.client;
    this.parameters = options.parameters;
    this.#sink = options.sink;
  }

  /** Sends NetStream.`code` to the subscriber. */
  status(code: string, description: string): void {
    if (!this.isClosed) this.#sink.status(code, description);
  }

  /** It may not play any longer: the subscriber is told NetStream.`code`. */
  end(code: string, description: string): void {
    this.status(code, description);
    if (!this.isClosed) this.#sink.end?.();
  }

  /**
   * node-media-server loses what comes in one read with the start of its play: over RTMP the
   * headers come again right before the first key frame.
   */
  override prelude(messages: ChainedMessage[]): void {
    super.prelude(messages);
    if (this.client.protocol === "RTMP" && messages.length > 0) this.repeatHeaders();
  }
}
