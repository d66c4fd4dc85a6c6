import { ProtocolError } from "../../bytes/mod.ts";
import { BOX_HEADER, boxesIn, boxHeader, BoxReader } from "./boxes.ts";
import type { FileWindow } from "./file_window.ts";
import { type NextTimes, readFragment } from "./fragment.ts";
import type { MovieTrack } from "./movie.ts";
import { MAX_BOXES, MAX_FRAGMENTS, MAX_MOOF } from "./params.ts";
import type { SampleTable } from "./sample_table.ts";

/** A fragment and where it is. */
export interface Fragment {
  readonly samples: ReadonlyMap<MovieTrack, SampleTable>;
  /** Where what follows it begins. */
  readonly end: number;
}

/** A place where a fragment begins, with the time of its first sample, in ticks of one track. */
export interface FragmentStart {
  readonly position: number;
  readonly time: number;
}

/** The fragments of an MP4, read one by one. */
export class FragmentList {
  readonly #window: FileWindow;
  readonly #tracks: readonly MovieTrack[];
  readonly #first: number;
  /** Ticks of tracks that do not tell their times. */
  readonly #next: NextTimes = new Map();

  /** @param first where the first `moof`, or a box before it, is */
  constructor(window: FileWindow, tracks: readonly MovieTrack[], first: number) {
    this.#window = window;
    this.#tracks = tracks;
    this.#first = first;
  }

  get first(): number {
    return this.#first;
  }

  /** The next fragment from a place on; undefined at the end. @throws ProtocolError */
  async read(from: number): Promise<Fragment | undefined> {
    for (let at = from, passed = 0; passed < MAX_BOXES; passed++) {
      const found = await headerAt(this.#window, at);
      if (found === undefined) return undefined;
      const size = found.size === 0 ? this.#window.end - at : found.size;
      if (found.type === "moof") {
        if (size > MAX_MOOF) throw new ProtocolError(`a fragment's head of ${size} bytes`, at);
        if (at + size > this.#window.end) return undefined;
        const moof = await this.#window.read(at + found.header, size - found.header);
        const end = await this.#behindData(at + size);
        const samples = readFragment(moof, {
          position: at,
          fileSize: this.#window.end,
          tracks: this.#tracks,
          next: this.#next,
        });
        return { samples, end };
      }
      at += size;
    }
    throw new ProtocolError("too many boxes without a fragment");
  }

  /** The end of the data that stand behind a `moof`, as far as they are there. */
  async #behindData(at: number): Promise<number> {
    const found = await headerAt(this.#window, at);
    if (found?.type !== "mdat") return at;
    return found.size === 0 ? this.#window.end : Math.min(this.#window.end, at + found.size);
  }

  /**
   * Where fragments begin, by `mfra` at the end of the file, else by looking at each of them.
   * @param lead the track whose times are told
   */
  async starts(lead: MovieTrack): Promise<FragmentStart[]> {
    const told = await this.told(lead);
    if (told !== undefined && told.length > 0) return told;
    const starts: FragmentStart[] = [];
    // Of a file of nothing the end is not looked for.
    let empty = 0;
    for (let at = this.#first, count = 0; count < MAX_FRAGMENTS && empty < MAX_BOXES; count++) {
      const fragment = await this.read(at);
      if (fragment === undefined) break;
      const table = fragment.samples.get(lead);
      if (table !== undefined && table.count > 0) {
        starts.push({ position: at, time: table.times[0]! });
      } else empty++;
      at = fragment.end;
    }
    return starts;
  }

  /** The same by `mfra` alone (§8.8.9 to §8.8.11); undefined when it is not there, or not sound. */
  async told(lead: MovieTrack): Promise<FragmentStart[] | undefined> {
    const { end } = this.#window;
    const tail = await this.#window.readUpTo(Math.max(0, end - 16), 16);
    if (tail.length < 16 || boxHeader(tail)?.type !== "mfro") return undefined;
    const size = new DataView(tail.buffer, tail.byteOffset).getUint32(12);
    if (size < 24 || size > Math.min(end, 2 * MAX_MOOF)) return undefined;
    try {
      const mfra = await this.#window.read(end - size, size);
      if (boxHeader(mfra)?.type !== "mfra") return undefined;
      for (const box of boxesIn(mfra, 8, mfra.length)) {
        if (box.type !== "tfra") continue;
        const reader = new BoxReader(mfra, box);
        const isLong = reader.u8() === 1;
        reader.skip(3);
        if (reader.u32() !== lead.id) continue;
        const lengths = reader.u32();
        const rest = (lengths & 3) + ((lengths >> 2) & 3) + ((lengths >> 4) & 3) + 3;
        const starts: FragmentStart[] = [];
        for (let count = reader.u32(); count > 0; count--) {
          const time = isLong ? reader.u64() : reader.u32();
          const position = isLong ? reader.u64() : reader.u32();
          reader.skip(rest);
          if (position < this.#first || position >= end) return undefined;
          starts.push({ time, position });
        }
        return starts;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
    return undefined;
  }
}

/** The header of the box at a place; undefined at the end of the file. @throws ProtocolError */
export async function headerAt(window: FileWindow, at: number) {
  return boxHeader(await window.readUpTo(at, BOX_HEADER));
}
