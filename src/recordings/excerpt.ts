import type { Value } from "../codecs/mod.ts";
import type { RecordedFile } from "../hub/mod.ts";
import { compositionOffset, MediaMessage } from "../media/mod.ts";
import type { Film } from "./films/film.ts";
import type { Films } from "./films/films.ts";
import { JOINT } from "./params.ts";

/** A part of one recording. */
export interface ExcerptPart {
  readonly file: RecordedFile;
  /** Milliseconds of the file. */
  readonly from: number;
  readonly to: number;
  /** Where the part begins in the excerpt, in milliseconds. */
  readonly at: number;
}

/** A time in which a stream was recorded without a pause, be it in several files. */
export interface RecordedSpan {
  /** Milliseconds since the Unix epoch. */
  readonly start: number;
  /** Milliseconds. */
  readonly duration: number;
}

/** Milliseconds between two files that make no pause: the last frame of the one has its length. */
const PAUSE = 1_000;

/** The times of recordings that are in order; those of two formats are one. */
export function spansOf(files: readonly RecordedFile[]): RecordedSpan[] {
  const spans: { start: number; end: number }[] = [];
  for (const { start, duration } of files) {
    const last = spans.at(-1);
    if (last !== undefined && start <= last.end + PAUSE) {
      last.end = Math.max(last.end, start + duration);
    } else spans.push({ start, end: start + duration });
  }
  return spans.map(({ start, end }) => ({ start, duration: end - start }));
}

/**
 * The parts of recordings between two dates, one after the other: what was not recorded is left out,
 * and what two files have is taken from the first.
 * @param files in order
 */
export function partsBetween(
  files: readonly RecordedFile[],
  from: number,
  to: number,
): ExcerptPart[] {
  const parts: ExcerptPart[] = [];
  let covered = from;
  let at = 0;
  for (const file of files) {
    const begins = Math.max(covered, file.start);
    const ends = Math.min(to, file.start + file.duration);
    // What is a little longer in another format is no more than its last frame.
    const isRest = file.start < covered - PAUSE && ends - begins < PAUSE;
    if (begins >= ends || isRest) continue;
    const part = { file, from: begins - file.start, to: ends - file.start, at };
    parts.push(part);
    at += ends - begins + (isUpToEnd(part) ? JOINT : 0);
    covered = ends;
  }
  return parts;
}

/** The last frame is in it, whose time is the duration of its file. */
function isUpToEnd({ file, to }: ExcerptPart): boolean {
  return to >= file.duration;
}

/** Parts of several recordings as one film. */
export class Excerpt implements Film {
  readonly duration: number;
  readonly metadata: ReadonlyMap<string, Value>;
  readonly #films: Films;
  readonly #parts: readonly ExcerptPart[];
  #index = 0;
  #film: Film;
  /** Added to the times of the film that is read now; NaN before its first frame. */
  #shift = Number.NaN;
  /** Time of the newest frame, and when the latest picture is shown. */
  #time = -JOINT;
  #shown = -Infinity;

  private constructor(films: Films, parts: readonly ExcerptPart[], first: Film) {
    this.#films = films;
    this.#parts = parts;
    this.#film = first;
    const last = parts.at(-1);
    this.duration = last === undefined ? 0 : last.at + last.to - last.from;
    this.metadata = new Map([...first.metadata].filter(([name]) => name !== "keyframes"));
  }

  /** @param parts one at least */
  static async open(films: Films, parts: readonly ExcerptPart[]): Promise<Excerpt> {
    const first = await films.open(parts[0]!.file.path);
    const excerpt = new Excerpt(films, parts, first);
    await first.seek(parts[0]!.from);
    return excerpt;
  }

  get configs(): readonly MediaMessage[] {
    return this.#film.configs;
  }

  get hasVideo(): boolean {
    return this.#film.hasVideo;
  }

  async seek(time: number): Promise<void> {
    const found = this.#parts.findLastIndex(({ at }) => at <= time);
    const index = Math.max(0, found);
    const part = this.#parts[index]!;
    await this.#open(index);
    await this.#film.seek(part.from + Math.max(0, time - part.at));
    this.#time = Math.max(part.at, Math.min(time, this.duration)) - JOINT;
    this.#shown = -Infinity;
  }

  async next(): Promise<readonly MediaMessage[]> {
    for (;;) {
      const part = this.#parts[this.#index]!;
      const to = isUpToEnd(part) ? Infinity : part.to;
      const messages = (await this.#film.next()).filter(({ kind, role, time }) =>
        (kind !== "data" || role !== "config") && time < to
      );
      if (messages.length > 0) return messages.map((message) => this.#moved(message));
      if (this.#index + 1 >= this.#parts.length) return [];
      await this.#open(this.#index + 1);
      await this.#film.seek(this.#parts[this.#index]!.from);
      if (this.#film.configs.length > 0) return this.#film.configs.map((each) => this.#moved(each));
    }
  }

  close(): void {
    this.#film.close();
  }

  async #open(index: number): Promise<void> {
    this.#shift = Number.NaN;
    if (index === this.#index) return;
    const film = await this.#films.open(this.#parts[index]!.file.path);
    this.#film.close();
    this.#film = film;
    this.#index = index;
  }

  #moved({ kind, role, time, payload, name, format }: MediaMessage): MediaMessage {
    const isFrame = role !== "config" && kind !== "data";
    if (isFrame) {
      const offset = kind === "video" ? compositionOffset(payload) : 0;
      // What a part broke off at is shown before what follows, in whatever order it is decoded.
      const earliest = Math.max(this.#time + JOINT, this.#shown + 1 - offset);
      if (Number.isNaN(this.#shift)) this.#shift = earliest - time;
      this.#time = Math.max(0, time + this.#shift);
      if (kind === "video") this.#shown = Math.max(this.#shown, this.#time + offset);
    }
    return new MediaMessage(kind, role, Math.max(0, this.#time), payload, name, format);
  }
}
