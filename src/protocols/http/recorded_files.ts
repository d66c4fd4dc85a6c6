import { encodeText, ProtocolError } from "../../bytes/mod.ts";
import type { Hub, RecordedFile } from "../../hub/mod.ts";
import { CONTAINERS } from "../../media/mod.ts";
import type { Disk } from "../../net/mod.ts";
import {
  dateOf,
  datesOf,
  FilmBytes,
  type FilmFinder,
  type Format,
  formatOf,
  spansOf,
} from "../../recordings/mod.ts";
import { contentTypeOf } from "./content_type.ts";
import { fileResponse } from "./file_response.ts";
import { FILM_EXTENSIONS } from "./params.ts";
import type { HttpRequest } from "./request.ts";
import type { Resource } from "./resource.ts";
import { encodePath, extensionOf } from "./target.ts";
import { HttpError } from "./wire/error.ts";
import type { HttpResponse } from "./wire/response.ts";

/** That of a playlist of HTTP Live Streaming. */
const PLAYLIST = "m3u8";
/** Parameters that are not handed on to what a playlist lists. */
const OWN: ReadonlySet<string> = new Set(["from", "duration", "segment", "v"]);
const A_DATE = "a date such as 2026-03-01T12:00:00Z";

/** That of a segment of a file, and of what decoders are set up by before it. */
const SEGMENT = "m4s";
const NUMBER = /^\d{1,9}$/;
/** Segments have a version of their file in their URL. */
const LASTING = "public, max-age=3600";

/** Ending of a request for the list of a stream's recordings. */
const LIST = "recordings";

/**
 * GET and HEAD of recordings: files by their names, what was recorded between two dates
 * (`stream.mp4?from=2026-03-01T12:00:00Z&duration=600`), the list of both (`stream.recordings`),
 * playlists of them (`.m3u8`) and their segments (`film.flv.m4s?segment=1`).
 */
export class RecordedFiles implements Resource {
  readonly needsClient = true;
  readonly #hub: Hub;
  readonly #films: FilmFinder;
  readonly #disk: Disk;

  constructor(hub: Hub, films: FilmFinder, disk: Disk) {
    this.#hub = hub;
    this.#films = films;
    this.#disk = disk;
  }

  wants({ method, url: { name } }: HttpRequest): boolean {
    if (method !== "GET" && method !== "HEAD") return false;
    const extension = extensionOf(name);
    return CONTAINERS.has(extension) || FILM_EXTENSIONS.has(extension);
  }

  /** @throws Refusal, or rejects with it */
  respond(request: HttpRequest): Promise<HttpResponse | undefined> | undefined {
    const { file, parameters } = request;
    const extension = extensionOf(file);
    const name = file.slice(0, -extension.length - 1);
    if (extension === LIST) return this.#list(request, name);
    if (extension === SEGMENT) return this.#segment(request, name);
    const format = formatOf(file);
    if (format !== undefined && parameters.has("from")) {
      return this.#excerpt(request, name, format);
    }
    // What is live is played, whatever was recorded under its name.
    const { client } = request.binding;
    const isPlaylist = extension === PLAYLIST;
    const mayBeLive = isPlaylist ? !parameters.has("from") : CONTAINERS.has(extension);
    if (mayBeLive && this.#hub.isPublished(client, name)) return undefined;
    return isPlaylist ? this.#playlist(request, name) : this.#file(request);
  }

  async #file(request: HttpRequest): Promise<HttpResponse | undefined> {
    const { file, parameters, binding: { client } } = request;
    const info = await this.#films.fileFor(client, file, parameters);
    if (info === undefined) return undefined;
    const { path, size, modified } = info;
    const stored = {
      path,
      size,
      isFolder: false,
      etag: `"${size.toString(36)}-${modified.toString(36)}"`,
      modified: Math.floor(modified / 1000) * 1000,
      lastModified: new Date(modified).toUTCString(),
      type: contentTypeOf(path),
      bytes: undefined,
      encodings: [],
    };
    return await fileResponse(request, stored, this.#disk);
  }

  async #excerpt(request: HttpRequest, name: string, format: Format): Promise<HttpResponse> {
    const { parameters, method, binding: { client } } = request;
    if (datesOf(parameters) === undefined) {
      throw new HttpError(400, `from is ${A_DATE}, duration a number of seconds`);
    }
    const open = await this.#films.excerpt(client, name, parameters);
    if (open === undefined) throw new HttpError(404, `${name} was not recorded then`);
    const headers = request.headers(
      ["content-type", contentTypeOf(`.${format}`)],
      ["cache-control", "no-store"],
    );
    if (method === "HEAD") return { status: 200, headers };
    try {
      return { status: 200, headers, body: FilmBytes.file(await open(), format) };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw new HttpError(500, `The recording cannot be read: ${error.message}`);
    }
  }

  async #playlist(request: HttpRequest, name: string): Promise<HttpResponse | undefined> {
    const { parameters, target: { application }, binding: { client } } = request;
    // Keys that the playlist was asked for with are asked for again.
    const query = new URLSearchParams([...parameters].filter(([key]) => !OWN.has(key)))
      .toString();
    const end = query === "" ? "" : `?${query}`;
    const urlOf = (file: string) => `${encodePath(application)}/${encodePath(file)}${end}`;
    const text = await this.#films.playlists.playlist(client, name, parameters, urlOf);
    if (text === undefined) return undefined;
    const headers = request.headers(
      ["content-type", "application/vnd.apple.mpegurl"],
      ["cache-control", "no-cache"],
    );
    return { status: 200, headers, body: encodeText(text) };
  }

  /** @param file the whole name of the file that it is of */
  async #segment(request: HttpRequest, file: string): Promise<HttpResponse | undefined> {
    const { parameters, method, binding: { client } } = request;
    const number = parameters.get("segment");
    if (number !== undefined && !NUMBER.test(number)) {
      throw new HttpError(400, "segment is a number");
    }
    try {
      const index = number === undefined ? undefined : Number(number);
      const segment = await this.#films.playlists.segment(client, file, parameters, index);
      if (segment === undefined) return undefined;
      const { body, isLasting } = segment;
      const headers = request.headers(
        ["content-type", contentTypeOf(".mp4")],
        ["cache-control", isLasting ? LASTING : "no-cache"],
      );
      if (method !== "HEAD" || body instanceof Uint8Array) return { status: 200, headers, body };
      body.close();
      return { status: 200, headers };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw new HttpError(500, `The film cannot be read: ${error.message}`);
    }
  }

  async #list(request: HttpRequest, stream: string): Promise<HttpResponse> {
    const { parameters, target: { application }, binding: { client } } = request;
    const [from = -Infinity, to = Infinity] = ["from", "to"].map((name) => {
      const text = parameters.get(name);
      const date = dateOf(text);
      if (text !== undefined && date === undefined) {
        throw new HttpError(400, `${name} is ${A_DATE}`);
      }
      return date;
    });
    const files = (await this.#films.recordingsOf(client, stream, parameters))
      .filter(({ start, duration }) => start < to && start + duration > from)
      .sort((a, b) => a.start - b.start);
    const folder = encodePath(application);
    const list = {
      spans: spansOf(files).map(({ start, duration }) => ({
        ...timeOf(start, duration),
        url: `${folder}/${encodePath(stream)}.mp4?from=${new Date(start).toISOString()}&duration=${
          duration / 1000
        }`,
      })),
      files: files.map((file) => ({
        ...timeOf(file.start, file.duration),
        ...descriptionOf(file),
        url: `${folder}/${encodePath(file.name)}`,
      })),
    };
    const headers = request.headers(
      ["content-type", "application/json"],
      ["cache-control", "no-cache"],
    );
    return { status: 200, headers, body: encodeText(`${JSON.stringify(list)}\n`) };
  }
}

/** A date, and seconds. */
function timeOf(start: number, duration: number) {
  return { start: new Date(start).toISOString(), duration: duration / 1000 };
}

function descriptionOf({ name, format, size, gaps }: RecordedFile) {
  const lacks = gaps.map(({ at, length }) => ({ at: at / 1000, length: length / 1000 }));
  return { name, format, size, gaps: lacks };
}
