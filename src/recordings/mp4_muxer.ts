import { ByteWriter } from "../bytes/mod.ts";
import { MediaMessage, type Mp4Fragment, type Mp4Init, Mp4Muxer } from "../media/mod.ts";
import type { FileHead, FileMuxer, Patch } from "./file_muxer.ts";
import { FRAGMENT_LENGTH } from "./params.ts";

const FREE = 0x66726565;
const MVEX = 0x6d766578;
/** `mehd` of version 1: box header, version and flags, 64 bits of duration. */
const MEHD_SIZE = 20;
/** Entries of `tfra`: time, place, and that it begins with the first sample of the first run. */
const ENTRY_SIZE = 19;
/** Ticks of the movie in a second, by our own init. */
const MOVIE_TIMESCALE = 1000;

/** A fragment that decoding can begin with. */
interface Start {
  /** Ticks of the first track. */
  readonly time: number;
  /** Bytes of the file before it. */
  readonly position: number;
}

/** One file of MP4: its bytes, and where a player may begin. */
class Part {
  readonly bytes: Uint8Array[] = [];
  waiting = 0;
  /** Bytes so far, those that were taken too. */
  size = 0;
  /** Milliseconds up to the end of its last fragment. */
  duration = 0;
  /** Where the place for `mehd` is. */
  mehdAt = 0;
  timescale = 1;
  readonly starts: Start[] = [];

  add(bytes: Uint8Array): void {
    this.bytes.push(bytes);
    this.waiting += bytes.length;
    this.size += bytes.length;
  }
}

/**
 * Fragments of less than a second, so that no more is lost when the server is killed. When it is
 * whole, the file tells its duration and where its key frames are.
 * Source: ISO/IEC 14496-12 §8.8 (movie fragments).
 */
export class Mp4FileMuxer implements FileMuxer {
  readonly #muxer: Mp4Muxer;
  /** Milliseconds, where they are known before the file is whole. */
  readonly #told: number | undefined;
  #part = new Part();
  /** What belongs to another file: the tracks are others. */
  #next: Part | undefined;

  /** @param duration milliseconds, where they are known before the file is whole */
  constructor({ configs, kinds }: FileHead, { duration }: { readonly duration?: number } = {}) {
    this.#told = duration;
    this.#muxer = new Mp4Muxer({
      init: (init) => this.#init(init),
      fragment: (fragment) => this.#fragment(fragment),
    }, { part: FRAGMENT_LENGTH, fromZero: true, kinds });
    for (const config of configs) this.#muxer.push(config);
  }

  push({ kind, role, payload }: MediaMessage, time: number): void {
    if (kind !== "audio" && kind !== "video") return;
    this.#muxer.push(new MediaMessage(kind, role, time >>> 0, payload));
  }

  get waiting(): number {
    return this.#part.waiting;
  }

  get isWhole(): boolean {
    return this.#part.waiting > 0;
  }

  get duration(): number {
    return Math.round(this.#part.duration);
  }

  get isOver(): boolean {
    return this.#next !== undefined;
  }

  take(): Uint8Array | undefined {
    const bytes = this.#part.bytes.shift();
    this.#part.waiting -= bytes?.length ?? 0;
    return bytes;
  }

  flush(): void {
    if (!this.isOver) this.#muxer.flush();
  }

  finish(): void {
    this.flush();
    if (this.#part.starts.length > 0) this.#part.add(randomAccess(this.#part));
  }

  patches(): Patch[] {
    const { mehdAt, duration } = this.#part;
    return mehdAt === 0 ? [] : [{ position: mehdAt, bytes: extent(duration) }];
  }

  /** Goes on with the file that comes next: the one before has all it gets. */
  goOn(): void {
    this.#part = this.#next ?? new Part();
    this.#next = undefined;
  }

  #init({ bytes, tracks }: Mp4Init): void {
    const isFirst = this.#part.size === 0;
    const part = isFirst ? this.#part : this.#next = new Part();
    const { init, mehdAt } = withRoom(bytes);
    if (this.#told !== undefined && mehdAt > 0) init.set(extent(this.#told), mehdAt);
    part.mehdAt = mehdAt;
    part.timescale = tracks[0]?.timescale ?? 1;
    part.add(init);
  }

  #fragment({ bytes, isKey, time, duration }: Mp4Fragment): void {
    const part = this.#next ?? this.#part;
    if (isKey) {
      part.starts.push({ time: Math.round(time * part.timescale / 1000), position: part.size });
    }
    part.duration = time + duration;
    part.add(bytes);
  }
}

/** `mehd`: the duration of a file in fragments (§8.8.2). */
function extent(duration: number): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(MEHD_SIZE).u32(MEHD_SIZE).text("mehd").u32(0x0100_0000).u32(0);
  return out.u32(Math.round(duration * MOVIE_TIMESCALE / 1000)).take();
}

/** An init with a free place in its `mvex`, where `mehd` will be, and where that place is. */
function withRoom(init: Uint8Array): { init: Uint8Array; mehdAt: number } {
  const view = new DataView(init.buffer, init.byteOffset, init.byteLength);
  const moov = view.getUint32(0);
  let at = moov + 8;
  while (at + 8 <= init.length && view.getUint32(at + 4) !== MVEX) at += view.getUint32(at);
  if (at + 8 > init.length) return { init, mehdAt: 0 };
  const out = new ByteWriter(init.length + MEHD_SIZE).bytes(init.subarray(0, at + 8));
  out.u32(MEHD_SIZE).u32(FREE).u32(0).u32(0).u32(0).bytes(init.subarray(at + 8));
  const bytes = out.take();
  const sizes = new DataView(bytes.buffer, bytes.byteOffset);
  sizes.setUint32(moov, view.getUint32(moov) + MEHD_SIZE);
  sizes.setUint32(at, view.getUint32(at) + MEHD_SIZE);
  return { init: bytes, mehdAt: at + 8 };
}

/** `mfra`: where players may begin (§8.8.9), with its own size at its end. */
function randomAccess({ starts }: Part): Uint8Array {
  const tfra = 24 + starts.length * ENTRY_SIZE;
  const size = 8 + tfra + 16;
  const out = new ByteWriter(size).u32(size).text("mfra");
  out.u32(tfra).text("tfra").u32(0x0100_0000).u32(1).u32(0).u32(starts.length);
  for (const { time, position } of starts) {
    for (const value of [time, position]) {
      out.u32(Math.floor(value / 2 ** 32)).u32(value % 2 ** 32);
    }
    out.u8(1).u8(1).u8(1);
  }
  return out.u32(16).text("mfro").u32(0).u32(size).take();
}
