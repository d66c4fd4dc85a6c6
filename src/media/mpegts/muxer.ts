import { ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import { audioRole, videoRole } from "../codec.ts";
import { codecOf, FourCc } from "../codec_id.ts";
import type { MediaEncoder } from "../media_encoder.ts";
import type { MediaKinds, MediaMessage } from "../media_message.ts";
import { writeAccessUnit } from "./access_unit.ts";
import { type AacConfig, mpegAudioType, readAacConfig, writeAdts } from "./audio_frame.ts";
import { type Adaptation, PacketWriter } from "./packet_writer.ts";
import { DecodingClock } from "./decoding_clock.ts";
import {
  CLOCK_INTERVAL,
  DELAY,
  MAX_SKEW,
  PID_PAT,
  PID_PMT,
  STREAM_ID_AUDIO,
  STREAM_ID_VIDEO,
  TABLE_INTERVAL,
  TICKS,
  TYPE_ADTS,
  TYPE_H264,
  TYPE_HEVC,
} from "./params.ts";
import { nalUnits } from "./nal_units.ts";
import { configInBand, readVideoConfig, type VideoConfig } from "./parameter_sets.ts";
import { beginPes, endPes } from "./pes.ts";
import { clockPid, patSection, pidOf, pmtSection, type Streams } from "./tables.ts";
import { readAudioTag, readVideoTag } from "./tag.ts";

/** Content type of MPEG-TS over HTTP. */
export const TS_TYPE = "video/mp2t";

const PAT = patSection();
const CARRIED: ReadonlySet<number> = new Set([FourCc.avc, FourCc.hevc, FourCc.aac, FourCc.mp3]);
const NO_STREAMS: Streams = { video: undefined, audio: undefined };
const MAX_AUDIO_FRAME = 0xffff - 8;

/** Whether a transport stream carries the codec of an audio or video message. */
export function inTransport({ kind, payload }: MediaMessage): boolean {
  try {
    return (kind === "audio" ? readAudioTag(payload) : readVideoTag(payload)) !== undefined;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return false;
  }
}

/**
 * Media as an MPEG transport stream (ISO/IEC 13818-1): H.264, HEVC, AAC and MP3.
 * Other media, and tags that are not what they say, leave no bytes.
 *
 * It counts packets and has a clock, so listeners share the bytes of one that is given all messages;
 * with the tables at each key frame they find a whole stream wherever they come.
 */
export class TransportEncoder implements MediaEncoder {
  readonly key = "ts";
  readonly isOrdered = true;
  readonly #packets = new PacketWriter();
  readonly #pes = new ByteWriter(4096);
  /** A codec header of a kind that has not come for long does not announce it. */
  readonly #expected: MediaKinds;
  #videoConfig: VideoConfig | undefined;
  #aacConfig: AacConfig | undefined;
  #streams = NO_STREAMS;
  #pmt: Uint8Array | undefined;
  /** Of the next map. */
  #version = 0;
  /** Milliseconds of the newest frame, which go on where the time of messages wraps. */
  #time: number | undefined;
  readonly #decoding = new DecodingClock();
  #tablesAt = 0;
  /** Of the newest clock reference, in milliseconds, and its PID. */
  #clockAt = -Infinity;
  #clockPid: number | undefined;

  /** @param expected the kinds that come, as far as is known */
  constructor(expected: MediaKinds = { audio: true, video: true }) {
    this.#expected = expected;
  }

  encode(message: MediaMessage, out: ByteWriter): void {
    try {
      switch (message.kind) {
        case "video":
          return this.#video(message, out);
        case "audio":
          return this.#audio(message, out);
        case "unpublished":
          // The next publisher may have other streams.
          this.#videoConfig = undefined;
          this.#aacConfig = undefined;
          this.#streams = NO_STREAMS;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }

  #video(message: MediaMessage, out: ByteWriter): void {
    const tag = readVideoTag(message.payload);
    if (tag === undefined) return this.#drop("video", message, out);
    if (tag.isConfig) {
      const config = readVideoConfig(tag.codec, tag.data);
      if (this.#expected.video) this.#setVideo(config);
      else this.#videoConfig = config;
      return;
    }
    const known = this.#videoConfig?.codec === tag.codec ? this.#videoConfig : undefined;
    const units = nalUnits(tag.data, known?.lengthSize ?? 4);
    const config = known ?? (tag.isKey ? configInBand(tag.codec, units) : undefined);
    if (config === undefined) return;
    this.#setVideo(config);
    const time = this.#timeOf(message);
    const { pts, dts } = this.#decoding.stamps(time, tag.offset, tag.isKey);
    this.#pes.truncate(0);
    beginPes(this.#pes, STREAM_ID_VIDEO, pts, dts);
    writeAccessUnit(this.#pes, config, tag.isKey, units);
    this.#writeFrame(out, "video", time, tag.isKey);
  }

  #setVideo(config: VideoConfig): void {
    this.#videoConfig = config;
    this.#setStreams({ ...this.#streams, video: config.codec === "h264" ? TYPE_H264 : TYPE_HEVC });
  }

  #audio(message: MediaMessage, out: ByteWriter): void {
    const tag = readAudioTag(message.payload);
    if (tag === undefined) return this.#drop("audio", message, out);
    if (tag.codec === "aac") {
      if (tag.isConfig) {
        this.#aacConfig = readAacConfig(tag.data);
        if (!this.#expected.audio) return;
        return this.#setStreams({ ...this.#streams, audio: TYPE_ADTS });
      }
      if (this.#aacConfig === undefined) return;
    } else if (tag.isConfig) {
      return;
    }
    const time = this.#timeOf(message);
    const pts = (time + DELAY) * TICKS;
    this.#pes.truncate(0);
    beginPes(this.#pes, STREAM_ID_AUDIO, pts, pts);
    if (tag.codec === "mp3") {
      const frame = tag.data.rest();
      const audio = mpegAudioType(frame);
      if (frame.length > MAX_AUDIO_FRAME) return;
      this.#setStreams({ ...this.#streams, audio });
      this.#pes.bytes(frame);
    } else if (this.#aacConfig !== undefined) {
      this.#setStreams({ ...this.#streams, audio: TYPE_ADTS });
      writeAdts(this.#pes, this.#aacConfig, tag.data);
    }
    this.#writeFrame(out, "audio", time, true);
  }

  /**
   * The stream goes out of the map when frames of a codec come that this form cannot carry. The map
   * is written at once: the other stream, which would bring it, may not come any more.
   */
  #drop(kind: keyof Streams, message: MediaMessage, out: ByteWriter): void {
    const { payload } = message;
    const isFrame = kind === "audio"
      ? audioRole(payload) !== "config"
      : videoRole(payload) === "key";
    const codec = codecOf(payload, kind);
    if (!isFrame || codec === 0 || CARRIED.has(codec)) return;
    const hasTables = this.#pmt !== undefined;
    this.#setStreams({ ...this.#streams, [kind]: undefined });
    const { video, audio } = this.#streams;
    const isLeft = video !== undefined || audio !== undefined;
    if (hasTables && this.#pmt === undefined && isLeft) {
      this.#writeTables(out, this.#timeOf(message));
    }
  }

  #setStreams(streams: Streams): void {
    if (streams.video === this.#streams.video && streams.audio === this.#streams.audio) return;
    this.#streams = streams;
    this.#pmt = undefined;
  }

  /** Milliseconds of a message, counted on from those of the one before; both may wrap or go back. */
  #timeOf(message: MediaMessage): number {
    const before = this.#time;
    return before === undefined ? message.time : before + ((message.time - before) | 0);
  }

  /** The frame in {@link #pes}, after the tables and the clock reference when they are due. */
  #writeFrame(out: ByteWriter, kind: keyof Streams, time: number, isAccess: boolean): void {
    const pid = pidOf(this.#streams[kind]);
    this.#time = time;
    endPes(this.#pes);
    const isKey = kind === "video" && isAccess;
    if (isKey || this.#pmt === undefined || Math.abs(time - this.#tablesAt) >= TABLE_INTERVAL) {
      this.#writeTables(out, time);
    }
    const clock = clockPid(this.#streams);
    // What is shown early comes early too.
    const arrival = time - this.#decoding.advance;
    if (pid === clock) {
      this.#packets.pes(out, pid, this.#pes.view(), { ...this.#clock(clock, arrival), isAccess });
      return;
    }
    if (this.#isClockDue(clock, arrival)) {
      this.#packets.clock(out, clock, { ...this.#clock(clock, arrival), isAccess: false });
    }
    this.#packets.pes(out, pid, this.#pes.view(), { clock: undefined, isJump: false, isAccess });
  }

  #writeTables(out: ByteWriter, time: number): void {
    this.#pmt ??= pmtSection(this.#streams, this.#version++ & 0x1f);
    this.#packets.section(out, PID_PAT, PAT);
    this.#packets.section(out, PID_PMT, this.#pmt);
    this.#tablesAt = time;
  }

  #isClockDue(pid: number, time: number): boolean {
    return pid !== this.#clockPid || time >= this.#clockAt + CLOCK_INTERVAL || this.#isFar(time);
  }

  #isFar(time: number): boolean {
    return Math.abs(time - this.#clockAt) > MAX_SKEW;
  }

  /** The clock reference never goes back, unless time itself does. */
  #clock(pid: number, time: number): Pick<Adaptation, "clock" | "isJump"> {
    const isFirst = this.#clockAt === -Infinity;
    const isFar = this.#isFar(time);
    this.#clockPid = pid;
    this.#clockAt = isFar ? time : Math.max(time, this.#clockAt);
    return { clock: this.#clockAt * TICKS, isJump: isFar && !isFirst };
  }
}
