import { type Clock, errorText, type Timer } from "../base/mod.ts";
import { ByteWriter } from "../bytes/mod.ts";
import { Amf0Writer, type Value, writeValues } from "../codecs/mod.ts";
import type { FilmRange, FilmSink, Hub, Listener, PlayedFilm } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import { MediaMessage } from "../media/mod.ts";
import type { Film } from "./films/film.ts";
import { MIN_LEAD, PUSH_AHEAD, SEEK_INTERVAL, SHORTEST_WAIT } from "./params.ts";

/** The clock's time and the film's time of one moment, in milliseconds. */
interface Beginning {
  readonly now: number;
  readonly time: number;
}

export interface PlaybackOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Log;
  readonly film: Film;
  readonly listener: Listener;
  readonly range: FilmRange;
  readonly sink: FilmSink;
  /** What it takes the place of, and whose pace it keeps. */
  readonly instead?: PlayedFilm | undefined;
  /** Nothing is read any more. */
  readonly onClosed: () => void;
}

/**
 * Feeds a client's own publication from a file, as far ahead as its buffer goes: neither faster than
 * the client takes it, nor than it plays it.
 */
export class Playback implements PlayedFilm {
  readonly listener: Listener;
  readonly duration: number;
  bytes = 0;
  readonly #options: PlaybackOptions;
  #bufferTime = 0;
  /** Read and not given out yet. */
  #messages: readonly MediaMessage[] = [];
  #index = 0;
  #isReading = false;
  #hasEnded = false;
  /** Its end was told. */
  #isTold = false;
  #isPaused = false;
  #isClosed = false;
  #isSoon = false;
  /** Where to go on. */
  #target: number | undefined;
  /** The client has sought a place, beside that where it began. */
  #hasSought = false;
  /** The clock's time at the last seek. */
  #soughtAt = -Infinity;
  /** The clock's time, and the film's, when the newest beginning was given out. */
  #begun: Beginning | undefined;
  /** The same of what it takes the place of. */
  #pace: Beginning | undefined;
  /** Time of the newest frame. */
  #time = 0;
  /** It ends before this time. */
  #end: number;
  #timer: Timer | undefined;

  constructor(options: PlaybackOptions) {
    const { film, listener, range } = options;
    this.#options = options;
    this.listener = listener;
    this.duration = film.duration;
    this.#target = range.start;
    this.#end = this.#rangeEnd();
    this.#pace = options.instead instanceof Playback ? options.instead.#begun : undefined;
    this.#writeMetadata();
    listener.publication.audience.onRest = () => this.#soon();
    this.#soon();
  }

  get time(): number {
    return this.#time;
  }

  get bufferTime(): number {
    return this.#bufferTime;
  }

  set bufferTime(value: number) {
    this.#bufferTime = value;
    this.#soon();
  }

  pause(): void {
    this.#isPaused = true;
    this.#timer?.cancel();
  }

  resume(time?: number): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    // Its clock stood still meanwhile.
    this.#begun = undefined;
    if (time !== undefined && time < this.#time) this.seek(time);
    this.#soon();
  }

  seek(time: number): void {
    this.#target = this.#time = Math.max(0, time);
    this.#pace = undefined;
    this.#hasSought = true;
    this.#messages = [];
    this.#hasEnded = this.#isTold = false;
    // What was not taken yet is not wanted any more.
    while (this.listener.next() !== undefined);
    this.#soon();
  }

  endAt(time = this.#rangeEnd()): void {
    this.#end = time;
    this.#hasEnded &&= this.#isTold;
    this.#soon();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { hub, onClosed } = this.#options;
    const { publication } = this.listener;
    publication.audience.onRest = undefined;
    this.#timer?.cancel();
    hub.unsubscribe(this.listener);
    hub.unpublish(publication);
    // The read that is under way would fail.
    if (!this.#isReading) onClosed();
  }

  /** Later: a listener takes at this moment. */
  #soon(): void {
    if (this.#isSoon || this.#isClosed) return;
    this.#isSoon = true;
    queueMicrotask(() => {
      this.#isSoon = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#isClosed || this.#isPaused || this.#isReading) return;
    this.#timer?.cancel();
    const { listener } = this;
    // A script has closed it.
    if (!listener.publication.isRunning) return this.#tellEnd();
    const { clock } = this.#options;
    if (this.#target !== undefined) {
      const wait = this.#soughtAt + SEEK_INTERVAL - clock.now();
      if (wait <= 0) void this.#read();
      else this.#timer = clock.after(wait, () => this.#pump());
      return;
    }
    for (;;) {
      if (listener.backlog > PUSH_AHEAD) break;
      const message = this.#messages[this.#index];
      if (message === undefined && !this.#hasEnded) {
        void this.#read();
        break;
      }
      if (message === undefined || this.#isPast(message)) {
        this.#hasEnded = true;
        listener.publication.flush();
        if (!listener.more) this.#tellEnd();
        return;
      }
      const wait = this.#waitFor(message);
      if (wait > 0) {
        this.#timer = clock.after(Math.max(SHORTEST_WAIT, wait), () => this.#pump());
        break;
      }
      this.#index++;
      this.#give(message);
    }
    listener.publication.flush();
  }

  #rangeEnd(): number {
    const { start, length } = this.#options.range;
    return length === undefined ? Infinity : start + length;
  }

  #tellEnd(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#options.sink.onEnd();
  }

  /** True for what the range does not have: of a range of nothing the first frame is wanted. */
  #isPast({ kind, role, time }: MediaMessage): boolean {
    if (kind === "data" || role === "config") return false;
    const { range } = this.#options;
    return range.length === 0 ? this.bytes > 0 : time >= this.#end;
  }

  /** Milliseconds until a message may be given out. */
  #waitFor({ time, kind }: MediaMessage): number {
    if (kind === "data") return 0;
    const now = this.#options.clock.now();
    this.#begun ??= { now, time };
    const passed = now - this.#begun.now;
    const lead = Math.max(MIN_LEAD, this.#bufferTime);
    return (time - this.#begun.time | 0) - passed - lead;
  }

  #give(message: MediaMessage): void {
    const { publication } = this.listener;
    const { kind, time, payload, name, format } = message;
    if (kind === "audio") publication.audio(time, payload);
    else if (kind === "video") publication.video(time, payload);
    else if (kind === "data" && message.role !== "config") publication.data(name, payload, format);
    if (kind === "data" || message.role === "config") return;
    this.bytes += payload.length;
    this.#time = time;
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    const { film, log, sink } = this.#options;
    try {
      const target = this.#target;
      this.#target = undefined;
      if (target !== undefined) {
        if (this.#hasSought) this.#soughtAt = this.#options.clock.now();
        await film.seek(target);
        this.#begun = this.#pace;
        this.#pace = undefined;
      }
      const { configs } = film;
      const messages = await film.next();
      // Another place is wanted by now.
      if (this.#target === undefined) {
        if (target !== undefined && !this.#isClosed) this.#repeat(configs, messages);
        this.#messages = messages;
        this.#index = 0;
        this.#hasEnded = messages.length === 0;
      }
      this.#isReading = false;
    } catch (error) {
      this.#isReading = false;
      if (!this.#isClosed) {
        log.warn(`${this.listener.publication.name} breaks off: ${errorText(error)}`);
        sink.status("Play.Failed", "the file cannot be read any further");
        this.#hasEnded = true;
        this.#messages = [];
      }
    }
    if (this.#isClosed) this.#options.onClosed();
    else this.#pump();
  }

  /** Codec headers at the time of what follows them: a client's clock is not to jump. */
  #repeat(configs: readonly MediaMessage[], messages: readonly MediaMessage[]): void {
    const first = messages.find(({ kind, role }) => kind !== "data" && role !== "config");
    for (const { kind, role, payload } of configs) {
      this.#give(new MediaMessage(kind, role, first?.time ?? 0, payload));
    }
  }

  #writeMetadata(): void {
    const { film, listener } = this.#options;
    const values = new Map<Value, Value>(film.metadata);
    values.set("duration", film.duration / 1000);
    // As Flash Media Server tells of MP4; an FLV has them in its own metadata, if at all.
    const times = values.has("keyframes") ? [] : film.keyTimes ?? [];
    const seekPoints = times.map((time) => new Map([["time", time / 1000]]));
    if (seekPoints.length > 0) values.set("seekpoints", seekPoints);
    const writer = new Amf0Writer(new ByteWriter(512), "never");
    writeValues(writer, values);
    listener.publication.setMetadata("onMetaData", writer.take(), "amf0");
  }
}
