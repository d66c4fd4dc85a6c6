import type { MediaKinds, MediaMessage } from "../media/mod.ts";

/** Bytes that take the place of others when a file is whole. */
export interface Patch {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** What a file begins with. */
export interface FileHead {
  readonly metadata: MediaMessage | undefined;
  /** Codec headers. */
  readonly configs: Iterable<MediaMessage>;
  /** The kinds that come, as far as is known. */
  readonly kinds: MediaKinds;
}

/** Writes one file of a recording: messages in, bytes out. */
export interface FileMuxer {
  /** @param time of the recording, in milliseconds */
  push(message: MediaMessage, time: number): void;
  /** Bytes that wait to be taken. */
  readonly waiting: number;
  /** What waits is whole: nothing is won by waiting for more. */
  readonly isWhole?: boolean;
  /** What is to be written next; undefined when there is nothing. */
  take(): Uint8Array | undefined;
  /** Milliseconds of what was given out; undefined where the time of the last frame says it. */
  readonly duration?: number;
  /** The stream goes on with other tracks than the file has: another one is to begin. */
  readonly isOver?: boolean;
  /** Nothing comes for a while: what is there can be taken. */
  flush(): void;
  /** Nothing comes any more: the rest can be taken, with what the end of a file has. */
  finish(): void;
  /** {@link isOver}, and the file has all it gets: what is given out from now on is another's. */
  goOn?(): void;
  /**
   * What changes when all is written.
   * @param duration milliseconds
   * @param size bytes of the whole file
   */
  patches(duration: number, size: number): Patch[];
}
