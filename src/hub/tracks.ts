import type { Value } from "../codecs/mod.ts";
import {
  codecOf,
  headerKey,
  isSequenceStart,
  isWholeHeader,
  type MediaKinds,
  MediaMessage,
  namedData,
  trackOf,
} from "../media/mod.ts";
import type { ChainedMessage } from "./chained_message.ts";
import { KIND_WINDOW, MAX_CONFIGS } from "./params.ts";

type Kind = "audio" | "video";

/** What is known of one kind of a publisher's media. */
class Track {
  /** When its newest message came, in milliseconds since the Unix epoch; 0 before the first. */
  at = 0;
  /** Of its frames; 0 before the first that tells. */
  codec = 0;
  /** The first bytes of a frame of that codec. */
  sample: MediaMessage | undefined;
  /** Another codec that the newest frame has, be it by mistake. */
  rumour = 0;
  /** It has not come for {@link KIND_WINDOW}, which was told. */
  isGone = false;
}

/** What a publisher's media are made of: codec headers for newcomers, codecs, kinds. */
export class Tracks {
  /** The newest codec header of each sort, in the order they came. */
  readonly #configs = new Map<string, ChainedMessage>();
  readonly #tracks = { audio: new Track(), video: new Track() };
  /** Frames came, not only codec headers. */
  hasFrames = false;
  /** The lowest video track that has a codec header; Infinity before the first. */
  firstVideo = Infinity;

  get configs(): Iterable<ChainedMessage> {
    return this.#configs.values();
  }

  /** Frames and, before the first one of a kind, codec headers: one of each codec there is. */
  *samples(): Generator<MediaMessage> {
    for (const kind of ["audio", "video"] as const) {
      const { sample } = this.#tracks[kind];
      if (sample !== undefined) yield sample;
      else for (const config of this.configs) if (config.kind === kind) yield config;
    }
  }

  /**
   * The kinds that came of late. A kind whose header came alone, or whose frames have stopped, is
   * gone after {@link KIND_WINDOW} of the other one's.
   */
  get kinds(): MediaKinds {
    const { audio, video } = this.#tracks;
    const newest = Math.max(audio.at, video.at);
    const isThere = ({ at }: Track) => at > 0 && newest - at <= KIND_WINDOW;
    return { audio: isThere(audio), video: isThere(video) };
  }

  /**
   * The {@link kinds}; before the first frame also what metadata says, and both when nothing can be
   * told.
   */
  kindsWith(metadata: MediaMessage | undefined): MediaKinds {
    const came = this.kinds;
    if (this.hasFrames) return came;
    const said = metadata === undefined ? undefined : namedData(metadata);
    const audio = came.audio || isCodec(said?.get("audiocodecid"));
    const video = came.video || isCodec(said?.get("videocodecid"));
    return audio || video ? { audio, video } : { audio: true, video: true };
  }

  /** False for a codec header that is empty, cut or garbage, where a good one is known. */
  accepts(kind: Kind, payload: Uint8Array): boolean {
    if (isWholeHeader(payload, kind)) return true;
    const known = this.#configs.get(headerKey(payload, kind));
    return known === undefined || !isWholeHeader(known.payload, kind);
  }

  /** Keeps a codec header; the newest comes last, as the publisher sent them. */
  keep(kind: Kind, message: ChainedMessage, at: number): void {
    const { payload } = message;
    const track = this.#tracks[kind];
    track.at = at;
    track.isGone = false;
    if (isSequenceStart(payload, kind)) {
      const codec = codecOf(payload, kind);
      if (track.codec === 0) track.codec = codec;
      this.#forgetOthers(kind, codec);
    }
    const key = headerKey(payload, kind);
    this.#configs.delete(key);
    if (this.#configs.size < MAX_CONFIGS) this.#configs.set(key, message.alone());
    if (kind === "video") this.firstVideo = Math.min(this.firstVideo, trackOf(payload, kind));
  }

  /**
   * Notes a frame; true when the kind has another codec from here on, or the other kind is gone.
   * One frame of sound, or an inter frame, may be a mistake: the codec changes with the second of
   * sound, or a key frame.
   */
  note(kind: Kind, payload: Uint8Array, at: number, isKey: boolean): boolean {
    const track = this.#tracks[kind];
    if (payload.length > 0) {
      track.at = at;
      track.isGone = false;
      this.hasFrames = true;
    }
    const isAlone = this.#loses(kind === "audio" ? this.#tracks.video : this.#tracks.audio, at);
    return this.#changesCodec(kind, payload, isKey) || isAlone;
  }

  /** True once, when a kind that was there has not come for too long. */
  #loses(track: Track, now: number): boolean {
    if (track.isGone || track.at === 0 || now - track.at <= KIND_WINDOW) return false;
    return track.isGone = true;
  }

  #changesCodec(kind: Kind, payload: Uint8Array, isKey: boolean): boolean {
    const track = this.#tracks[kind];
    const codec = codecOf(payload, kind);
    if (codec === track.codec || codec === 0) {
      track.rumour = 0;
      return false;
    }
    const before = track.codec;
    const isSure = before === 0 || isKey || (kind === "audio" && track.rumour === codec);
    track.rumour = codec;
    if (!isSure) return false;
    track.codec = codec;
    track.sample = new MediaMessage(kind, "frame", 0, payload.slice(0, 16));
    this.#forgetOthers(kind, codec);
    return before !== 0;
  }

  /** The first track has this codec: headers of another are those of what played before. */
  #forgetOthers(kind: Kind, codec: number): void {
    for (const [key, { kind: other, payload }] of this.#configs) {
      if (other !== kind || trackOf(payload, kind) !== 0) continue;
      const its = codecOf(payload, kind);
      if (its !== 0 && codec !== 0 && its !== codec) this.#configs.delete(key);
    }
  }
}

/** What metadata says of a codec: its number or name. 0, null and the like mean none. */
function isCodec(value: Value): boolean {
  return (typeof value === "number" && value > 0) || (typeof value === "string" && value !== "");
}
