import { ProtocolError } from "../../bytes/mod.ts";
import { type Box, boxesIn, BoxReader } from "./boxes.ts";
import type { MovieTrack } from "./movie.ts";
import type { SampleTable } from "./sample_table.ts";

/** Samples of one fragment, of all tracks. */
const MAX_FRAGMENT_SAMPLES = 100_000;

const HAS_BASE = 0x1;
const HAS_DESCRIPTION = 0x2;
const HAS_DURATION = 0x8;
const HAS_SIZE = 0x10;
const HAS_FLAGS = 0x20;
const RUN_OFFSET = 0x1;
const RUN_FIRST_FLAGS = 0x4;
const RUN_DURATION = 0x100;
const RUN_SIZE = 0x200;
const RUN_FLAGS = 0x400;
const RUN_COMPOSITION = 0x800;
const NO_SYNC_SAMPLE = 0x1_0000;

/** A list of samples that grows. */
class Samples {
  readonly positions: number[] = [];
  readonly sizes: number[] = [];
  readonly times: number[] = [];
  readonly offsets: number[] = [];
  readonly keys: number[] = [];

  table(): SampleTable {
    return {
      count: this.positions.length,
      positions: Float64Array.from(this.positions),
      sizes: Uint32Array.from(this.sizes),
      times: Float64Array.from(this.times),
      offsets: Int32Array.from(this.offsets),
      keys: Uint8Array.from(this.keys),
    };
  }
}

/** Ticks at which each track goes on that does not say so. */
export type NextTimes = Map<number, number>;

/** Where a fragment is, and what is known before it. */
export interface FragmentContext {
  /** Of the box in the file. */
  readonly position: number;
  readonly fileSize: number;
  readonly tracks: readonly MovieTrack[];
  readonly next: NextTimes;
}

/**
 * The samples of a `moof` (ISO/IEC 14496-12 §8.8), by track.
 * @param moof its content
 * @throws ProtocolError
 */
export function readFragment(
  moof: Uint8Array,
  context: FragmentContext,
): Map<MovieTrack, SampleTable> {
  const found = new Map<MovieTrack, Samples>();
  const budget = { samples: MAX_FRAGMENT_SAMPLES };
  for (const traf of boxesIn(moof, 0, moof.length)) {
    if (traf.type !== "traf") continue;
    readTrackFragment(moof, traf, { ...context, found, budget });
  }
  return new Map([...found].map(([track, samples]) => [track, samples.table()]));
}

interface Context extends FragmentContext {
  readonly found: Map<MovieTrack, Samples>;
  readonly budget: { samples: number };
}

function readTrackFragment(moof: Uint8Array, traf: Box, context: Context): void {
  let track: MovieTrack | undefined;
  let base = context.position;
  let defaults = { duration: 0, size: 0, flags: 0 };
  let at: number | undefined;
  let data: number | undefined;
  for (const box of boxesIn(moof, traf.start, traf.end)) {
    const reader = new BoxReader(moof, box);
    if (box.type === "tfhd") {
      const flags = reader.u32();
      const id = reader.u32();
      track = context.tracks.find((each) => each.id === id);
      if (track === undefined) return;
      if ((flags & HAS_BASE) !== 0) base = reader.u64();
      if ((flags & HAS_DESCRIPTION) !== 0) reader.skip(4);
      defaults = { ...track.defaults };
      if ((flags & HAS_DURATION) !== 0) defaults.duration = reader.u32();
      if ((flags & HAS_SIZE) !== 0) defaults.size = reader.u32();
      if ((flags & HAS_FLAGS) !== 0) defaults.flags = reader.u32();
    } else if (box.type === "tfdt") {
      at = reader.u32() >>> 24 === 1 ? reader.u64() : reader.u32();
    } else if (box.type === "trun" && track !== undefined) {
      at ??= context.next.get(track.id) ?? 0;
      const run = readRun(reader, track, { ...context, base, defaults, at, data });
      at = run.at;
      data = run.data;
    }
  }
  if (track !== undefined && at !== undefined) context.next.set(track.id, at);
}

interface RunContext extends Context {
  readonly base: number;
  readonly defaults: { readonly duration: number; readonly size: number; readonly flags: number };
  readonly at: number;
  /** Where the data of the run before ended. */
  readonly data: number | undefined;
}

function readRun(
  reader: BoxReader,
  track: MovieTrack,
  { base, defaults, at, data, fileSize, found, budget }: RunContext,
): { at: number; data: number } {
  const flags = reader.u32();
  const count = reader.u32();
  budget.samples -= count;
  if (budget.samples < 0) throw new ProtocolError("a fragment of too many samples");
  let position = (flags & RUN_OFFSET) !== 0 ? base + reader.i32() : data ?? base;
  const first = (flags & RUN_FIRST_FLAGS) !== 0 ? reader.u32() : undefined;
  const samples = found.get(track) ?? new Samples();
  found.set(track, samples);
  let time = at;
  for (let index = 0; index < count; index++) {
    const duration = (flags & RUN_DURATION) !== 0 ? reader.u32() : defaults.duration;
    const size = (flags & RUN_SIZE) !== 0 ? reader.u32() : defaults.size;
    const own = (flags & RUN_FLAGS) !== 0 ? reader.u32() : defaults.flags;
    const offset = (flags & RUN_COMPOSITION) !== 0 ? reader.i32() : 0;
    // What was cut off the file is not there.
    if (position < 0 || position + size > fileSize) break;
    samples.positions.push(position);
    samples.sizes.push(size);
    samples.times.push(time);
    samples.offsets.push(offset);
    const shown = index === 0 && first !== undefined ? first : own;
    samples.keys.push((shown & NO_SYNC_SAMPLE) === 0 ? 1 : 0);
    position += size;
    time += duration;
  }
  return { at: time, data: position };
}
