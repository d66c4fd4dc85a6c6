import { MediaMessage, Mp4Muxer } from "../../media/mod.ts";
import type { Film } from "./film.ts";
import { MAX_INIT_MESSAGES, MAX_INIT_SEARCH, PART_LENGTH } from "./params.ts";

/** Fragments of one segment of a film, at their times in the film; its init is asked for by itself. */
export class SegmentMuxer {
  readonly #muxer: Mp4Muxer;
  readonly #bytes: Uint8Array[] = [];
  #inits = 0;
  waiting = 0;
  /** Milliseconds of the fragments so far. */
  duration = 0;

  constructor({ configs, hasVideo }: Film) {
    const kinds = kindsOf({ configs, hasVideo });
    this.#muxer = new Mp4Muxer({
      init: () => this.#inits++,
      fragment: ({ bytes, duration }) => {
        // What has other tracks is not what the init of the film says.
        if (this.#inits > 1) return;
        this.#bytes.push(bytes);
        this.waiting += bytes.length;
        this.duration += duration;
      },
    }, { part: PART_LENGTH, kinds });
    for (const config of configs) this.#muxer.push(config);
  }

  push(message: MediaMessage): void {
    if (message.kind === "audio" || message.kind === "video") this.#muxer.push(message);
  }

  take(): Uint8Array | undefined {
    const bytes = this.#bytes.shift();
    this.waiting -= bytes?.length ?? 0;
    return bytes;
  }

  finish(): void {
    this.#muxer.flush();
  }
}

/** What comes in a film, as far as its codec headers tell. */
export function kindsOf(
  { configs, hasVideo }: Pick<Film, "configs" | "hasVideo">,
): { audio: boolean; video: boolean } {
  return { audio: !hasVideo || configs.some(({ kind }) => kind === "audio"), video: hasVideo };
}

/**
 * What decoders are set up by before any segment; undefined for a film in codecs that MP4 does not
 * carry.
 * @throws ProtocolError
 */
export async function initOf(film: Film): Promise<Uint8Array | undefined> {
  let init: Uint8Array | undefined;
  const muxer = new Mp4Muxer(
    { init: ({ bytes }) => init = bytes, fragment: () => {} },
    { part: PART_LENGTH, kinds: kindsOf(film) },
  );
  const first = { video: !film.hasVideo, audio: false };
  for (const config of film.configs) muxer.push(config);
  const isOver = (bytes: number, count: number) =>
    bytes >= MAX_INIT_SEARCH || count >= MAX_INIT_MESSAGES || (first.video && first.audio);
  for (let bytes = 0, count = 0; !isOver(bytes, count);) {
    const messages = await film.next();
    if (messages.length === 0) break;
    count += messages.length;
    for (const { kind, role, payload } of messages) {
      bytes += payload.length;
      if (kind !== "audio" && kind !== "video") continue;
      const isSought = role !== "config" && (kind === "audio" || role === "key");
      if (isSought && first[kind]) continue;
      if (isSought) first[kind] = true;
      // As if all began at once: how late a track begins does not matter here.
      if (role === "config" || isSought) muxer.push(new MediaMessage(kind, role, 0, payload));
    }
  }
  muxer.flush();
  return init;
}
