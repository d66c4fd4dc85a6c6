import { gzipSync } from "node:zlib";
import type { Clock, Later } from "../../base/mod.ts";
import { encodeText } from "../../bytes/mod.ts";
import { type HlsAnswer, mediaAnswer, plainAnswer, playlistAnswer } from "./answer.ts";
import { type Directives, look, readDirectives } from "./directives.ts";
import { PATIENCE, SHARED_PARTS, SHARED_PLAYLISTS, START_PATIENCE } from "./params.ts";
import { mediaPlaylist } from "./playlist.ts";
import type { Rendition } from "./rendition.ts";

/** What a playlist tells of the stream beside its own rendition. */
export interface PlaylistContext {
  readonly ready: readonly Rendition[];
  readonly extension: string;
}

const GZIPPED_FROM = 512;
/** Bytes of a playlist that is compressed quickly rather than well. */
const LONG_TEXT = 32_768;

/**
 * What players of one rendition are answered. All of them ask for the same at the same time, so an
 * answer is made once, and there is one for all that wait for it.
 */
export class RenditionAnswers {
  readonly rendition: Rendition;
  readonly #context: PlaylistContext;
  readonly #clock: Clock;
  /** Playlists of one version, by the query that asks for them. */
  readonly #playlists = new Map<string, HlsAnswer>();
  #version = -1;
  readonly #awaited = new Map<string, Promise<HlsAnswer>>();
  /** The newest parts. */
  readonly #parts = new Map<number, HlsAnswer>();

  constructor(rendition: Rendition, context: PlaylistContext, clock: Clock) {
    this.rendition = rendition;
    this.#context = context;
    this.#clock = clock;
  }

  playlist(query: string, takesGzip: boolean): Later<HlsAnswer> {
    const key = takesGzip ? `gzip ${query}` : query;
    if (this.#version !== this.rendition.version) {
      this.#version = this.rendition.version;
      this.#playlists.clear();
    }
    const known = this.#playlists.get(key) ?? this.#awaited.get(key);
    if (known !== undefined) return known;
    const directives = readDirectives(query);
    if (directives === undefined) return plainAnswer(400, "these delivery directives cannot be");
    const { rendition } = this;
    const state = rendition.isReady ? look(rendition, directives) : "awaited";
    if (state === "never") return plainAnswer(400, "the playlist is not that far");
    if (state === "awaited") {
      return this.#shared(key, this.#awaitPlaylist(directives, takesGzip));
    }
    const answer = this.#written(directives, directives.segment !== undefined, takesGzip);
    if (this.#playlists.size < SHARED_PLAYLISTS) this.#playlists.set(key, answer);
    return answer;
  }

  /** One that is announced is waited for. */
  part(number: number, extension: string): Later<HlsAnswer> {
    const { rendition } = this;
    const known = this.#parts.get(number);
    if (known !== undefined) return known;
    if (number !== rendition.nextPart || rendition.isEnded) return this.#part(number, extension);
    const key = `part ${number} ${extension}`;
    const awaited = this.#awaited.get(key);
    if (awaited !== undefined) return awaited;
    const patience = PATIENCE * rendition.targetDuration * 1000;
    const isThere = () => number < rendition.nextPart;
    return this.#shared(
      key,
      rendition.awaits(this.#clock, patience, isThere).then(() => this.#part(number, extension)),
    );
  }

  segment(number: number, extension: string): Later<HlsAnswer> {
    const segment = this.rendition.segment(number);
    if (segment?.isComplete !== true) return mediaAnswer(undefined, extension);
    const { stored } = segment;
    if (stored === undefined) {
      return mediaAnswer(segment.parts.map(({ bytes }) => bytes), extension);
    }
    if (stored.bytes !== undefined) return mediaAnswer(stored.bytes, extension);
    return stored.open().then(
      (file) => mediaAnswer({ file, length: stored.size }, extension),
      () => mediaAnswer(undefined, extension),
    );
  }

  #part(number: number, extension: string): HlsAnswer {
    const { rendition } = this;
    const bytes = rendition.part(number)?.bytes;
    const answer = mediaAnswer(bytes && [bytes], extension);
    const oldest = rendition.nextPart - SHARED_PARTS;
    if (bytes === undefined || number < oldest) return answer;
    for (const other of this.#parts.keys()) if (other < oldest) this.#parts.delete(other);
    const shared = { ...answer, isShared: true };
    this.#parts.set(number, shared);
    return shared;
  }

  #shared(key: string, answer: Promise<HlsAnswer>): Promise<HlsAnswer> {
    if (this.#awaited.size >= SHARED_PLAYLISTS) return answer;
    this.#awaited.set(key, answer);
    return answer.finally(() => this.#awaited.delete(key));
  }

  async #awaitPlaylist(directives: Directives, takesGzip: boolean): Promise<HlsAnswer> {
    const { rendition } = this;
    const patience = PATIENCE * rendition.targetDuration * 1000 || START_PATIENCE;
    const isThere = () => rendition.isReady && look(rendition, directives) === "there";
    const isIn = await rendition.awaits(this.#clock, patience, isThere);
    if (isIn || (rendition.isEnded && rendition.isReady)) {
      return this.#written(directives, isIn, takesGzip);
    }
    return plainAnswer(503, "nothing comes of this stream now");
  }

  /** @param isBlocking it was asked for by a part that it has: what is asked so never changes */
  #written({ isDelta }: Directives, isBlocking: boolean, takesGzip: boolean): HlsAnswer {
    const { rendition } = this;
    const { targetDuration } = rendition;
    const cache = `max-age=${isBlocking ? targetDuration * 6 : Math.floor(targetDuration / 2)}`;
    const written = rendition.written(isDelta, () => encodeText(this.#text(isDelta)));
    if (!takesGzip || written.text.length < GZIPPED_FROM) {
      return playlistAnswer(written.text, undefined, cache);
    }
    const level = written.text.length > LONG_TEXT ? 1 : 6;
    written.gzip ??= gzipSync(written.text, { level });
    return playlistAnswer(written.gzip, "gzip", cache);
  }

  #text(isDelta: boolean): string {
    const { ready, extension } = this.#context;
    const reports = ready.filter((each) => each !== this.rendition).map((each) => ({
      uri: `${each.name}.m3u8`,
      lastSegment: each.lastSegment,
      lastPart: (each.segment(each.lastSegment)?.parts.length ?? 0) - 1,
    }));
    return mediaPlaylist(this.rendition, { extension, folder: "", isDelta, reports });
  }
}
