import type { Value } from "../../codecs/mod.ts";
import type { MediaMessage } from "../../media/mod.ts";

/** A file of media that is read for one player. Times are milliseconds from its first frame on. */
export interface Film {
  /** Milliseconds. */
  readonly duration: number;
  /** What `onMetaData` tells of it. */
  readonly metadata: ReadonlyMap<string, Value>;
  /** Codec headers of what comes next. */
  readonly configs: readonly MediaMessage[];
  readonly hasVideo: boolean;
  /** Times of its key frames, where it tells them without being looked through. */
  readonly keyTimes?: readonly number[];
  /**
   * Times at which segments of some seconds may begin, in milliseconds: each of a key frame.
   * @throws ProtocolError for a file that is too long to be looked through
   */
  begins?(): Promise<readonly number[]>;
  /**
   * Goes on at the last frame at or before a time at which decoding can begin, or at the first.
   * @throws ProtocolError when the file is none
   */
  seek(time: number): Promise<void>;
  /** Some of the next messages, in the order of their times; none at the end. @throws ProtocolError */
  next(): Promise<readonly MediaMessage[]>;
  close(): void;
}
