import { ProtocolError } from "../../bytes/mod.ts";
import type { Value } from "../../codecs/mod.ts";
import { audioRole, MediaMessage, readScript, type Role, videoRole } from "../../media/mod.ts";
import {
  findTags,
  FLV_HEADER,
  type LastTag,
  lastTag,
  nextTag,
  PREVIOUS_SIZE,
  TAG_AUDIO,
  TAG_HEADER,
  TAG_SCRIPT,
  TAG_VIDEO,
  type TagHeader,
  tagHeaderAt,
} from "../flv_tags.ts";
import { type KeyFrame, keyFramesOf } from "../key_table.ts";
import type { ReadableFile } from "../storage.ts";
import { StreamHeaders } from "../stream_headers.ts";
import type { Film } from "./film.ts";
import { Begins } from "./begins.ts";
import { FileWindow } from "./file_window.ts";
import { metadataOf } from "./flv_metadata.ts";
import {
  BATCH,
  HEAD_SIZE,
  LARGEST_WINDOW,
  LOST_LIMIT,
  MAX_FRAME,
  MAX_LOOKED_THROUGH,
  SEARCH_LIMIT,
  SEARCH_STEP,
  SEARCH_WINDOW,
  WINDOW,
} from "./params.ts";

const SIGNATURE = [0x46, 0x4c, 0x56];

/** A tag and where it is. */
interface PlacedTag {
  readonly header: TagHeader;
  readonly position: number;
}

/** An FLV, be it cut off at its end or without an index of its key frames. */
export class FlvFilm implements Film {
  readonly hasVideo: boolean;
  readonly duration: number;
  readonly metadata: ReadonlyMap<string, Value>;
  /** As the metadata tell them; none when they do not. */
  readonly keyFrames: readonly KeyFrame[];
  /** The end of the file; undefined when it has no tag. */
  readonly last: LastTag | undefined;
  readonly #file: ReadableFile;
  readonly #window: FileWindow;
  /** Another one for places that are far from each other. */
  readonly #search: FileWindow;
  readonly #headers = new StreamHeaders();
  /** Time of the first frame in the file, which is 0 of the film. */
  readonly #zero: number;
  readonly #first: number;
  #position: number;

  /** Takes the file over. @param told what {@link readFlv} read of it */
  constructor(file: ReadableFile, { head, last, keyFrames, metadata }: FlvTold) {
    this.#file = file;
    this.#window = new FileWindow(file);
    this.#search = new FileWindow(file, SEARCH_WINDOW);
    for (const config of head.configs) this.#headers.keep(config);
    this.#zero = head.zero;
    this.#first = this.#position = head.first;
    this.hasVideo = head.hasVideo;
    const told = head.metadata.get("duration");
    const ends = last === undefined ? 0 : (last.time - head.zero) | 0;
    this.last = last;
    this.duration = ends > 0 ? ends : typeof told === "number" && told > 0 ? told * 1000 : 0;
    this.keyFrames = keyFrames;
    this.metadata = metadata;
  }

  /** Takes the file over. @throws ProtocolError when it is no FLV */
  static async open(file: ReadableFile): Promise<FlvFilm> {
    return new FlvFilm(file, await readFlv(file));
  }

  get configs(): readonly MediaMessage[] {
    return this.#headers.configs;
  }

  get keyTimes(): readonly number[] {
    return this.keyFrames.map(({ time }) => time - this.#zero);
  }

  async seek(time: number): Promise<void> {
    if (time <= 0) {
      this.#position = this.#first;
      return;
    }
    const target = time + this.#zero;
    const near = await this.#known(target) ?? await this.#before(target);
    this.#position = await this.#keyBefore(near, target);
  }

  async next(): Promise<readonly MediaMessage[]> {
    const messages: MediaMessage[] = [];
    let bytes = 0;
    // Of a file of nothing the end is not looked for.
    for (let walked = 0; messages.length < BATCH && bytes < WINDOW && walked < LOST_LIMIT;) {
      const tag = await this.#tagAt(this.#position);
      if (tag === undefined) break;
      const { header, position } = tag;
      this.#position = nextTag(position, header);
      walked += this.#position - position;
      if (header.size > MAX_FRAME) continue;
      const body = await this.#window.readUpTo(position + TAG_HEADER, header.size);
      if (body.length < header.size) break;
      const message = messageOf(header, body, header.time - this.#zero);
      if (message === undefined) continue;
      if (message.role === "config" && message.kind !== "data") this.#headers.keep(message);
      messages.push(message);
      bytes += header.size;
    }
    return messages;
  }

  async begins(): Promise<readonly number[]> {
    if (this.#file.size > MAX_LOOKED_THROUGH) {
      throw new ProtocolError(`an FLV of ${this.#file.size} bytes is not looked through`);
    }
    const begins = new Begins();
    let latest = 0;
    for (let at = this.#first;;) {
      const tag = await this.#tagAt(at);
      if (tag === undefined) return begins.times;
      at = nextTag(tag.position, tag.header);
      const time = (tag.header.time - this.#zero) | 0;
      if (time < latest || !await this.#isKey(tag)) continue;
      latest = time;
      begins.add(time);
    }
  }

  close(): void {
    this.#file.close();
  }

  /** The tag at a place, or the next that can be found behind it. */
  async #tagAt(position: number): Promise<PlacedTag | undefined> {
    const header = tagHeaderAt(await this.#window.readUpTo(position, TAG_HEADER), 0);
    if (header !== undefined) return { header, position };
    return await this.#findTag(position, Math.min(this.#window.end, position + LOST_LIMIT));
  }

  /** The first tag from a place on. */
  async #findTag(from: number, until: number): Promise<PlacedTag | undefined> {
    for (let at = from, size = SEARCH_WINDOW; at < until;) {
      const bytes = await this.#search.readUpTo(at, size);
      const found = findTags(bytes, at + bytes.length >= this.#search.end);
      if (found !== undefined) return { header: tagHeaderAt(bytes, found)!, position: at + found };
      // Three frames may be longer than what was looked at.
      if (size < LARGEST_WINDOW) size *= 4;
      else at += bytes.length;
      if (bytes.length === 0) break;
    }
    return undefined;
  }

  /** The key frame before a time that the metadata tell, if it is where they say. */
  async #known(target: number): Promise<number | undefined> {
    const key = this.keyFrames.findLast(({ time }) => !isLater(time, target));
    if (key === undefined) return undefined;
    const header = tagHeaderAt(await this.#window.readUpTo(key.position, TAG_HEADER), 0);
    const isThere = header?.type === TAG_VIDEO && Math.abs(header.time - key.time | 0) <= 1;
    return isThere ? key.position : undefined;
  }

  /** A tag at or before a time, not far from it. */
  async #before(target: number): Promise<number> {
    let low = this.#first;
    let high = this.#window.end;
    while (high - low > SEARCH_STEP) {
      const middle = low + Math.floor((high - low) / 2);
      const tag = await this.#findTag(middle, Math.min(high, middle + LARGEST_WINDOW));
      if (tag === undefined || tag.position >= high || isLater(tag.header.time, target)) {
        high = middle;
      } else low = tag.position;
    }
    return low;
  }

  /** Where the last key frame before a time is: behind `from`, or else before it. */
  async #keyBefore(from: number, target: number): Promise<number> {
    let start = from;
    for (let step = SEARCH_STEP; step <= SEARCH_LIMIT; step *= 4) {
      const key = await this.#lastKey(start, target);
      if (key !== undefined) return key;
      if (start <= this.#first) return this.#first;
      const tag = await this.#findTag(Math.max(this.#first, start - step), start);
      start = tag === undefined ? this.#first : Math.min(tag.position, start);
    }
    return start;
  }

  /** Decoding can begin with it. */
  async #isKey({ header, position }: PlacedTag): Promise<boolean> {
    if (header.type !== (this.hasVideo ? TAG_VIDEO : TAG_AUDIO)) return false;
    const body = await this.#window.readUpTo(position + TAG_HEADER, Math.min(header.size, 64));
    return this.hasVideo ? videoRole(body) === "key" : audioRole(body) === "frame";
  }

  async #lastKey(from: number, target: number): Promise<number | undefined> {
    let key: number | undefined;
    for (let at = from, walked = 0; walked < SEARCH_LIMIT;) {
      const tag = await this.#tagAt(at);
      if (tag === undefined) break;
      const { header, position } = tag;
      if (header.type !== TAG_SCRIPT && isLater(header.time, target)) break;
      if (await this.#isKey(tag)) key = position;
      walked += header.size + TAG_HEADER;
      at = nextTag(position, header);
    }
    return key;
  }
}

/** What an FLV says of itself: at its begin, and by its end. */
export interface FlvTold {
  readonly head: Head;
  readonly last: LastTag | undefined;
  readonly keyFrames: readonly KeyFrame[];
  /** Those of the head, with the key frames that make sense. */
  readonly metadata: ReadonlyMap<string, Value>;
}

/** @throws ProtocolError when it is no FLV */
export async function readFlv(file: ReadableFile): Promise<FlvTold> {
  const head = await readHead(new FileWindow(file));
  const keyFrames = keyFramesOf(head.metadata, file.size);
  const metadata = withKeys(head.metadata, keyFrames, head.zero);
  return { head, last: await lastTag(file), keyFrames, metadata };
}

interface Head {
  readonly configs: readonly MediaMessage[];
  /** Bytes of them in the file. */
  readonly metadataSize: number;
  readonly metadata: ReadonlyMap<string, Value>;
  readonly hasVideo: boolean;
  readonly zero: number;
  /** Where the first tag is. */
  readonly first: number;
}

/** Metadata and codec headers, up to the first frames of what the file says it has. */
async function readHead(window: FileWindow): Promise<Head> {
  const start = await window.readUpTo(0, FLV_HEADER);
  const isFlv = start.length === FLV_HEADER && SIGNATURE.every((byte, at) => start[at] === byte);
  if (!isFlv) throw new ProtocolError("this is no FLV");
  const first = new DataView(start.buffer, start.byteOffset).getUint32(5) + PREVIOUS_SIZE;
  const headers = new StreamHeaders();
  let metadata: ReadonlyMap<string, Value> = new Map();
  let metadataSize = 0;
  const seen = new Set<number>();
  let zero: number | undefined;
  let frames = 0;
  for (let at = first; at < first + HEAD_SIZE && frames < BATCH;) {
    const header = tagHeaderAt(await window.readUpTo(at, TAG_HEADER), 0);
    if (header === undefined) break;
    const size = Math.min(header.size, header.type === TAG_SCRIPT ? MAX_FRAME : 65_536);
    const body = await window.readUpTo(at + TAG_HEADER, size);
    const message = messageOf(header, body, header.time);
    at = nextTag(at, header);
    if (message === undefined) continue;
    if (message.kind === "data") {
      if (message.role === "config" && metadata.size === 0) {
        metadata = metadataOf(message);
        metadataSize = body.length;
      }
      continue;
    }
    if (message.role === "config") headers.keep(message);
    else {
      zero ??= header.time;
      seen.add(header.type);
      frames++;
    }
  }
  const { configs } = headers;
  const hasVideo = seen.has(TAG_VIDEO);
  return { configs, metadata, metadataSize, hasVideo, zero: zero ?? 0, first };
}

/** The metadata with the key frames that make sense, as times from the first frame on. */
function withKeys(
  metadata: ReadonlyMap<string, Value>,
  keys: readonly KeyFrame[],
  zero: number,
): Map<string, Value> {
  const values = new Map(metadata);
  if (keys.length === 0) values.delete("keyframes");
  else {
    values.set("keyframes", {
      times: keys.map(({ time }) => (time - zero) / 1000),
      filepositions: keys.map(({ position }) => position),
    });
  }
  return values;
}

/** True for a time after another one, of 32 bits. */
function isLater(time: number, than: number): boolean {
  return ((time - than) | 0) > 0;
}

function messageOf({ type }: TagHeader, body: Uint8Array, time: number): MediaMessage | undefined {
  const shown = time >>> 0;
  switch (type) {
    case TAG_AUDIO:
      return body.length === 0
        ? undefined
        : new MediaMessage("audio", audioRole(body), shown, body);
    case TAG_VIDEO:
      return body.length === 0
        ? undefined
        : new MediaMessage("video", videoRole(body), shown, body);
    case TAG_SCRIPT: {
      const script = readScript(body);
      if (script === undefined) return undefined;
      const role: Role = script.name === "onMetaData" ? "config" : "frame";
      return new MediaMessage("data", role, shown, script.values, script.name, "amf0");
    }
    default:
      return undefined;
  }
}
