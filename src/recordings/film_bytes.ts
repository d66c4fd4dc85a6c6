import { errorText } from "../base/mod.ts";
import type { FileMuxer } from "./file_muxer.ts";
import type { Film } from "./films/film.ts";
import { FlvMuxer } from "./flv_muxer.ts";
import { Mp4FileMuxer } from "./mp4_muxer.ts";
import type { Format } from "./names.ts";

/** Bytes that are made in advance. */
const AHEAD = 262_144;

/** A film as the bytes of a file, made as they are taken. */
export class FilmBytes {
  /** Only its end tells. */
  readonly length = undefined;
  readonly #film: Film;
  readonly #muxer: FileMuxer;
  readonly #end: number;
  #wake: () => void = () => {};
  #onEnd: (failure?: string) => void = () => {};
  #isReading = false;
  #hasAll = false;
  #isOver = false;

  /** @param length milliseconds of it, the film's own at most */
  constructor(film: Film, format: Format, length = Infinity) {
    this.#film = film;
    this.#end = length;
    const head = { metadata: undefined, configs: film.configs, kinds: kindsOf(film) };
    const duration = Math.min(film.duration, length);
    this.#muxer = format === "flv" ? new FlvMuxer(head, { duration }) : new Mp4FileMuxer(head);
  }

  get more(): boolean {
    return this.#muxer.waiting > 0;
  }

  /** @param onEnd told once, unless it is closed before */
  start(wake: () => void, onEnd: (failure?: string) => void): void {
    this.#wake = wake;
    this.#onEnd = onEnd;
    void this.#fill();
  }

  take(): Uint8Array | undefined {
    const bytes = this.#muxer.take();
    if (this.#muxer.waiting < AHEAD) void this.#fill();
    if (this.#hasAll && !this.more) this.#finish();
    return bytes;
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (!this.#isReading) this.#film.close();
  }

  async #fill(): Promise<void> {
    if (this.#isReading || this.#isOver || this.#hasAll) return;
    this.#isReading = true;
    let failure: string | undefined;
    try {
      const messages = await this.#film.next();
      const last = messages.find(({ kind, role, time }) =>
        kind !== "data" && role !== "config" && time >= this.#end
      );
      for (const message of messages) {
        if (message === last) break;
        this.#muxer.push(message, message.time);
      }
      // Other tracks than those of its head are no part of this file.
      this.#hasAll = messages.length === 0 || last !== undefined || this.#muxer.isOver === true;
      if (this.#hasAll) this.#muxer.finish();
    } catch (error) {
      failure = errorText(error);
    }
    this.#isReading = false;
    if (this.#isOver) return this.#film.close();
    if (failure !== undefined) return this.#finish(failure);
    if (this.more || this.#hasAll) this.#wake();
    if (this.#muxer.waiting < AHEAD) void this.#fill();
  }

  #finish(failure?: string): void {
    if (this.#isOver) return;
    this.close();
    this.#onEnd(failure);
  }
}

function kindsOf({ configs, hasVideo }: Film): { audio: boolean; video: boolean } {
  return { audio: !hasVideo || configs.some(({ kind }) => kind === "audio"), video: hasVideo };
}
