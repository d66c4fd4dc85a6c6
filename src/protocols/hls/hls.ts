import { gzipSync } from "node:zlib";
import { andThen, type Clock, type Later } from "../../base/mod.ts";
import { encodeText } from "../../bytes/mod.ts";
import type { ClientInfo, Hub } from "../../hub/mod.ts";
import { look, readDirectives } from "./directives.ts";
import { multivariantPlaylist } from "./multivariant.ts";
import { type HlsSettings, PATIENCE, START_PATIENCE } from "./params.ts";
import { mediaPlaylist } from "./playlist.ts";
import type { Rendition } from "./rendition.ts";
import type { Session } from "./session.ts";
import { Sessions } from "./sessions.ts";
import type { HlsStream } from "./stream.ts";
import { TOKEN } from "./token.ts";

/** A request as far as HLS goes. */
export interface HlsRequest {
  /** Nothing but the head of the answer is wanted. */
  readonly isHead: boolean;
  /** The query of its URL. */
  readonly query: ReadonlyMap<string, string>;
  readonly takesGzip: boolean;
}

/** One that begins to play. */
export interface PlayRequest extends HlsRequest {
  /** The stream's name below its application, without `.m3u8`. */
  readonly name: string;
  client(): ClientInfo;
}

export interface HlsAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** In pieces, which are the caller's to read only. */
  readonly body: readonly Uint8Array[];
}

/** Where a request of a session leads: the folder of its path, and what it wants there. */
export interface HlsTarget {
  readonly session: string;
  readonly file: string;
}

export const PLAYLIST_TYPE = "application/vnd.apple.mpegurl";
const FILE = /^([a-z]+\d*)(?:\.(init|part)?(\d+))?\.(m3u8|mp4|m4s|ts)$/;
const TYPES: Readonly<Record<string, string>> = {
  mp4: "video/mp4",
  m4s: "video/mp4",
  ts: "video/mp2t",
};
/** Media never change: their names are used once. */
const LASTING = "public, max-age=3600, immutable";
const GZIPPED_FROM = 512;

/** What of a path is a file of a session; undefined for other paths. */
export function hlsTarget(path: string): HlsTarget | undefined {
  const mark = path.indexOf("?");
  const [file = "", session = ""] = (mark === -1 ? path : path.slice(0, mark)).split("/").reverse();
  return TOKEN.test(session) && FILE.test(file) ? { session, file } : undefined;
}

/** Publications as HTTP Live Streaming: playlists, and the segments that they list. */
export class Hls {
  readonly #sessions: Sessions;
  readonly #clock: Clock;
  readonly #format: string;
  /** Undefined for all. */
  readonly #applications: ReadonlySet<string> | undefined;

  constructor(hub: Hub, settings: HlsSettings) {
    this.#clock = hub.clock;
    this.#sessions = new Sessions(hub, settings);
    this.#format = settings.format;
    const paths = settings.applications.split(/[\s,]+/).map((path) => path.replace(/^\/?/, "/"));
    this.#applications = paths.includes("/*") ? undefined : new Set(paths);
  }

  /** Whether the streams of an application are offered, by its path: "" or "/a/b". */
  offers(application: string): boolean {
    return this.#applications?.has(application || "/") ?? true;
  }

  /**
   * Begins to play: answers with the Multivariant Playlist when there is something to play.
   * @throws Refusal, or rejects with it
   */
  play(request: PlayRequest): Later<HlsAnswer> {
    const { name, query } = request;
    if (request.isHead) return { status: 200, headers: playlistHeaders("no-cache"), body: [] };
    const isTransport = (query.get("format") ?? this.#format) === "ts";
    const play = { info: request.client(), name, parameters: query, isTransport };
    const session = this.#sessions.create(play);
    const done = session.request();
    const fail = (error: unknown): never => {
      done();
      this.#sessions.drop(session);
      throw error;
    };
    try {
      const opened = session.stream();
      const ready = andThen(opened, (stream) => this.#awaitStart(stream));
      const answer = andThen(ready, (stream) => {
        done();
        if (stream === undefined) {
          session.end();
          this.#sessions.drop(session);
          return plain(404, `${name} is not published`);
        }
        const base = encodeURIComponent(name.slice(name.lastIndexOf("/") + 1));
        const folder = `${base}/${session.id}/`;
        const text = multivariantPlaylist(stream.ready, folder, stream.frameRates);
        return playlist(encodeText(text), undefined, "no-cache");
      });
      return answer instanceof Promise ? answer.catch(fail) : answer;
    } catch (error) {
      return fail(error);
    }
  }

  /**
   * A playlist, a segment or a part of a session.
   * @throws Refusal, or rejects with it
   */
  answer({ session: id, file }: HlsTarget, request: HlsRequest): Later<HlsAnswer> {
    const session = this.#sessions.find(id);
    if (session === undefined) return plain(404, "no such session");
    const [, name = "", kind, number, extension = ""] = FILE.exec(file) ?? [];
    return andThen(session.stream(), (stream) => {
      const rendition = stream.renditions.find((each) => each.name === name);
      if (rendition === undefined) return plain(404, `no such rendition as ${name}`);
      if (extension === "m3u8") return this.#playlist(session, stream, rendition, request);
      const index = Number(number);
      if (kind === "init") return media(rendition.initSection(index)?.bytes, extension);
      if (kind === "part") return this.#part(session, rendition, index, extension);
      return this.#segment(session, rendition, index, extension);
    });
  }

  close(): void {
    this.#sessions.close();
  }

  /** Undefined for a stream that does not begin. */
  #awaitStart(stream: HlsStream): Later<HlsStream | undefined> {
    if (stream.main.isReady) return stream;
    return this.#await(stream.main, START_PATIENCE, () => stream.main.isReady)
      .then((isReady) => isReady ? stream : undefined);
  }

  /** Whether `isThere` holds before the patience, in ms, is over, or the rendition ends. */
  async #await(rendition: Rendition, patience: number, isThere: () => boolean): Promise<boolean> {
    const limit = this.#clock.now() + patience;
    while (!isThere()) {
      if (rendition.isEnded || this.#clock.now() >= limit) return false;
      await rendition.next;
    }
    return true;
  }

  #playlist(
    session: Session,
    stream: HlsStream,
    rendition: Rendition,
    request: HlsRequest,
  ): Later<HlsAnswer> {
    const directives = readDirectives(request.query);
    if (directives === undefined) return plain(400, "these delivery directives cannot be");
    const { isDelta } = directives;
    const write = (isBlocking: boolean) => {
      const target = rendition.targetDuration;
      const age = isBlocking ? target * 6 : Math.floor(target / 2);
      return this.#written(stream, rendition, isDelta, request, `max-age=${age}`);
    };
    const done = session.request();
    const patience = PATIENCE * rendition.targetDuration * 1000 || START_PATIENCE;
    const state = rendition.isReady ? look(rendition, directives) : "awaited";
    if (state === "there" || state === "never") done();
    if (state === "there") return write(directives.segment !== undefined);
    if (state === "never") return plain(400, "the playlist is not that far");
    const isThere = () => rendition.isReady && look(rendition, directives) === "there";
    return this.#await(rendition, patience, isThere).then((isIn) => {
      done();
      if (isIn || (rendition.isEnded && rendition.isReady)) return write(isIn);
      return plain(503, "nothing comes of this stream now");
    });
  }

  #written(
    stream: HlsStream,
    rendition: Rendition,
    isDelta: boolean,
    { takesGzip }: HlsRequest,
    cache: string,
  ): HlsAnswer {
    const written = rendition.written(isDelta, () => {
      const reports = stream.ready.filter((each) => each !== rendition).map((each) => ({
        uri: `${each.name}.m3u8`,
        lastSegment: each.lastSegment,
        lastPart: (each.segment(each.lastSegment)?.parts.length ?? 0) - 1,
      }));
      const dateOf = (time: number) => stream.dates.dateOf(time);
      const { extension } = stream;
      const options = { extension, folder: "", isDelta, dateOf, reports };
      return encodeText(mediaPlaylist(rendition, options));
    });
    if (!takesGzip || written.text.length < GZIPPED_FROM) {
      return playlist(written.text, undefined, cache);
    }
    written.gzip ??= gzipSync(written.text);
    return playlist(written.gzip, "gzip", cache);
  }

  #part(
    session: Session,
    rendition: Rendition,
    index: number,
    extension: string,
  ): Later<HlsAnswer> {
    const send = () => {
      const bytes = rendition.part(index)?.bytes;
      if (bytes !== undefined) session.sent(rendition, bytes.length);
      return media(bytes, extension);
    };
    // One that is announced is waited for.
    if (index !== rendition.nextPart || rendition.isEnded) return send();
    const done = session.request();
    const patience = PATIENCE * rendition.targetDuration * 1000;
    return this.#await(rendition, patience, () => index < rendition.nextPart).then(() => {
      done();
      return send();
    });
  }

  #segment(session: Session, rendition: Rendition, number: number, extension: string): HlsAnswer {
    const segment = rendition.segment(number);
    if (segment?.isComplete !== true) return media(undefined, extension);
    const body = segment.parts.map(({ bytes }) => bytes);
    session.sent(rendition, body.reduce((sum, { length }) => sum + length, 0));
    return { status: 200, headers: mediaHeaders(extension), body };
  }
}

function playlistHeaders(cache: string): [string, string][] {
  return [["content-type", PLAYLIST_TYPE], ["cache-control", cache]];
}

function playlist(body: Uint8Array, encoding: string | undefined, cache: string): HlsAnswer {
  const headers = [...playlistHeaders(cache), ["vary", "accept-encoding"] as const];
  if (encoding === undefined) return { status: 200, headers, body: [body] };
  return { status: 200, headers: [...headers, ["content-encoding", encoding]], body: [body] };
}

function mediaHeaders(extension: string): [string, string][] {
  return [["content-type", TYPES[extension] ?? "video/mp4"], ["cache-control", LASTING]];
}

function media(bytes: Uint8Array | undefined, extension: string): HlsAnswer {
  if (bytes === undefined) return plain(404, "no such media, or not any more");
  return { status: 200, headers: mediaHeaders(extension), body: [bytes] };
}

function plain(status: number, text: string): HlsAnswer {
  const headers = [["content-type", "text/plain; charset=utf-8"], [
    "cache-control",
    "no-store",
  ]] as const;
  return { status, headers, body: [encodeText(`${text}\n`)] };
}
