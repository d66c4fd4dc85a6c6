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
  /** What is to be written next; undefined when there is nothing. */
  take(): Uint8Array | undefined;
  /** Nothing comes for a while, or for ever: what is there can be taken. */
  flush(): void;
  /**
   * What changes when all is written.
   * @param duration milliseconds
   * @param size bytes of the whole file
   */
  patches(duration: number, size: number): Patch[];
}
