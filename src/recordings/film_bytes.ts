import { errorText } from "../base/mod.ts";
import type { MediaMessage } from "../media/mod.ts";
import type { FileMuxer } from "./file_muxer.ts";
import type { Film } from "./films/film.ts";
import { kindsOf } from "./films/segment_muxer.ts";
import { FlvMuxer } from "./flv_muxer.ts";
import { Mp4FileMuxer } from "./mp4_muxer.ts";
import type { Format } from "./names.ts";

/** What makes bytes of a film's messages. */
export type FilmMuxer = Pick<FileMuxer, "push" | "waiting" | "take" | "finish" | "isOver">;

/** Bytes that are made in advance. */
const AHEAD = 262_144;

/** A film as the bytes of a file, made as they are taken. */
export class FilmBytes {
  readonly #film: Film;
  readonly #muxer: FilmMuxer;
  readonly #end: number;
  #length: number | undefined;
  #wake: () => void = () => {};
  #onEnd: (failure?: string) => void = () => {};
  #isReading = false;
  #hasAll = false;
  #isFilmOpen = true;
  #isOver = false;
  /** Told once when nothing of it is held any more. */
  onClosed: () => void = () => {};

  /** @param end milliseconds of the film at which its first frame is left out, by default none */
  constructor(film: Film, muxer: FilmMuxer, end = Infinity) {
    this.#film = film;
    this.#end = end;
    this.#muxer = muxer;
  }

  /** A whole file. */
  static file(film: Film, format: Format): FilmBytes {
    const head = { metadata: undefined, configs: film.configs, kinds: kindsOf(film) };
    const { duration } = film;
    const muxer = format === "flv"
      ? new FlvMuxer(head, { duration })
      : new Mp4FileMuxer(head, { duration });
    return new FilmBytes(film, muxer);
  }

  /** Bytes of all of it; undefined when only its end tells. */
  get length(): number | undefined {
    return this.#length;
  }

  get more(): boolean {
    return this.#muxer.waiting > 0;
  }

  /**
   * Makes up to that many bytes before any is taken: if that is all, its length is known.
   * @throws ProtocolError, or what the disk says
   */
  async prepare(limit: number): Promise<void> {
    while (!this.#hasAll && this.#muxer.waiting < limit) await this.#read();
    if (this.#hasAll) this.#length = this.#muxer.waiting;
  }

  /** @param onEnd told once, unless it is closed before */
  start(wake: () => void, onEnd: (failure?: string) => void): void {
    this.#wake = wake;
    this.#onEnd = onEnd;
    if (this.more) wake();
    else if (this.#hasAll) this.#finish();
    if (this.#muxer.waiting < AHEAD) void this.#fill();
  }

  takeBytes(): Uint8Array | undefined {
    const bytes = this.#muxer.take();
    if (this.#muxer.waiting < AHEAD) void this.#fill();
    if (this.#hasAll && !this.more) this.#finish();
    return bytes;
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (!this.#isReading) this.#closeFilm();
    this.onClosed();
  }

  async #fill(): Promise<void> {
    if (this.#isReading || this.#isOver || this.#hasAll) return;
    this.#isReading = true;
    let failure: string | undefined;
    try {
      await this.#read();
    } catch (error) {
      failure = errorText(error);
    }
    this.#isReading = false;
    if (this.#isOver) return this.#closeFilm();
    if (failure !== undefined) return this.#finish(failure);
    if (this.more || this.#hasAll) this.#wake();
    if (this.#muxer.waiting < AHEAD) void this.#fill();
  }

  async #read(): Promise<void> {
    const messages = await this.#film.next();
    const last = messages.find((message) => this.#isEnd(message));
    for (const message of messages) {
      if (message === last) break;
      this.#muxer.push(message, message.time);
    }
    // Other tracks than those of its head are no part of this file.
    this.#hasAll = messages.length === 0 || last !== undefined || this.#muxer.isOver === true;
    if (!this.#hasAll) return;
    this.#muxer.finish();
    // A player that takes its time holds no file.
    this.#closeFilm();
  }

  #closeFilm(): void {
    if (!this.#isFilmOpen) return;
    this.#isFilmOpen = false;
    this.#film.close();
  }

  /** Pictures lead: sound that comes before the first one that is too much belongs to what is before. */
  #isEnd({ kind, role, time }: MediaMessage): boolean {
    const lead = this.#film.hasVideo ? "video" : "audio";
    return kind === lead && role !== "config" && time >= this.#end;
  }

  #finish(failure?: string): void {
    if (this.#isOver) return;
    this.close();
    this.#onEnd(failure);
  }
}
