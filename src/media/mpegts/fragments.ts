import { ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import { FourCc } from "../codec_id.ts";
import { readTag } from "../frame_reader.ts";
import type { MediaMessage } from "../media_message.ts";
import { MediaTime } from "../mp4/media_time.ts";
import type { Mp4Options, Mp4Sink, Mp4Track, TrackKind } from "../mp4/output.ts";
import { PartBounds } from "../mp4/part_bounds.ts";
import { AudioTrack, VideoTrack } from "../mp4/track.ts";
import { TransportEncoder } from "./muxer.ts";

const CARRIED: ReadonlySet<number> = new Set([FourCc.avc, FourCc.hevc, FourCc.aac, FourCc.mp3]);
const NO_BYTES = new Uint8Array(0);

/**
 * Cuts live media into pieces of a transport stream, as {@link Mp4Muxer} cuts fragments: H.264,
 * HEVC, AAC and MP3. Where a piece begins with a key frame it begins with the tables.
 */
export class TransportFragments {
  readonly #sink: Mp4Sink;
  readonly #bounds: PartBounds;
  readonly #hasVideo: boolean;
  readonly #time = new MediaTime();
  readonly #tracks = { video: new VideoTrack(0), audio: new AudioTrack(0) };
  #encoder = new TransportEncoder();
  readonly #out = new ByteWriter(65_536);
  /** Codecs of the tracks that were told, and those that came. */
  #told = "";
  #codecs: Partial<Record<TrackKind, string>> = {};
  /** Milliseconds at which the piece begins; undefined before the first. */
  #start: number | undefined;
  #last: number | undefined;
  #isKey = false;
  #pictures = 0;

  constructor(sink: Mp4Sink, options: Mp4Options) {
    this.#sink = sink;
    this.#bounds = new PartBounds(options);
    this.#hasVideo = options.kinds?.video ?? true;
  }

  push(message: MediaMessage): void {
    const { kind, role, payload } = message;
    if (kind === "unpublished") this.#forget();
    if (kind !== "audio" && kind !== "video") return;
    const isFrame = this.#note(kind, payload);
    if (role === "config" || !isFrame) return this.#encoder.encode(message, this.#out);
    const time = this.#time.at(message.time);
    const isPicture = kind === "video";
    const isKey = isPicture ? role === "key" : this.#codecs.video === undefined;
    if (this.#start === undefined) {
      if (!isKey || (this.#hasVideo && !isPicture)) return;
      this.#begin(time);
    } else if (isPicture || this.#codecs.video === undefined) {
      this.#advance(time, isKey);
    }
    if (isKey && this.#told !== "" && this.#told !== this.#names) {
      this.#cut(time, true);
      this.#tell();
    }
    if (isPicture) this.#pictures++;
    this.#encoder.encode(message, this.#out);
  }

  flush(): void {
    if (this.#last !== undefined) this.#cut(this.#last + 1, false);
  }

  /** Notes the codec of a tag; whether it is a frame that can be carried. */
  #note(kind: TrackKind, payload: Uint8Array): boolean {
    let isFrame = false;
    try {
      readTag(kind, payload, (content, codec, number, data, isKey) => {
        if (number !== 0 || !CARRIED.has(codec)) return;
        const track = this.#tracks[kind];
        if (content === "config") track.setRecord(codec, data);
        if (content !== "frame" || data.length === 0) return;
        isFrame = true;
        track.noteCodec(codec);
        if (this.#codecs[kind] !== undefined && !track.isStale) return;
        if (kind === "video" && !isKey) return;
        const format = track.describe(data);
        if (format === undefined) return;
        if (track instanceof VideoTrack && "width" in format) track.setFormat(format);
        if (track instanceof AudioTrack && "rate" in format) track.setFormat(format);
        this.#codecs = { ...this.#codecs, [kind]: format.codec };
      });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return false;
    }
    return isFrame;
  }

  #begin(time: number): void {
    this.#start = time;
    this.#last = undefined;
    this.#isKey = true;
  }

  #advance(time: number, isKey: boolean): void {
    const step = time - (this.#last ?? this.#start!);
    this.#last = time;
    const isGroup = isKey && this.#codecs.video !== undefined;
    if (isGroup) this.#bounds.begin(time, step);
    if (isGroup || this.#bounds.isFull(this.#start!, time, step)) this.#cut(time, isKey);
  }

  #cut(end: number, isBeforeKey: boolean): void {
    const start = this.#start;
    if (start === undefined || end <= start || this.#out.length === 0) return;
    if (this.#told === "") this.#tell();
    this.#sink.fragment({
      bytes: this.#out.take(),
      isKey: this.#isKey,
      isBeforeKey,
      time: start,
      duration: end - start,
      pictures: this.#pictures,
    });
    this.#start = end;
    this.#isKey = isBeforeKey;
    this.#pictures = 0;
  }

  get #names(): string {
    const { video, audio } = this.#codecs;
    return `${video} ${audio}`;
  }

  #tell(): void {
    const { video, audio } = this.#codecs;
    this.#told = this.#names;
    const tracks = [
      ...(video === undefined ? [] : [this.#describe("video", video)]),
      ...(audio === undefined ? [] : [this.#describe("audio", audio)]),
    ];
    this.#sink.init({ bytes: NO_BYTES, tracks });
  }

  #describe(kind: TrackKind, codec: string): Mp4Track {
    const { width = 0, height = 0 } = kind === "video" ? this.#tracks.video.format ?? {} : {};
    const channels = kind === "audio" ? this.#tracks.audio.format?.channels ?? 0 : 0;
    return { id: 0, kind, number: 0, codec, timescale: 90_000, width, height, channels };
  }

  #forget(): void {
    this.flush();
    this.#out.truncate(0);
    this.#start = this.#last = undefined;
    this.#codecs = {};
    this.#told = "";
    this.#encoder = new TransportEncoder();
  }
}
