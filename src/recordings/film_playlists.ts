import { ProtocolError } from "../bytes/mod.ts";
import type { Client, RecordedFile } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import { AtOnce } from "./at_once.ts";
import { datesOf } from "./dates.ts";
import { partsBetween } from "./excerpt.ts";
import { FilmBytes } from "./film_bytes.ts";
import type { Films } from "./films/films.ts";
import { initOf, SegmentMuxer } from "./films/segment_muxer.ts";
import type { Segments } from "./films/segments.ts";
import {
  hlsPlaylist,
  madeSegments,
  type PlaylistFile,
  type PlaylistMedia,
  rangesOf,
} from "./hls_playlist.ts";
import {
  MAX_ALL_PREPARED,
  MAX_INDEXES,
  MAX_LOOKING,
  MAX_MADE,
  MAX_PREPARED,
  SEGMENT_FORMATS,
} from "./params.ts";
import { ReadOnce } from "./read_once.ts";
import type { FileInfo } from "./storage.ts";

/** Where segments of a film begin that are made when they are asked for, and its end: ms. */
interface FilmIndex {
  readonly times: readonly number[];
  readonly end: number;
  /** What decoders are set up by. */
  readonly init: Uint8Array;
}

/** How a film is had in segments; undefined for one that is not. */
type Way = { readonly ranges: Segments } | { readonly index: FilmIndex } | undefined;

/** Bytes of memory that a segment takes, and what else a film takes. */
const SEGMENT = 100;
const FILM = 10_000;

/** A segment, and whether it is what its URL names for ever. */
export interface FilmSegment {
  readonly body: FilmBytes | Uint8Array;
  readonly isLasting: boolean;
}

/** Looks for files, and decides who may have them; rejects with a Refusal. */
interface Finder {
  fileFor(
    client: Client,
    name: string,
    parameters: ReadonlyMap<string, string>,
  ): Promise<FileInfo | undefined>;
  recordingsOf(
    client: Client,
    stream: string,
    parameters: ReadonlyMap<string, string>,
  ): Promise<RecordedFile[]>;
}

export interface FilmPlaylistsOptions {
  /** Looks for files, and decides who may have them. */
  readonly finder: Finder;
  readonly films: Films;
  readonly log: Pick<Log, "warn">;
  /** When a file of an application began, in milliseconds since the Unix epoch. */
  readonly startOf: (application: string, name: string) => number | undefined;
}

/**
 * Files as HTTP Live Streaming: an MP4 in fragments by ranges of its bytes; other MP4 and FLV by
 * segments that are made of it when they are asked for.
 */
export class FilmPlaylists {
  readonly #options: FilmPlaylistsOptions;
  readonly #ways = new ReadOnce<Way>({ weigh, limit: MAX_INDEXES, atOnce: MAX_LOOKING });
  readonly #making = new AtOnce(MAX_MADE);
  /** Bytes of segments that are made in advance, or may be. */
  #prepared = 0;

  constructor(options: FilmPlaylistsOptions) {
    this.#options = options;
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
      const files = await this.#options.finder.recordingsOf(client, name, parameters);
      return await this.#excerpt(files, dates, urlOf);
    }
    for (const format of SEGMENT_FORMATS) {
      const file = `${name}.${format}`;
      const info = await this.#options.finder.fileFor(client, file, parameters);
      const media = info && await this.#mediaOf(info, file, urlOf);
      if (media === undefined) continue;
      return hlsPlaylist([{ ...media, start: this.#options.startOf(client.path, file) }]);
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
  ): Promise<FilmSegment | undefined> {
    const info = await this.#options.finder.fileFor(client, file, parameters);
    if (info === undefined) return undefined;
    const version = versionOf(info);
    const asked = parameters.get("v");
    // What goes on growing was another file when its playlist was made: its segments are the same.
    const way = await (this.#ways.find(`${info.path} ${asked}`) ?? this.#wayOf(info));
    if (way === undefined || "ranges" in way) return undefined;
    const { times, init } = way.index;
    const isLasting = asked === version;
    if (number === undefined) return { body: init, isLasting };
    const start = times[number];
    if (start === undefined) return undefined;
    return await this.#making.run(async () => {
      // Who asked and left costs nothing more.
      if (!client.isConnected) return undefined;
      return {
        body: await this.#make(info.path, number > 0 ? start : undefined, times[number + 1]),
        isLasting,
      };
    });
  }

  async #make(
    path: string,
    start: number | undefined,
    end: number | undefined,
  ): Promise<FilmBytes> {
    const film = await this.#options.films.open(path);
    try {
      if (start !== undefined) await film.seek(start);
      const body = new FilmBytes(film, new SegmentMuxer(film), end);
      await this.#prepare(body);
      return body;
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
    const way = await this.#wayOf(info);
    if (way === undefined) return undefined;
    if ("ranges" in way) return rangesOf(urlOf(name), way.ranges);
    const { times, end } = way.index;
    return madeSegments(urlOf(`${name}.m4s`), versionOf(info), times, end);
  }

  /** Looked for once, however many ask. */
  #wayOf(info: FileInfo): Promise<Way> {
    return this.#ways.get(`${info.path} ${versionOf(info)}`, () => this.#readWay(info.path));
  }

  async #readWay(path: string): Promise<Way> {
    const { films, log } = this.#options;
    try {
      const ranges = await films.segments(path);
      if (ranges !== undefined) return { ranges };
      const index = await this.#readIndex(path);
      if (index !== undefined) return { index };
      log.warn(`${path} is not played as HLS: no key frame in a codec that fMP4 carries`);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      log.warn(`${path} is not played as HLS: ${error.message}`);
    }
    return undefined;
  }

  async #readIndex(path: string): Promise<FilmIndex | undefined> {
    const film = await this.#options.films.open(path);
    try {
      const times = await film.begins?.();
      if (times === undefined || times.length === 0) return undefined;
      const init = await initOf(film);
      if (init === undefined) return undefined;
      return { times, end: Math.max(film.duration, times.at(-1)! + 1), init };
    } finally {
      film.close();
    }
  }
}

/** Another one when the file changes, so that segments may be cached. */
function versionOf({ size, modified }: FileInfo): string {
  return `${size.toString(36)}-${Math.floor(modified).toString(36)}`;
}

function weigh(way: Way): number {
  if (way === undefined) return FILM;
  const { length } = "ranges" in way ? way.ranges.segments : way.index.times;
  return FILM + length * SEGMENT;
}
