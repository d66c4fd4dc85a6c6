import { ByteReader, ByteWriter, equalBytes } from "../../bytes/mod.ts";
import { FourCc } from "../codec_id.ts";
import { beginsWithStartCode, nalUnits } from "../mpegts/nal_units.ts";
import type { AudioFormat } from "./audio_entry.ts";
import { audioFormat } from "./audio_format.ts";
import { av1Format, recordOfDescriptor, withoutDelimiter } from "./av1.ts";
import { avcFormat } from "./avc.ts";
import { hevcFormat } from "./hevc.ts";
import { SOUND_EARLY, SOUND_LATE, VIDEO_TICKS, VIDEO_TIMESCALE } from "./params.ts";
import type { VideoFormat } from "./video_format.ts";
import { vp9Format } from "./vp9.ts";
import { vvcFormat } from "./vvc.ts";

/** One frame; times in the ticks of its track. */
export interface Sample {
  readonly time: number;
  duration: number;
  /** Of presentation after decoding. */
  readonly offset: number;
  readonly isKey: boolean;
  readonly data: Uint8Array;
}

type DescribeVideo = (record: Uint8Array | undefined, key: Uint8Array) => VideoFormat;

const VIDEO: ReadonlyMap<number, DescribeVideo> = new Map<number, DescribeVideo>([
  [FourCc.avc, avcFormat],
  [FourCc.hevc, hevcFormat],
  [FourCc.vvc, vvcFormat],
  [FourCc.av1, av1Format],
  [FourCc.vp9, vp9Format],
]);

/** Codecs without a header, whose frames tell when they change. */
const TELLING: ReadonlySet<number> = new Set([FourCc.mp3, FourCc.ac3, FourCc.eac3]);
/** Bytes of such a frame that say the same while the format is the same. */
const TELLING_BYTES = 8;

/** What comes of one track of a stream: its format, and frames that wait for a fragment. */
export abstract class TrackInput<Format extends VideoFormat | AudioFormat> {
  readonly number: number;
  codec = 0;
  record: Uint8Array | undefined;
  /** Undefined until a frame came by which it is known. */
  format: Format | undefined;
  /** The codec header is another one than that of {@link format}. */
  isStale = false;
  /** Frames whose durations are known. */
  samples: Sample[] = [];
  /** Milliseconds of its newest frame. */
  newest = 0;
  /** It is in the tracks that were written last. */
  isWritten = false;

  constructor(number: number) {
    this.number = number;
  }

  abstract readonly timescale: number;

  /** A codec header: the same one again changes nothing. */
  setRecord(codec: number, record: Uint8Array | undefined): void {
    const isSame = codec === this.codec && record !== undefined && this.record !== undefined &&
      equalBytes(record, this.record);
    if (isSame) return;
    this.codec = codec;
    this.record = record?.slice();
    this.isStale = true;
  }

  /** What comes is of this format; frames of another that wait are dropped. */
  setFormat(format: Format): void {
    this.isStale = false;
    if (this.format !== undefined && isSameFormat(this.format, format)) return;
    this.format = format;
    this.clear();
  }

  clear(): void {
    this.samples = [];
  }

  /** A frame of another codec than before is one without a header. */
  noteCodec(codec: number): void {
    if (codec !== this.codec) this.setRecord(codec, undefined);
  }
}

export class VideoTrack extends TrackInput<VideoFormat> {
  readonly kind = "video";
  readonly timescale = VIDEO_TIMESCALE;
  #colour: Uint8Array | undefined;
  /** The newest frame, whose duration the next one tells. */
  #open: Sample | undefined;

  override clear(): void {
    super.clear();
    this.#open = undefined;
  }

  setDescriptor(descriptor: Uint8Array): void {
    this.setRecord(FourCc.av1, recordOfDescriptor(descriptor));
  }

  /** Boxes that Enhanced RTMP's colours become. */
  setColour(colour: Uint8Array | undefined): void {
    this.#colour = colour;
    this.isStale = true;
  }

  /** Looks what the format is. @throws ProtocolError when a key frame does not tell */
  describe(key: Uint8Array): VideoFormat | undefined {
    const format = VIDEO.get(this.codec)?.(this.record, key);
    if (format === undefined || this.#colour === undefined) return format;
    return { ...format, config: joined(format.config, this.#colour) };
  }

  /** Time of the open frame, in ticks; undefined for none. */
  get openTime(): number | undefined {
    return this.#open?.time;
  }

  /** What the newest frame lasts when the next is at `time`, in ticks; 0 for no frame. */
  close(time: number): number {
    const open = this.#open;
    if (open === undefined) return 0;
    open.duration = Math.max(1, time - open.time);
    this.samples.push(open);
    this.#open = undefined;
    return open.duration;
  }

  /** Nothing comes any more: the newest frame lasts as long as the one before. */
  end(): void {
    const open = this.#open;
    if (open !== undefined) this.close(open.time + (this.samples.at(-1)?.duration ?? 3_000));
  }

  /** Ticks of a frame at `time` ms, which is after the one before. */
  ticks(time: number): number {
    const ticks = Math.round(time * VIDEO_TICKS);
    return this.#open === undefined ? ticks : Math.max(ticks, this.#open.time + 1);
  }

  /** @param offset in milliseconds */
  open(time: number, offset: number, isKey: boolean, data: Uint8Array): void {
    this.#open = { time, duration: 0, offset: offset * VIDEO_TICKS, isKey, data: this.#data(data) };
  }

  /** A frame as samples have it. @throws ProtocolError for NAL units that are cut */
  #data(data: Uint8Array): Uint8Array {
    if (this.codec === FourCc.av1) return withoutDelimiter(data);
    if (this.format?.lengthSize !== 4 || !beginsWithStartCode(data, 0)) return data;
    const out = new ByteWriter(data.length + 64);
    for (const unit of nalUnits(new ByteReader(data), 4)) out.u32(unit.length).bytes(unit);
    return out.take();
  }
}

export class AudioTrack extends TrackInput<AudioFormat> {
  readonly kind = "audio";
  /** Channels that a layout tells; 0 for none. */
  layout = 0;
  /** Where the next frame begins, in ticks; undefined before the first. */
  next: number | undefined;
  #told: Uint8Array | undefined;

  get timescale(): number {
    return this.format?.rate ?? 1;
  }

  override clear(): void {
    super.clear();
    this.next = undefined;
  }

  setLayout(layout: Uint8Array): void {
    this.layout = layout[1] ?? 0;
  }

  /** The format that its frames have and that is written with the next key frame of the picture. */
  coming: AudioFormat | undefined;

  /** Whether a frame may be of another format than the one before. */
  isOther(frame: Uint8Array): boolean {
    if (this.format === undefined || this.isStale) return true;
    return TELLING.has(this.codec) && (this.#told === undefined || !isAlike(frame, this.#told));
  }

  /** Looks what the format is. @throws ProtocolError when the frame does not tell */
  describe(frame: Uint8Array): AudioFormat | undefined {
    this.#told = frame.slice(0, TELLING_BYTES);
    return audioFormat(this.codec, this.record, frame, this.layout);
  }

  /**
   * Adds a frame at `time` ms. Times of messages are rounded, those of sound are not: they go on by
   * its samples until they are too far from what messages say.
   * @returns ms at which it ends; undefined for one that is left out
   */
  add(time: number, frame: Uint8Array, format: AudioFormat): number | undefined {
    const { rate } = format;
    const duration = format.samples(frame);
    const wanted = Math.round(time * rate / 1000);
    const late = this.next === undefined ? Infinity : (wanted - this.next) * 1000 / rate;
    if (late < -SOUND_EARLY || duration <= 0) return undefined;
    const start = late > SOUND_LATE ? wanted : this.next!;
    this.samples.push({ time: start, duration, offset: 0, isKey: true, data: frame });
    this.next = start + duration;
    return this.next * 1000 / rate;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  return new ByteWriter(a.length + b.length).bytes(a).bytes(b).take();
}

/** Whether decoders need not be set up anew. */
export function isSameFormat(a: VideoFormat | AudioFormat, b: VideoFormat | AudioFormat): boolean {
  return a.entry === b.entry && a.codec === b.codec && equalBytes(a.config, b.config);
}

/** Headers of MP3, AC-3 and E-AC-3 differ in sizes and sums, which are no other format. */
function isAlike(frame: Uint8Array, told: Uint8Array): boolean {
  const isMp3 = frame[0] === 0xff;
  if (isMp3) return frame[1] === told[1] && ((frame[2]! ^ told[2]!) & 0x0c) === 0;
  const isAc3 = frame[5]! >> 3 <= 10;
  if (!isAc3) return frame[4] === told[4] && frame[5]! >> 3 === told[5]! >> 3;
  return ((frame[4]! ^ told[4]!) & 0xc0) === 0 && frame[5] === told[5] &&
    frame[6]! >> 5 === told[6]! >> 5;
}
