import { andThen, type Clock, type Later } from "../../base/mod.ts";
import { encodeText } from "../../bytes/mod.ts";
import type { ClientInfo, Hub, Publication } from "../../hub/mod.ts";
import { type HlsAnswer, mediaAnswer, plainAnswer, playlistAnswer, sizeOf } from "./answer.ts";
import { multivariantPlaylist } from "./multivariant.ts";
import { type HlsSettings, START_PATIENCE } from "./params.ts";
import type { Rendition } from "./rendition.ts";
import type { SegmentStore } from "./segment_store.ts";
import type { Session } from "./session.ts";
import { Sessions } from "./sessions.ts";
import type { HlsStream } from "./stream.ts";
import type { HlsTarget } from "./target.ts";

/** How an answer is wanted. */
export interface HlsRequest {
  /** Nothing but the head of the answer is wanted. */
  readonly isHead: boolean;
  readonly takesGzip: boolean;
}

/** One that begins to play. */
export interface PlayRequest extends HlsRequest {
  /** The query of its URL. */
  readonly query: string;
  /** The stream's name below its application, without `.m3u8`. */
  readonly name: string;
  client(): ClientInfo;
}

/** Publications as HTTP Live Streaming: playlists, and the segments that they list. */
export class Hls {
  readonly #sessions: Sessions;
  readonly #clock: Clock;
  readonly #format: string;
  readonly #store: SegmentStore | undefined;
  #unwatch: () => void = () => {};
  /** Undefined for all. */
  readonly #applications: ReadonlySet<string> | undefined;

  /** @param store where segments of the window go that memory does not hold */
  constructor(hub: Hub, settings: HlsSettings, store?: SegmentStore) {
    this.#clock = hub.clock;
    this.#store = store;
    this.#sessions = new Sessions(hub, settings, store);
    this.#format = settings.format;
    const paths = settings.applications.split(/[\s,]+/).map((path) => path.replace(/^\/?/, "/"));
    this.#applications = paths.includes("/*") ? undefined : new Set(paths);
    if (settings.window === 0) return;
    const onPublished = ({ name, application, publisher }: Publication) => {
      const path = application || (publisher?.path ?? "");
      if (this.offers(path)) this.#sessions.keep(name, this.#format === "ts");
    };
    this.#unwatch = hub.observers.add({ onPublished });
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
    if (request.isHead) return playlistAnswer(undefined, undefined, "no-cache");
    const parameters = new Map(new URLSearchParams(query));
    const isTransport = (parameters.get("format") ?? this.#format) === "ts";
    const play = { info: request.client(), name, parameters, isTransport };
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
          return plainAnswer(404, `${name} is not published`);
        }
        const base = encodeURIComponent(name.slice(name.lastIndexOf("/") + 1));
        const folder = `${base}/${session.id}/`;
        const text = multivariantPlaylist(stream.ready, folder, stream.frameRates);
        return playlistAnswer(encodeText(text), undefined, "no-cache");
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
  answer(target: HlsTarget, request: HlsRequest): Later<HlsAnswer> {
    const session = this.#sessions.find(target.session);
    if (session === undefined) return plainAnswer(404, "no such session");
    const opened = session.stream();
    if (!(opened instanceof Promise)) return this.#answerOf(opened, session, target, request);
    return opened.then((stream) => this.#answerOf(stream, session, target, request));
  }

  /** Resolves when nothing is left on the disk, or after a while. */
  async close(): Promise<void> {
    this.#unwatch();
    this.#sessions.close();
    await this.#store?.close();
  }

  /** Undefined for a stream that does not begin. */
  #awaitStart(stream: HlsStream): Later<HlsStream | undefined> {
    if (stream.main.isReady) return stream;
    return stream.main.awaits(this.#clock, START_PATIENCE, () => stream.main.isReady)
      .then((isReady) => isReady ? stream : undefined);
  }

  #answerOf(
    stream: HlsStream,
    session: Session,
    { rendition: name, kind, number, extension, query }: HlsTarget,
    { isHead, takesGzip }: HlsRequest,
  ): Later<HlsAnswer> {
    const answers = stream.answers.get(name);
    if (answers === undefined) return plainAnswer(404, `no such rendition as ${name}`);
    const { rendition } = answers;
    if (number === undefined) {
      if (extension !== "m3u8") return mediaAnswer(undefined, extension);
      return during(session, answers.playlist(query, takesGzip));
    }
    if (kind === "init") {
      const bytes = rendition.initSection(number)?.bytes;
      return mediaAnswer(bytes && [bytes], extension);
    }
    const answer = kind === "part"
      ? answers.part(number, extension)
      : answers.segment(number, extension);
    const held = during(session, answer);
    return isHead ? held : counted(session, rendition, held);
  }
}

/** A session has a request under way until it is answered. */
function during(session: Session, answer: Later<HlsAnswer>): Later<HlsAnswer> {
  if (!(answer instanceof Promise)) return answer;
  const done = session.request();
  return answer.then((answer) => {
    done();
    return answer;
  });
}

/** Notes what is sent to a session. */
function counted(
  session: Session,
  rendition: Rendition,
  answer: Later<HlsAnswer>,
): Later<HlsAnswer> {
  if (answer instanceof Promise) {
    return answer.then((answer) => counted(session, rendition, answer));
  }
  if (answer.status === 200) session.sent(rendition, sizeOf(answer));
  return answer;
}
