import { BoundedMap } from "../base/mod.ts";
import { ProtocolError } from "../bytes/mod.ts";
import type { Client, RecordedFile } from "../hub/mod.ts";
import { datesOf } from "./dates.ts";
import { partsBetween } from "./excerpt.ts";
import { FilmBytes } from "./film_bytes.ts";
import type { FilmFinder } from "./film_finder.ts";
import { openFilm } from "./films/open_film.ts";
import { initOf, SegmentMuxer } from "./films/segment_muxer.ts";
import { readSegments } from "./films/segments.ts";
import {
  hlsPlaylist,
  madeSegments,
  type PlaylistFile,
  type PlaylistMedia,
  rangesOf,
} from "./hls_playlist.ts";
import {
  MAX_ALL_PREPARED,
  MAX_INDEXED,
  MAX_LOOKING,
  MAX_PREPARED,
  SEGMENT_FORMATS,
} from "./params.ts";
import type { FileInfo, Storage } from "./storage.ts";

/** Where segments of a film begin that are made when they are asked for, and its end: ms. */
interface FilmIndex {
  readonly times: readonly number[];
  readonly end: number;
}

/** Looks for files, and decides who may have them. */
type Finder = Pick<FilmFinder, "fileFor" | "recordingsOf">;

/**
 * Files as HTTP Live Streaming: an MP4 in fragments by ranges of its bytes; other MP4 and FLV by
 * segments that are made of it when they are asked for.
 */
export class FilmPlaylists {
  readonly #finder: Finder;
  readonly #storage: Storage;
  /** When a file of an application began, in milliseconds since the Unix epoch. */
  readonly #startOf: (application: string, name: string) => number | undefined;
  /** By path, size and date; undefined for what has no segments. */
  readonly #indexes = new BoundedMap<string, Promise<FilmIndex | undefined>>(MAX_INDEXED);
  /** Bytes of segments that are made in advance, or may be. */
  #prepared = 0;
  /** Files that are looked through, and what waits for one of them to be done. */
  #looking = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    finder: Finder,
    storage: Storage,
    startOf: (application: string, name: string) => number | undefined,
  ) {
    this.#finder = finder;
    this.#storage = storage;
    this.#startOf = startOf;
  }

  /**
   * The playlist of a file by its name without ending, or of what was recorded of a stream between
   * the dates of the parameters; undefined for nothing.
   * @param urlOf where a file is had, by its name in the application's folder
   * @throws Refusal, or rejects with it
   */
  async playlist(
    client: Client,
    name: string,
    parameters: ReadonlyMap<string, string>,
    urlOf: (name: string) => string,
  ): Promise<string | undefined> {
    const dates = datesOf(parameters);
    if (dates !== undefined) {
      const files = await this.#finder.recordingsOf(client, name, parameters);
      return await this.#excerpt(files, dates, urlOf);
    }
    for (const format of SEGMENT_FORMATS) {
      const file = `${name}.${format}`;
      const info = await this.#finder.fileFor(client, file, parameters);
      const media = info && await this.#mediaOf(info, file, urlOf);
      if (media === undefined) continue;
      return hlsPlaylist([{ ...media, start: this.#startOf(client.path, file) }]);
    }
    return undefined;
  }

  /**
   * A segment of a file that is no MP4 in fragments, or with no number what decoders are set up by
   * before it; undefined for none.
   * @throws Refusal, or rejects with it; ProtocolError for a file that cannot be read
   */
  async segment(
    client: Client,
    file: string,
    parameters: ReadonlyMap<string, string>,
    number: number | undefined,
  ): Promise<FilmBytes | Uint8Array | undefined> {
    const info = await this.#finder.fileFor(client, file, parameters);
    const index = info && await this.#indexOf(info);
    if (info === undefined || index === undefined) return undefined;
    if (number === undefined) {
      const film = await openFilm(this.#storage, info.path);
      return await initOf(film).finally(() => film.close());
    }
    const start = index.times[number];
    if (start === undefined) return undefined;
    const film = await openFilm(this.#storage, info.path);
    try {
      if (number > 0) await film.seek(start);
      const bytes = new FilmBytes(film, new SegmentMuxer(film), index.times[number + 1]);
      await this.#prepare(bytes);
      return bytes;
    } catch (error) {
      film.close();
      throw error;
    }
  }

  /** Players want to know how long a segment is, but those that are slow shall not fill the memory. */
  async #prepare(bytes: FilmBytes): Promise<void> {
    if (this.#prepared + MAX_PREPARED > MAX_ALL_PREPARED) return;
    this.#prepared += MAX_PREPARED;
    try {
      await bytes.prepare(MAX_PREPARED);
    } finally {
      this.#prepared -= MAX_PREPARED;
    }
    const { length = MAX_PREPARED } = bytes;
    this.#prepared += length;
    bytes.onClosed = () => this.#prepared -= length;
  }

  async #excerpt(
    recorded: readonly RecordedFile[],
    { from, to }: { readonly from: number; readonly to: number },
    urlOf: (name: string) => string,
  ): Promise<string | undefined> {
    const files: PlaylistFile[] = [];
    for (const { file, from: begin, to: end } of partsBetween(recorded, from, to)) {
      const { path, size } = file;
      const info = { path, size, modified: file.start + file.duration };
      const media = await this.#mediaOf(info, file.name, urlOf);
      if (media !== undefined) files.push({ ...media, start: file.start, from: begin, to: end });
    }
    return files.length === 0 ? undefined : hlsPlaylist(files);
  }

  async #mediaOf(
    info: FileInfo,
    name: string,
    urlOf: (name: string) => string,
  ): Promise<PlaylistMedia | undefined> {
    const ranges = await this.#readRanges(info);
    if (ranges !== undefined) return rangesOf(urlOf(name), ranges);
    const index = await this.#indexOf(info);
    if (index === undefined) return undefined;
    const version = `${info.size.toString(36)}-${Math.floor(info.modified).toString(36)}`;
    return madeSegments(urlOf(`${name}.m4s`), version, index.times, index.end);
  }

  async #readRanges({ path }: FileInfo) {
    if (path.endsWith(".flv")) return undefined;
    const file = await this.#storage.open(path);
    try {
      return await readSegments(file);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return undefined;
    } finally {
      file.close();
    }
  }

  /** Looked for once, however many ask. */
  #indexOf(info: FileInfo): Promise<FilmIndex | undefined> {
    const key = `${info.path} ${info.size} ${info.modified}`;
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const index = this.#readIndex(info.path);
    this.#indexes.set(key, index);
    index.catch(() => this.#indexes.delete(key));
    return index;
  }

  async #readIndex(path: string): Promise<FilmIndex | undefined> {
    if (this.#looking >= MAX_LOOKING) await new Promise<void>((go) => this.#waiting.push(go));
    this.#looking++;
    try {
      const film = await openFilm(this.#storage, path);
      try {
        const times = await film.begins?.();
        if (times === undefined || times.length === 0) return undefined;
        if (await initOf(film) === undefined) return undefined;
        return { times, end: Math.max(film.duration, times.at(-1)! + 1) };
      } finally {
        film.close();
      }
    } catch (error) {
      if (error instanceof ProtocolError) return undefined;
      throw error;
    } finally {
      this.#looking--;
      this.#waiting.shift()?.();
    }
  }
}
