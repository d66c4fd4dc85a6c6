import { ProtocolError } from "../../bytes/mod.ts";

/** A box of an MP4 in memory: its content is `bytes[start, end)`. */
export interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** The header of a box (ISO/IEC 14496-12 §4.2). */
export interface BoxHeader {
  readonly type: string;
  /** Bytes of the header. */
  readonly header: number;
  /** Bytes of the whole box; 0 for one that goes to the end of the file. */
  readonly size: number;
}

/** Bytes of the longest header that is read. */
export const BOX_HEADER = 16;

/** @throws ProtocolError when the header says what cannot be */
export function boxHeader(bytes: Uint8Array, at = 0): BoxHeader | undefined {
  if (at + 8 > bytes.length) return undefined;
  const view = viewOf(bytes);
  const size = view.getUint32(at);
  const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
  if (size !== 1) {
    if (size !== 0 && size < 8) throw new ProtocolError(`a box of ${size} bytes`, at);
    return { type, header: 8, size };
  }
  if (at + 16 > bytes.length) return undefined;
  const large = view.getUint32(at + 8) * 2 ** 32 + view.getUint32(at + 12);
  if (large < 16 || !Number.isSafeInteger(large)) throw new ProtocolError("a box too long", at);
  return { type, header: 16, size: large };
}

/** The boxes one after the other in a part of bytes. @throws ProtocolError when one goes past it */
export function* boxesIn(bytes: Uint8Array, start: number, end: number): Generator<Box> {
  for (let at = start; at + 8 <= end;) {
    const found = boxHeader(bytes.subarray(0, end), at);
    if (found === undefined) return;
    const size = found.size === 0 ? end - at : found.size;
    if (at + size > end) throw new ProtocolError(`a box "${found.type}" goes past its parent`, at);
    yield { type: found.type, start: at + found.header, end: at + size };
    at += size;
  }
}

/** The first box of a type within another one. */
export function childOf(bytes: Uint8Array, parent: Box, type: string): Box | undefined {
  for (const box of boxesIn(bytes, parent.start, parent.end)) if (box.type === type) return box;
  return undefined;
}

/** The box that a path of types leads to, the first of each. */
export function boxAt(bytes: Uint8Array, from: Box, ...path: string[]): Box | undefined {
  let box: Box | undefined = from;
  for (const type of path) box = box && childOf(bytes, box, type);
  return box;
}

/** Numbers of a box's content, each checked against its end. */
export class BoxReader {
  readonly #view: DataView;
  readonly #end: number;
  at: number;

  constructor(bytes: Uint8Array, { start, end }: Box, at = 0) {
    this.#view = viewOf(bytes);
    this.#end = end;
    this.at = start + at;
  }

  get remaining(): number {
    return this.#end - this.at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4));
  }

  /** 64 bits; what no double holds is about that. */
  u64(): number {
    return this.u32() * 2 ** 32 + this.u32();
  }

  i64(): number {
    return this.i32() * 2 ** 32 + this.u32();
  }

  skip(count: number): void {
    this.#take(count);
  }

  #take(count: number): number {
    const at = this.at;
    if (at + count > this.#end) throw new ProtocolError("a box ends too early", at);
    this.at += count;
    return at;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
