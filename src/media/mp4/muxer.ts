import { ProtocolError } from "../../bytes/mod.ts";
import { readTag } from "../frame_reader.ts";
import type { MediaKinds, MediaMessage } from "../media_message.ts";
import { writeFragment } from "./fragment.ts";
import { writeInit } from "./init.ts";
import type { Mp4Options, Mp4Sink, Mp4Track, TrackKind } from "./output.ts";
import { MediaTime } from "./media_time.ts";
import {
  HEADER_PATIENCE,
  MAX_PENDING,
  MAX_SAMPLES,
  SOUND_PATIENCE,
  STALL,
  VIDEO_PATIENCE,
  VIDEO_TICKS,
} from "./params.ts";
import type { AudioFormat } from "./audio_entry.ts";
import { PartBounds } from "./part_bounds.ts";
import { type AudioTrack, isSameFormat, type Sample, type VideoTrack } from "./track.ts";
import { type Track, TrackSet } from "./track_set.ts";

/**
 * Writes live media as fragmented MP4 (ISO/IEC 14496-12), as CMAF has it but for several tracks in
 * one fragment: H.264, HEVC, VVC, AV1, VP9; AAC, MP3, Opus, FLAC, AC-3, E-AC-3. Other media, and
 * frames that are not what they say, leave nothing.
 */
export class Mp4Muxer {
  readonly #sink: Mp4Sink;
  readonly #part: number;
  readonly #bounds: PartBounds;
  #kinds: MediaKinds;
  readonly #fromZero: boolean;
  readonly #selects: (kind: TrackKind, number: number) => boolean;
  readonly #tracks = new TrackSet();
  readonly #time = new MediaTime();
  /** Those that the newest init has, in its order. */
  #written: Track[] = [];
  #sequence = 0;
  /** Milliseconds at which the next fragment begins; undefined before the first. */
  #start: number | undefined;
  /** Of the first sound that waits for a picture. */
  #waiting: number | undefined;
  #zero: number | undefined;
  /** Tracks are others from the next key frame on. */
  #isChanging = false;
  #pendingSamples = 0;
  #pendingBytes = 0;

  constructor(sink: Mp4Sink, options: Mp4Options) {
    const { part, kinds, fromZero = false, tracks = () => true } = options;
    this.#sink = sink;
    this.#part = part;
    this.#bounds = new PartBounds(options);
    this.#kinds = kinds ?? { audio: true, video: true };
    this.#fromZero = fromZero;
    this.#selects = tracks;
  }

  /** The next message of the stream; its payload is held until its fragment is cut. */
  push({ kind, time, payload }: MediaMessage): void {
    if (kind === "unpublished") this.#forget();
    if (kind !== "audio" && kind !== "video") return;
    let at: number | undefined;
    try {
      readTag(kind, payload, (content, codec, number, data, isKey, offset) => {
        if (!this.#selects(kind, number)) return;
        if (content !== "frame") {
          return this.#tracks.setHeader({ kind, number }, content, codec, data);
        }
        at ??= this.#time.at(time);
        if (kind === "video") this.#video(codec, number, at, offset, isKey, data);
        else this.#audio(codec, number, at, data);
      });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }

  /** Cuts what is there: nothing comes any more. */
  flush(): void {
    for (const track of this.#tracks.video.values()) track.end();
    const tracks: readonly Track[] = this.#written.length > 0
      ? this.#written
      : this.#tracks.known();
    if (this.#start !== undefined) this.#cut(Math.max(0, ...tracks.map(endOf)), "nothing");
  }

  /** Another publisher may have other tracks; those that come are waited for again. */
  #forget(): void {
    this.flush();
    this.#tracks.clear();
    this.#written = [];
    this.#isChanging = false;
    this.#kinds = { audio: true, video: true };
    this.#start = this.#waiting = undefined;
  }

  #video(
    codec: number,
    number: number,
    at: number,
    offset: number,
    isKey: boolean,
    data: Uint8Array,
  ): void {
    const track = this.#tracks.videoTrack(number);
    if (track === undefined || data.length === 0) return;
    track.noteCodec(codec);
    if (this.#isNew(track)) {
      const format = isKey ? track.describe(data) : undefined;
      if (format === undefined) return;
      const isSame = track.isWritten && track.format && isSameFormat(track.format, format);
      if (!isSame) this.#rewrite();
      track.setFormat(format);
    }
    const time = track.ticks(at);
    const ms = time / VIDEO_TICKS;
    if (this.#lead === track) this.#leadBy(track, time, isKey);
    else track.close(time);
    track.open(time, offset, isKey, data);
    this.#note(track, ms, data);
  }

  /** A frame of the first video track: before it there is a fragment, or not yet. */
  #leadBy(track: VideoTrack, time: number, isKey: boolean): void {
    const ms = time / VIDEO_TICKS;
    const last = track.close(time) / VIDEO_TICKS;
    if (isKey && this.#isChanging) this.#rewrite();
    if (isKey) this.#bounds.begin(ms, last);
    if (this.#start === undefined) return this.#begin(ms);
    if (isKey || this.#bounds.isFull(this.#start, ms, last) || this.#isFull) {
      this.#cut(ms, isKey ? "key" : "frame");
    }
  }

  #audio(codec: number, number: number, at: number, data: Uint8Array): void {
    const track = this.#tracks.audioTrack(number);
    if (track === undefined || data.length === 0) return;
    track.noteCodec(codec);
    if (track.isOther(data) || this.#isNew(track)) {
      const format = track.describe(data);
      if (format === undefined) return;
      const isSame = track.format && isSameFormat(track.format, format);
      if (!isSame || this.#isNew(track)) this.#soundChanges(track, format);
      track.isStale = false;
    }
    if (track.coming !== undefined) return;
    const end = track.format && track.add(at, data, track.format);
    if (end === undefined) return;
    this.#note(track, at, data);
    const lead = this.#lead;
    if (lead === track) this.#leadBySound(track, end);
    else if (lead === undefined) this.#awaitPictures(track, at);
    else if (this.#start !== undefined && lead.kind === "video") this.#stall(end);
  }

  #leadBySound(track: AudioTrack, end: number): void {
    const [first] = track.samples;
    // It went with the tracks before, which another one has left.
    if (first === undefined) return;
    if (this.#start === undefined) this.#begin(msOf(track, first));
    const elapsed = end - this.#start!;
    const last = first.duration * 1000 / track.timescale;
    if (elapsed + last > this.#part || this.#isFull) this.#cut(end, "key");
  }

  /** Sound comes and pictures should: they are waited for, but not for ever. */
  #awaitPictures(track: AudioTrack, at: number): void {
    this.#waiting ??= at;
    const patience = this.#tracks.video.size > 0 ? VIDEO_PATIENCE : HEADER_PATIENCE;
    if (at - this.#waiting < patience && !this.#isFull) return;
    this.#kinds = { ...this.#kinds, video: false };
    this.#leadBySound(track, endOf(track));
  }

  /** No picture comes though sound goes on: fragments go on, too. */
  #stall(end: number): void {
    const elapsed = end - this.#start!;
    if (elapsed >= this.#part + STALL || this.#isFull) this.#cut(end, "frame");
  }

  /** What the time goes by: the first video track, or the first of sound; undefined as yet. */
  get #lead(): Track | undefined {
    const video = this.#tracks.first("video");
    if (video !== undefined) return video;
    return this.#kinds.video ? undefined : this.#tracks.first("audio");
  }

  get #isFull(): boolean {
    return this.#pendingSamples >= MAX_SAMPLES || this.#pendingBytes >= MAX_PENDING;
  }

  #note(track: Track, at: number, data: Uint8Array): void {
    track.newest = at;
    this.#pendingSamples++;
    this.#pendingBytes += data.length;
    for (const other of this.#written) {
      const patience = other.kind === "video" ? VIDEO_PATIENCE : SOUND_PATIENCE;
      if (other !== track && at - other.newest > patience) return this.#lose(other);
    }
  }

  /** A track does not come any more: the others go on without it. */
  #lose(track: Track): void {
    this.#tracks[track.kind].delete(track.number);
    this.#kinds = { ...this.#kinds, [track.kind]: this.#tracks[track.kind].size > 0 };
    this.#rewriteInTime();
  }

  /** A track whose frames need an init of their own. */
  #isNew(track: Track): boolean {
    return track.format === undefined || track.isStale ||
      (this.#written.length > 0 && !track.isWritten);
  }

  /** Sound of another format waits for the next key frame of the picture. */
  #soundChanges(track: AudioTrack, format: AudioFormat): void {
    if (this.#written.length === 0) return track.setFormat(format);
    track.coming = format;
    this.#rewriteInTime();
  }

  /** Tracks change at the next key frame of the picture, at once where there is none. */
  #rewriteInTime(): void {
    if (this.#lead?.kind === "video" && this.#lead.isWritten) this.#isChanging = true;
    else this.#rewrite();
  }

  /** What is there belongs to the tracks before; what comes has an init of its own. */
  #rewrite(): void {
    this.#isChanging = false;
    if (this.#written.length > 0) {
      this.flush();
      if (this.#fromZero) this.#zero = undefined;
      for (const each of this.#written) each.isWritten = false;
      this.#written = [];
      this.#start = undefined;
    }
    for (const track of this.#tracks.audio.values()) {
      if (track.coming !== undefined) track.setFormat(track.coming);
      track.coming = undefined;
    }
  }

  /** The first fragment begins at this time, in ms: sound that ends before it has no picture. */
  #begin(ms: number): void {
    this.#start = ms;
    this.#waiting = undefined;
    let first = ms;
    for (const track of this.#tracks.audio.values()) {
      track.samples = track.samples.filter(({ time, duration }) =>
        (time + duration) * 1000 / track.timescale > ms
      );
      if (track.samples[0] !== undefined) first = Math.min(first, msOf(track, track.samples[0]));
    }
    this.#zero ??= this.#fromZero ? first : 0;
    this.#recount();
  }

  /** Writes what is before `end`, in ms, in one fragment, or several where it had to wait. */
  #cut(end: number, before: "key" | "frame" | "nothing"): void {
    const start = this.#start!;
    if (end <= start) return;
    if (this.#written.length === 0) {
      const isPatient = before !== "nothing" && end - start < HEADER_PATIENCE && this.#isMissing;
      if ((isPatient && !this.#isFull) || !this.#init()) return;
      for (const { at, isKey } of this.#missed(end)) this.#write(at, isKey ? "key" : "frame");
    }
    this.#write(end, before);
    this.#recount();
  }

  /** Where fragments end that should have been cut before `end`. */
  #missed(end: number): { readonly at: number; readonly isKey: boolean }[] {
    const lead = this.#written[0]!;
    const bounds = [];
    let start = this.#start!;
    for (const sample of lead.samples) {
      const at = msOf(lead, sample);
      const next = at + sample.duration * 1000 / lead.timescale;
      const isKey = lead.kind === "video" && sample.isKey;
      if (at <= start || at >= end || (!isKey && next - start <= this.#part)) continue;
      bounds.push({ at, isKey });
      start = at;
    }
    return bounds;
  }

  #write(end: number, before: "key" | "frame" | "nothing"): void {
    const start = this.#start!;
    const zero = this.#zero ?? 0;
    const runs = this.#written.flatMap((track, index) => {
      const samples = takeBefore(track, before === "nothing" ? Infinity : end);
      if (samples.length === 0) return [];
      const ticks = Math.round(zero * track.timescale / 1000);
      const first = { ...samples[0]!, time: Math.max(0, samples[0]!.time - ticks) };
      return [{ id: index + 1, samples: [first, ...samples.slice(1)], track }];
    });
    this.#start = end;
    if (runs.length === 0) return;
    const video = runs.find(({ track }) => track.kind === "video");
    const hasVideo = this.#written.some(({ kind }) => kind === "video");
    this.#sink.fragment({
      bytes: writeFragment(++this.#sequence, runs),
      isKey: hasVideo ? video?.samples[0]?.isKey === true : true,
      isBeforeKey: before === "key",
      time: start - zero,
      duration: end - start,
      pictures: video?.samples.length ?? 0,
    });
  }

  /** Counts what waits: after a fragment that is little. */
  #recount(): void {
    this.#pendingSamples = this.#pendingBytes = 0;
    for (const track of this.#tracks.known()) {
      this.#pendingSamples += track.samples.length;
      for (const { data } of track.samples) this.#pendingBytes += data.length;
    }
  }

  /** A kind that should come has no format yet. */
  get #isMissing(): boolean {
    const { audio, video } = this.#kinds;
    return (audio && this.#tracks.first("audio") === undefined) ||
      (video && this.#tracks.first("video") === undefined);
  }

  /** Tells of the tracks that are known; false when there are none. */
  #init(): boolean {
    const known = this.#tracks.known();
    if (known.length === 0) return false;
    this.#written = known;
    for (const track of known) track.isWritten = true;
    this.#sink.init({ bytes: writeInit(known), tracks: known.map(describe) });
    return true;
  }
}

function describe(track: Track, index: number): Mp4Track {
  const { kind, number, timescale, format } = track;
  const { width = 0, height = 0 } = track.kind === "video" ? track.format ?? {} : {};
  const channels = track.kind === "audio" ? track.format?.channels ?? 0 : 0;
  const codec = format?.codec ?? "";
  return { id: index + 1, kind, number, codec, timescale, width, height, channels };
}

/** Takes the samples of a track that begin before `end`, in ms. */
function takeBefore(track: Track, end: number): Sample[] {
  const { samples } = track;
  let count = samples.length;
  while (count > 0 && msOf(track, samples[count - 1]!) >= end) count--;
  const taken = count === samples.length ? samples : samples.slice(0, count);
  track.samples = samples.slice(count);
  return taken;
}

function msOf({ timescale }: Track, { time }: Sample): number {
  return time * 1000 / timescale;
}

/** Where the last sample of a track ends, in ms. */
function endOf(track: Track): number {
  const last = track.samples.at(-1);
  return last === undefined ? 0 : (last.time + last.duration) * 1000 / track.timescale;
}
