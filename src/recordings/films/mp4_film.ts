import { ProtocolError } from "../../bytes/mod.ts";
import type { Value } from "../../codecs/mod.ts";
import { codecOf, MediaMessage, type Role } from "../../media/mod.ts";
import type { ReadableFile } from "../storage.ts";
import { Begins } from "./begins.ts";
import { FileWindow } from "./file_window.ts";
import type { Film } from "./film.ts";
import { FragmentList, type FragmentStart, headerAt } from "./fragment_list.ts";
import { type Movie, type MovieTrack, readMovie } from "./movie.ts";
import {
  BATCH,
  HEADER_WINDOW,
  MAX_BOXES,
  MAX_FRAME,
  MAX_KEY_FRAMES,
  MAX_MOOV,
  WINDOW,
} from "./params.ts";
import { configMessage, frameBody } from "./sample_entry.ts";
import type { SampleTable } from "./sample_table.ts";

/** Fragments that are looked through for a key frame before a time. */
const MAX_BACK = 600;

/** The number of a sound tag whose codec is a FourCC. */
const SOUND_ENHANCED = 9;

/** How far one track was read. */
interface Cursor {
  readonly track: MovieTrack;
  readonly window: FileWindow;
  table: SampleTable;
  index: number;
}

/** An MP4, whole or in fragments, be it cut off at its end. */
export class Mp4Film implements Film {
  readonly duration: number;
  readonly hasVideo: boolean;
  readonly configs: readonly MediaMessage[];
  readonly metadata: ReadonlyMap<string, Value>;
  readonly #file: ReadableFile;
  readonly #fragments: FragmentList | undefined;
  readonly #cursors: readonly Cursor[];
  /** Milliseconds that are added, so that no time is below 0. */
  readonly #zero: number;
  /** Key frames as a file in fragments tells them. */
  readonly #toldKeys: readonly number[] | undefined;
  #starts: readonly FragmentStart[] | undefined;
  /** Where the next fragment is. */
  #next: number;

  private constructor(
    file: ReadableFile,
    { tracks, width, height, told }: Movie,
    fragments: FragmentList | undefined,
    opened: {
      readonly cursors: readonly Cursor[];
      readonly next: number;
      /** Of a file in fragments. */
      readonly keyTimes?: readonly number[];
    },
  ) {
    this.#file = file;
    this.#fragments = fragments;
    this.#cursors = opened.cursors;
    this.#next = opened.next;
    this.hasVideo = tracks.some(({ entry }) => entry.kind === "video");
    this.configs = tracks.map(({ entry }) => configMessage(entry))
      .filter((config) => config !== undefined);
    this.#zero = Math.max(0, ...opened.cursors.map((cursor) => -timeAt(cursor, 0)));
    const ends = opened.cursors.map((cursor) => timeAt(cursor, cursor.table.count - 1));
    // The time of the last frame, as FLV has it: rtmpdump takes less for a film that broke off.
    const length = fragments === undefined ? Math.max(0, ...ends) : told;
    this.duration = Math.round(length + this.#zero);
    this.#toldKeys = opened.keyTimes?.map((time) => time + this.#zero);
    const metadata = new Map<string, Value>();
    if (width > 0) metadata.set("width", width).set("height", height);
    for (const { entry } of tracks) {
      const body = entry.config ?? frameBody(entry, new Uint8Array(1), true, 0);
      metadata.set(`${entry.kind}codecid`, codecId(body, entry.kind));
    }
    this.metadata = metadata;
  }

  /**
   * Takes the file over.
   * @param found what it says of itself, by default it is read
   * @throws ProtocolError when it is no MP4, or none that can be sent
   */
  static async open(file: ReadableFile, found?: FoundMovie): Promise<Mp4Film> {
    const { movie, first } = found ?? await findMovie(new FileWindow(file));
    if (movie.tracks.length === 0) throw new ProtocolError("no track that can be sent");
    const fragments = movie.isFragmented
      ? new FragmentList(new FileWindow(file, HEADER_WINDOW), movie.tracks, first)
      : undefined;
    const cursors = movie.tracks.map((track) => ({
      track,
      window: new FileWindow(file, WINDOW / 2),
      table: track.table,
      index: 0,
    }));
    const opened = { cursors, next: first };
    const fragment = await fragments?.read(first);
    if (fragment !== undefined) {
      opened.next = fragment.end;
      for (const cursor of cursors) cursor.table = fragment.samples.get(cursor.track) ?? NO_SAMPLES;
    }
    if (fragments === undefined) return new Mp4Film(file, movie, fragments, opened);
    const told = await lengthOf(fragments, movie);
    const [lead] = movie.tracks;
    const starts = lead && await fragments.told(lead);
    const keyTimes = starts?.slice(0, MAX_KEY_FRAMES)
      .map(({ time }) => msOf(lead!, time - lead!.shift)) ?? [];
    return new Mp4Film(file, { ...movie, told }, fragments, { ...opened, keyTimes });
  }

  get keyTimes(): readonly number[] {
    const lead = this.#lead;
    if (!this.hasVideo || lead === undefined) return [];
    return this.#toldKeys ?? keysOf(lead, this.#zero);
  }

  async seek(time: number): Promise<void> {
    const target = time - this.#zero;
    if (this.#fragments !== undefined) await this.#seekFragment(target);
    const lead = this.#lead;
    if (lead === undefined) return;
    lead.index = keyBefore(lead, target);
    const from = lead.index < lead.table.count ? timeAt(lead, lead.index) : target;
    for (const cursor of this.#cursors) if (cursor !== lead) cursor.index = firstFrom(cursor, from);
  }

  async next(): Promise<readonly MediaMessage[]> {
    const messages: MediaMessage[] = [];
    let bytes = 0;
    // Of a file of nothing the end is not looked for.
    for (let steps = 0; messages.length < BATCH && bytes < WINDOW && steps < MAX_BOXES; steps++) {
      const cursor = this.#earliest();
      if (cursor === undefined) {
        if (!await this.#nextFragment()) break;
        continue;
      }
      const { track: { entry }, table, index } = cursor;
      cursor.index++;
      const size = table.sizes[index]!;
      if (size > MAX_FRAME) continue;
      const data = await cursor.window.readUpTo(table.positions[index]!, size);
      if (data.length < size) continue;
      const isKey = table.keys[index] === 1;
      const time = Math.round(timeAt(cursor, index) + this.#zero);
      const shown = timeAt(cursor, index) + msOf(cursor.track, table.offsets[index]!) + this.#zero;
      const body = frameBody(entry, data, isKey, Math.round(shown) - time);
      const role: Role = entry.kind === "video" && isKey ? "key" : "frame";
      messages.push(new MediaMessage(entry.kind, role, time >>> 0, body));
      bytes += size;
    }
    return messages;
  }

  /** None of a file in fragments, which is had by ranges. */
  begins(): Promise<readonly number[]> {
    const begins = new Begins();
    const lead = this.#lead;
    if (lead === undefined || this.#fragments !== undefined) return Promise.resolve(begins.times);
    const { count, keys } = lead.table;
    for (let index = 0; index < count; index++) {
      if (keys[index] === 1) begins.add(Math.round(timeAt(lead, index) + this.#zero));
    }
    return Promise.resolve(begins.times);
  }

  close(): void {
    this.#file.close();
  }

  /** Pictures, or sound where there are none. */
  get #lead(): Cursor | undefined {
    return this.#cursors.find(({ track }) => track.entry.kind === "video") ?? this.#cursors[0];
  }

  #earliest(): Cursor | undefined {
    let earliest: Cursor | undefined;
    let first = Infinity;
    for (const cursor of this.#cursors) {
      if (cursor.index >= cursor.table.count) continue;
      const time = timeAt(cursor, cursor.index);
      if (time < first) {
        first = time;
        earliest = cursor;
      }
    }
    return earliest;
  }

  async #nextFragment(): Promise<boolean> {
    const fragment = await this.#fragments?.read(this.#next);
    if (fragment === undefined) return false;
    this.#next = fragment.end;
    for (const cursor of this.#cursors) {
      cursor.table = fragment.samples.get(cursor.track) ?? NO_SAMPLES;
      cursor.index = 0;
    }
    return true;
  }

  /** Loads the fragment that has the last key frame before a time. */
  async #seekFragment(target: number): Promise<void> {
    const fragments = this.#fragments;
    const lead = this.#lead;
    if (fragments === undefined || lead === undefined) return;
    this.#starts ??= await fragments.starts(lead.track);
    const starts = this.#starts;
    const ms = (start: FragmentStart) => msOf(lead.track, start.time - lead.track.shift);
    let at = starts.findLastIndex((start) => ms(start) <= target);
    for (let back = 0; back < MAX_BACK; back++) {
      this.#next = starts[Math.max(0, at)]?.position ?? fragments.first;
      if (!await this.#nextFragment() || at <= 0) return;
      const { table } = lead;
      if (table.keys.some((isKey, index) => isKey === 1 && timeAt(lead, index) <= target)) return;
      at--;
    }
  }
}

const NO_SAMPLES: SampleTable = {
  count: 0,
  positions: new Float64Array(0),
  sizes: new Uint32Array(0),
  times: new Float64Array(0),
  offsets: new Int32Array(0),
  keys: new Uint8Array(0),
};

/** What an MP4 says of itself. */
export interface FoundMovie {
  readonly movie: Movie;
  /** Where the first fragment, or a box before it, is. */
  readonly first: number;
}

/** Finds `moov`, and the first fragment behind it. @throws ProtocolError */
export async function findMovie(window: FileWindow): Promise<FoundMovie> {
  for (let at = 0, count = 0; count < MAX_BOXES; count++) {
    const found = await headerAt(window, at);
    if (found === undefined) break;
    if (at === 0 && !FIRST_BOXES.has(found.type)) throw new ProtocolError("this is no MP4");
    const size = found.size === 0 ? window.end - at : found.size;
    if (found.type === "moov") {
      if (size > MAX_MOOV) throw new ProtocolError(`a "moov" of ${size} bytes`, at);
      const moov = await window.read(at + found.header, size - found.header);
      return { movie: readMovie(moov.slice(), window.end), first: at + size };
    }
    at += size;
  }
  throw new ProtocolError('this MP4 has no "moov": it was cut off, or is none');
}

const FIRST_BOXES = new Set([
  "ftyp",
  "moov",
  "free",
  "skip",
  "wide",
  "mdat",
  "styp",
  "pnot",
  "uuid",
]);

/**
 * Milliseconds up to the last frame of a file in fragments: of its last ones where it tells where
 * they are; what it tells itself; of all of them, one by one.
 */
async function lengthOf(fragments: FragmentList, { tracks, told }: Movie): Promise<number> {
  const [lead] = tracks;
  if (lead === undefined) return 0;
  const known = await fragments.told(lead);
  if (known === undefined && told > 0) return told;
  const starts = known ?? await fragments.starts(lead);
  let end = 0;
  for (
    let at = starts.at(-1)?.position, count = 0;
    at !== undefined && count < MAX_BOXES;
    count++
  ) {
    const fragment = await fragments.read(at);
    if (fragment === undefined) break;
    for (const [track, { times, count }] of fragment.samples) {
      if (count > 0) end = Math.max(end, msOf(track, times[count - 1]! - track.shift));
    }
    at = fragment.end;
  }
  return end;
}

/** The first key frames of a table, in milliseconds. */
function keysOf({ track, table }: Cursor, zero: number): number[] {
  const times: number[] = [];
  for (let index = 0; index < table.count && times.length < MAX_KEY_FRAMES; index++) {
    if (table.keys[index] === 1) times.push(timeAt({ track, table }, index) + zero);
  }
  return times;
}

function msOf({ timescale }: MovieTrack, ticks: number): number {
  return ticks * 1000 / timescale;
}

/** Milliseconds at which a sample is decoded, with its edit list; -0 where there is none. */
function timeAt({ track, table }: Pick<Cursor, "track" | "table">, index: number): number {
  const ticks = table.times[index];
  return ticks === undefined ? 0 : msOf(track, ticks - track.shift);
}

/** The last key frame at or before a time; the first sample without. */
function keyBefore(cursor: Cursor, time: number): number {
  const { keys, count } = cursor.table;
  let index = Math.min(count - 1, firstFrom(cursor, time + 0.5));
  while (index > 0 && (keys[index] !== 1 || timeAt(cursor, index) > time + 0.5)) index--;
  return Math.max(0, index);
}

/** The first sample at or after a time: by halves. */
function firstFrom(cursor: Cursor, time: number): number {
  let low = 0;
  let high = cursor.table.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeAt(cursor, middle) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As metadata of FLV have it: the number of its tags, else the FourCC of Enhanced RTMP. */
function codecId(body: Uint8Array, kind: "audio" | "video"): number {
  const first = body[0]!;
  const number = kind === "video" ? first & 0x8f : first >> 4;
  const isEnhanced = kind === "video" ? number >= 0x80 : number === SOUND_ENHANCED;
  return isEnhanced ? codecOf(body, kind) : number;
}
