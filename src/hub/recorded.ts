import type { Publication } from "./publication.ts";

/** What a publisher asks to become of its stream: NetStream's `publish(name, mode)`. */
export type PublishMode = "live" | "record" | "append";

/** Time that a recording lacks, since the disk did not keep up. In milliseconds of the recording. */
export interface RecordingGap {
  readonly at: number;
  readonly length: number;
}

/** A file that a publication was recorded to. */
export interface RecordedFile {
  /** Path of the application that it belongs to: "" for the root, else "/a/b". */
  readonly application: string;
  /** The publication's name. */
  readonly stream: string;
  /** Below the application's folder of recordings, with `/` between its parts. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly format: string;
  /** When it began, in milliseconds since the Unix epoch. */
  readonly start: number;
  /** Milliseconds. */
  readonly duration: number;
  /** Bytes. */
  readonly size: number;
  readonly gaps: readonly RecordingGap[];
}

/** What the recorder tells those who publish. */
export interface Recordings {
  /** True while the publication is recorded as its publisher asked. */
  isRecorded(publication: Publication): boolean;
}

/** A server that records nothing. */
export const NO_RECORDINGS: Recordings = { isRecorded: () => false };
