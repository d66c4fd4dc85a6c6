import { compositionOffset } from "../media/mod.ts";
import type { ReadableFile } from "./storage.ts";

/** The header of a tag of an FLV. */
export interface TagHeader {
  /** 8 audio, 9 video, 18 script data. */
  readonly type: number;
  /** Bytes of the body. */
  readonly size: number;
  /** Milliseconds of 32 bits. */
  readonly time: number;
}

export const TAG_AUDIO = 8;
export const TAG_VIDEO = 9;
export const TAG_SCRIPT = 18;

export const FLV_HEADER = 9;
export const TAG_HEADER = 11;
/** Behind each tag its size is repeated. */
export const PREVIOUS_SIZE = 4;

/** Bytes at the end of a file that are searched for its last tag. */
const FIRST_WINDOW = 65_536;
const LAST_WINDOW = 33_554_432;
/** Tags one after the other that make sure that the first of them is one. */
const CHAIN = 3;
/** Tags that are looked at for the latest picture: those behind it are shown before it. */
const TAIL = 32;

/** The end of an FLV. */
export interface LastTag {
  /** Where what follows its last whole tag begins. */
  readonly end: number;
  /** The latest time of a tag. */
  readonly time: number;
  /** The latest time at which a picture is shown, or else {@link time}. */
  readonly shown: number;
}

/** The tag header at `at`; undefined when none is there, or not all of it. */
export function tagHeaderAt(bytes: Uint8Array, at: number): TagHeader | undefined {
  if (at + TAG_HEADER > bytes.length) return undefined;
  const type = bytes[at]!;
  if (type !== TAG_AUDIO && type !== TAG_VIDEO && type !== TAG_SCRIPT) return undefined;
  if (bytes[at + 8] !== 0 || bytes[at + 9] !== 0 || bytes[at + 10] !== 0) return undefined;
  const size = (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  const low = (bytes[at + 4]! << 16) | (bytes[at + 5]! << 8) | bytes[at + 6]!;
  return { type, size, time: ((bytes[at + 7]! << 24) | low) >>> 0 };
}

/** Where the tag behind this one begins. */
export function nextTag(at: number, { size }: TagHeader): number {
  return at + TAG_HEADER + size + PREVIOUS_SIZE;
}

/**
 * Where tags begin in bytes that were cut out of a file: each of the next is where the one before
 * says, and its size is repeated behind it. Undefined when that is nowhere so.
 * @param isEnd the bytes are the last of the file, so that a chain may be shorter there
 */
export function findTags(bytes: Uint8Array, isEnd: boolean): number | undefined {
  for (let at = 0; at + TAG_HEADER <= bytes.length; at++) {
    const type = bytes[at]!;
    if (type !== TAG_AUDIO && type !== TAG_VIDEO && type !== TAG_SCRIPT) continue;
    if (isChain(bytes, at, isEnd)) return at;
  }
  return undefined;
}

/** The end of a file; undefined when it has no tag. */
export async function lastTag(file: ReadableFile): Promise<LastTag | undefined> {
  for (let window = FIRST_WINDOW;; window *= 4) {
    const from = Math.max(FLV_HEADER + PREVIOUS_SIZE, file.size - window);
    const bytes = await readBytes(file, from, file.size - from);
    const isWhole = from === FLV_HEADER + PREVIOUS_SIZE;
    let at = isWhole ? 0 : findTags(bytes, true);
    let last: LastTag | undefined;
    let count = 0;
    for (; at !== undefined; count++) {
      const header = tagHeaderAt(bytes, at);
      const end: number = header === undefined ? Infinity : nextTag(at, header);
      if (header === undefined || end > bytes.length) break;
      const offset = header.type === TAG_VIDEO
        ? compositionOffset(bytes.subarray(at + TAG_HEADER, end - PREVIOUS_SIZE))
        : 0;
      const { time, shown } = last ?? { time: header.time, shown: header.time };
      last = {
        end: from + end,
        // FFmpeg ends with a tag of pictures that is earlier than the last of sound.
        time: later(time, header.time),
        shown: later(shown, (header.time + offset) >>> 0),
      };
      at = end;
    }
    if (isWhole || (last !== undefined && count >= TAIL) || window > LAST_WINDOW / 4) return last;
  }
}

/** The later of two times of 32 bits. */
function later(one: number, other: number): number {
  return ((other - one) | 0) > 0 ? other : one;
}

/** The bytes that are there, `length` at most. */
export async function readBytes(
  file: ReadableFile,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const size = Math.max(0, Math.min(length, file.size - position));
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const count = await file.read(position + filled, bytes.subarray(filled));
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

function isChain(bytes: Uint8Array, start: number, isEnd: boolean): boolean {
  let at = start;
  for (let count = 0; count < CHAIN; count++) {
    const header = tagHeaderAt(bytes, at);
    if (header === undefined) return false;
    const next = nextTag(at, header);
    if (next > bytes.length) return isEnd && count > 0;
    const repeated = TAG_HEADER + header.size;
    const isRepeated = bytes[next - 4] === repeated >> 24 &&
      bytes[next - 3] === (repeated >> 16 & 0xff) &&
      bytes[next - 2] === (repeated >> 8 & 0xff) && bytes[next - 1] === (repeated & 0xff);
    if (!isRepeated) return false;
    if (next === bytes.length) return isEnd;
    at = next;
  }
  return true;
}
