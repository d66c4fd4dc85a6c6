import type { Later } from "../base/mod.ts";
import type { Client } from "./client.ts";
import type { Listener, ListenerSink } from "./listener.ts";
import type { Publication } from "./publication.ts";

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

/** A file that a client wants to play, as it names it. */
export interface FilmRequest {
  readonly client: Client;
  /** Without its type and its parameters. */
  readonly name: string;
  /** What stood before the name, such as "mp4"; "" for nothing. */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Which part of a file is played; milliseconds. */
export interface FilmRange {
  readonly start: number;
  /** To the end, when it is undefined; the first frame alone when it is 0. */
  readonly length: number | undefined;
}

/** What is told of a file that is played. */
export interface FilmSink extends ListenerSink {
  /** Everything was taken by the listener: the last of it, or what the range allows. */
  onEnd(): void;
}

/** A file that was found for a client. */
export interface FoundFilm {
  /** Milliseconds. Rejects with a Refusal when the file cannot be read. */
  duration(): Promise<number>;
  /**
   * Begins to play it to the client alone, at the pace of its buffer.
   * @param instead what plays now, at whose pace this one goes on
   * @throws Refusal, or rejects with it
   */
  play(range: FilmRange, sink: FilmSink, instead?: PlayedFilm): Promise<PlayedFilm>;
}

/** A file on its way to a client. */
export interface PlayedFilm {
  readonly listener: Listener;
  /** Milliseconds. */
  readonly duration: number;
  /** Bytes of media that were given to the listener. */
  readonly bytes: number;
  /** Milliseconds of the newest frame that was given to the listener. */
  readonly time: number;
  /** Milliseconds that the client wants to have in advance. */
  bufferTime: number;
  pause(): void;
  /** @param time milliseconds to go on at; where it stopped when it is undefined */
  resume(time?: number): void;
  /** Goes on at the key frame before a time, when what is under way is done. */
  seek(time: number): void;
  /** Ends before a time, in milliseconds; undefined for the end that it had. */
  endAt(time: number | undefined): void;
  close(): void;
}

/** What recordings are to those who publish and play. */
export interface Recordings {
  /** True while the publication is recorded as its publisher asked. */
  isRecorded(publication: Publication): boolean;
  /** The file of a name; undefined when there is none that the client may have. */
  find(request: FilmRequest): Later<FoundFilm | undefined>;
}

/** A server that records nothing. */
export const NO_RECORDINGS: Recordings = { isRecorded: () => false, find: () => undefined };
