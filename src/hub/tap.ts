import type { Clock } from "../base/mod.ts";
import type { MediaEncoder } from "../media/mod.ts";
import type { ChainedMessage } from "./chained_message.ts";
import type { EncodedStream, MediaPart } from "./encoded_stream.ts";
import { MediaCursor } from "./media_cursor.ts";
import type { QueueLimits } from "./params.ts";
import type { Publication } from "./publication.ts";

/** What a part of the server takes from a publication: an edge, a relay, a muxer, a recorder. */
export interface TapOptions {
  /** Name of the publication, which may have no publisher yet. */
  readonly name: string;
  /** Writes the bytes that are taken; without it the tap gives messages. */
  readonly encoder?: MediaEncoder;
  /** There is something to take; called again only after the tap gave nothing. */
  readonly onReady: () => void;
  /** It is further behind than the queue's limits allow: its owner closes it. */
  readonly onOverrun: () => void;
  /** The publication goes on with another codec, or without one of its kinds. */
  readonly onRecoded?: () => void;
  /** It takes what is there, but nothing is fetched from elsewhere for it: a recorder. */
  readonly isPassive?: boolean;
  /** Groups of pictures that it begins with, if they are kept: the one that runs, the one before. */
  readonly groups?: number;
}

/** The same rules for all cursors, and who forgets this one. */
export interface TapContext {
  readonly publication: Publication;
  readonly limits: QueueLimits;
  readonly clock: Clock;
  readonly onClose: (cursor: MediaCursor) => void;
}

/**
 * A publication's media without a client: in one encoding, or message by message. No application is
 * asked, and nothing is counted. Its queue is bounded as a listener's is.
 */
export class Tap {
  readonly publication: Publication;
  /** Only the hub uses it. */
  readonly cursor: MediaCursor;
  readonly #stream: EncodedStream | undefined;
  readonly #onClose: (cursor: MediaCursor) => void;

  constructor(options: TapOptions, { publication, limits, clock, onClose }: TapContext) {
    const { onReady, onOverrun, onRecoded, encoder, isPassive, groups } = options;
    const sink = { ready: onReady, overrun: onOverrun, recoded: onRecoded };
    this.publication = publication;
    this.#onClose = onClose;
    this.cursor = new MediaCursor({ publication, sink, limits, clock, isPassive, groups });
    this.#stream = encoder && publication.stream(this.cursor, encoder);
  }

  /** True while {@link takeBytes} or {@link next} would probably find something. */
  get more(): boolean {
    return this.#stream?.more ?? this.cursor.more;
  }

  /** Bytes of media that wait to be taken. */
  get backlog(): number {
    return this.cursor.backlog;
  }

  /** The next message, of a tap without an encoder; undefined when there is none now. */
  next(): ChainedMessage | undefined {
    return this.cursor.next();
  }

  /** The next bytes, about `wanted` at most; undefined when there are none now. */
  takeBytes(wanted: number): Uint8Array | undefined {
    return this.#stream?.takeBytes(wanted);
  }

  /** The same with what begins there; a part never goes past the start of a key frame. */
  takePart(wanted: number): MediaPart | undefined {
    return this.#stream?.takePart(wanted);
  }

  close(): void {
    this.#stream?.close();
    this.#onClose(this.cursor);
  }
}
