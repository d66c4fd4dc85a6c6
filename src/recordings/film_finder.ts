import { andThen, type Clock, errorText } from "../base/mod.ts";
import { encodeText, ProtocolError } from "../bytes/mod.ts";
import { QueryReader } from "../codecs/mod.ts";
import {
  type Client,
  type FilmRange,
  type FilmRequest,
  type FilmSink,
  type FoundFilm,
  type Hub,
  type PlayedFilm,
  type RecordedFile,
  Refusal,
} from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import type { Catalog } from "./catalog.ts";
import { datesOf } from "./dates.ts";
import { isElsewhere } from "./elsewhere.ts";
import { Excerpt, partsBetween } from "./excerpt.ts";
import type { Film } from "./films/film.ts";
import { Films } from "./films/films.ts";
import { FilmPlaylists } from "./film_playlists.ts";
import { pathFault } from "./names.ts";
import { MAX_FILMS } from "./params.ts";
import { Playback } from "./playback.ts";
import type { FileInfo, Storage } from "./storage.ts";

export interface FilmFinderOptions {
  readonly hub: Hub;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
  /** The folder of all recordings, absolute. */
  readonly folder: string;
  /** The folder of the applications, absolute. */
  readonly www: string;
  readonly catalog: Catalog;
  /** Recordings that are written now. */
  readonly running: () => readonly RecordedFile[];
}

/** Endings of files that are looked into; others are none of a player's business. */
const ENDINGS = /\.(flv|f4v|mp4|m4v|m4a|mov)$/i;
/** What a name may mean that has none, by the type before it. */
const BY_TYPE: Readonly<Record<string, readonly string[]>> = {
  "": [".flv", ".mp4"],
  flv: [".flv"],
  mp4: [".mp4", ".f4v", ".mov"],
  f4v: [".f4v", ".mp4"],
};

/** Finds what clients play by name: recordings of their application, then files of its folder. */
export class FilmFinder {
  /** Files as HTTP Live Streaming. */
  readonly playlists: FilmPlaylists;
  readonly #options: FilmFinderOptions;
  readonly #films: Films;
  /** How many files each client plays. */
  readonly #playing = new Map<Client, number>();

  constructor(options: FilmFinderOptions) {
    this.#options = options;
    const { catalog, log } = options;
    this.#films = new Films(options.storage);
    const startOf = (application: string, name: string) => catalog.named(application, name)?.start;
    this.playlists = new FilmPlaylists({ finder: this, films: this.#films, log, startOf });
  }

  /** @throws Refusal, or rejects with it, when the application does not want it played */
  async find(request: FilmRequest): Promise<FoundFilm | undefined> {
    const { client, parameters } = request;
    if (parameters.has("from")) return await this.#findExcerpt(request);
    const found = await this.#look(client.path, request.name, request.type);
    if (found === undefined) return undefined;
    const info = await this.#decide(client, found, parameters);
    if (info === undefined) return undefined;
    const open = () => this.#films.open(info.path);
    return this.#found(request, open);
  }

  /**
   * What was recorded of a stream of the client's application, oldest first.
   * @throws Refusal, or rejects with it, when the client may not play it
   */
  async recordingsOf(
    client: Client,
    stream: string,
    parameters: ReadonlyMap<string, string>,
  ): Promise<RecordedFile[]> {
    const { catalog, running, hub } = this.#options;
    const files = catalog.find({ application: client.path, stream: (name) => name === stream });
    files.push(
      ...running().filter((file) => file.application === client.path && file.stream === stream),
    );
    if (files.length > 0) await hub.lone.mayPlay({ client, name: stream, parameters });
    return files;
  }

  /**
   * What was recorded between the dates of the parameters `from` and `duration`, as one film;
   * undefined for nothing.
   * @throws Refusal, or rejects with it
   */
  async excerpt(
    client: Client,
    stream: string,
    parameters: ReadonlyMap<string, string>,
  ): Promise<(() => Promise<Excerpt>) | undefined> {
    const dates = datesOf(parameters);
    if (dates === undefined) {
      const text = "from is a date such as 2026-03-01T12:00:00Z, duration a number of seconds";
      throw new Refusal("Play.Failed", text, { reason: "failed" });
    }
    const files = await this.recordingsOf(client, stream, parameters);
    const parts = partsBetween(files, dates.from, dates.to);
    return parts.length === 0 ? undefined : () => Excerpt.open(this.#films, parts);
  }

  async #findExcerpt(request: FilmRequest): Promise<FoundFilm | undefined> {
    const { client, name, parameters } = request;
    const open = await this.excerpt(client, name, parameters);
    if (open === undefined) {
      throw new Refusal("Play.StreamNotFound", `${name} was not recorded then`);
    }
    return this.#found(request, open);
  }

  /**
   * A file that a client asks for by its whole name, such as `film.mp4`; undefined for none.
   * @throws Refusal, or rejects with it, when it is of a stream that the client may not play
   */
  async fileFor(
    client: Client,
    name: string,
    parameters: ReadonlyMap<string, string>,
  ): Promise<FileInfo | undefined> {
    const info = await this.file(client.path, name);
    if (info !== undefined) await this.#askForStream(client, name, parameters);
    return info;
  }

  /** Who may not play a stream may not have its recordings. */
  async #askForStream(
    client: Client,
    name: string,
    parameters: ReadonlyMap<string, string>,
  ): Promise<void> {
    const recording = this.#options.catalog.named(client.path, name);
    if (recording === undefined) return;
    await this.#options.hub.lone.mayPlay({ client, name: recording.stream, parameters });
  }

  /** The file of an application by its whole name; undefined for none that may be played. */
  async file(application: string, name: string): Promise<FileInfo | undefined> {
    if (pathFault(name) !== undefined || !ENDINGS.test(name)) return undefined;
    const parts = name.split("/");
    if (parts.some((part) => part === "" || part.startsWith(".") || part.includes("\0"))) {
      return undefined;
    }
    const { hub, storage, folder, www } = this.#options;
    if (isElsewhere(hub, application, name)) return undefined;
    for (const root of [folder, www]) {
      // What scripts keep.
      if (root === www && `${application}/${name}`.startsWith("/data/")) continue;
      const real = await storage.real(`${root}${application}`);
      const info = real === undefined ? undefined : await storage.find(`${real}/${name}`);
      // A link that leads out of the folder is not followed.
      if (info !== undefined && info.path.startsWith(`${real}/`)) return info;
    }
    return undefined;
  }

  async #look(
    application: string,
    name: string,
    type: string,
  ): Promise<{ name: string; info: FileInfo } | undefined> {
    const endings = Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type]! : [];
    const names = ENDINGS.test(name) ? [name] : endings.map((ending) => name + ending);
    for (const each of names) {
      const info = await this.file(application, each);
      if (info !== undefined) return { name: each, info };
    }
    return undefined;
  }

  /** What the application's `onRead` says of the file: it may name another one. */
  async #decide(
    client: Client,
    { name, info }: { name: string; info: FileInfo },
    parameters: ReadonlyMap<string, string>,
  ): Promise<FileInfo | undefined> {
    const query = new URLSearchParams([...parameters]).toString();
    const question = {
      client,
      file: name,
      parameters: new QueryReader(encodeText(query)),
      during: <T>(run: () => T): T => run(),
    };
    try {
      const decision = await this.#options.hub.questions.read(question);
      if (decision.kind === "handled") return undefined;
      await this.#askForStream(client, decision.file, parameters);
      return decision.file === name ? info : await this.file(client.path, decision.file);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new Refusal("Play.Failed", error.message, { reason: error.reason });
    }
  }

  #found(request: FilmRequest, open: () => Promise<Film>): FoundFilm {
    return {
      play: (range, sink, instead) => this.#play(request, open, range, sink, instead),
      duration: async () => {
        const film = await this.#open(request, open);
        const { duration } = film;
        film.close();
        return duration;
      },
    };
  }

  /** @throws Refusal, or rejects with it, for a file that cannot be read */
  async #open({ name }: FilmRequest, open: () => Promise<Film>): Promise<Film> {
    try {
      return await open();
    } catch (error) {
      this.#options.log.warn(`${name} cannot be played: ${errorText(error)}`);
      const why = error instanceof ProtocolError ? error.message : "the file cannot be opened";
      throw new Refusal("Play.Failed", `${name}: ${why}`, { reason: "failed" });
    }
  }

  async #play(
    request: FilmRequest,
    open: () => Promise<Film>,
    range: FilmRange,
    sink: FilmSink,
    instead: PlayedFilm | undefined,
  ): Promise<PlayedFilm> {
    const { hub, clock, log } = this.#options;
    const { client, name } = request;
    this.#count(client);
    let film: Film;
    try {
      film = await this.#open(request, open);
    } catch (error) {
      this.#uncount(client);
      throw error;
    }
    const close = () => {
      film.close();
      this.#uncount(client);
    };
    try {
      const origin = { kind: "recording", id: name } as const;
      const listener = await andThen(
        hub.lone.subscribe(origin, request, sink),
        (listener) => listener,
      );
      return new Playback({
        ...{ hub, clock, log, film, listener, range, sink, instead },
        onClosed: close,
      });
    } catch (error) {
      close();
      throw error;
    }
  }

  #count(client: Client): void {
    const count = (this.#playing.get(client) ?? 0) + 1;
    if (count > MAX_FILMS) {
      throw new Refusal("Play.Failed", `a client plays ${MAX_FILMS} files at a time at most`);
    }
    this.#playing.set(client, count);
  }

  #uncount(client: Client): void {
    const count = (this.#playing.get(client) ?? 1) - 1;
    if (count === 0) this.#playing.delete(client);
    else this.#playing.set(client, count);
  }
}
