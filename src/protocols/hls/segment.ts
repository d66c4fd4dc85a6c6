import type { StoredSegment } from "./segment_store.ts";

/** What decoders are set up by before the segments that name it. */
export interface InitSection {
  readonly id: number;
  readonly bytes: Uint8Array;
}

/** A piece of a segment, which is there before the segment is. */
export interface Part {
  readonly bytes: Uint8Array;
  /** In milliseconds. */
  readonly duration: number;
  readonly isIndependent: boolean;
}

export interface Segment {
  /** Its Media Sequence Number. */
  readonly number: number;
  readonly init: InitSection | undefined;
  /** What was before does not go on in it. */
  readonly isDiscontinuous: boolean;
  /** Milliseconds of the stream at which it begins, and how long it is so far. */
  readonly time: number;
  duration: number;
  /** None of a segment that memory does not hold. */
  readonly parts: Part[];
  /** Number of the first of its parts, which are counted through. */
  readonly firstPart: number;
  /** Bytes of its parts. */
  size: number;
  /** It begins with a key frame. */
  isIndependent: boolean;
  isComplete: boolean;
  /** It ends with the next key frame, however short it is. */
  readonly isRest: boolean;
  /** Milliseconds since the Unix epoch; it does not change once it is known. */
  date: number | undefined;
  /** Its lines in a playlist, once they do not change any more. */
  lines: string | undefined;
  /** Where its bytes are when its parts are gone. */
  stored: StoredSegment | undefined;
}
