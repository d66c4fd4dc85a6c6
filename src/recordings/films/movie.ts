import { ProtocolError } from "../../bytes/mod.ts";
import { type Box, boxAt, boxesIn, BoxReader } from "./boxes.ts";
import { MAX_SAMPLES, MAX_TRACKS } from "./params.ts";
import { type SampleEntry, sampleEntry } from "./sample_entry.ts";
import { readSampleTable, type SampleTable } from "./sample_table.ts";

/** What is meant for samples of a track where a fragment does not say it (`trex`, `tfhd`). */
export interface SampleDefaults {
  readonly duration: number;
  readonly size: number;
  readonly flags: number;
}

/** A track of an MP4 that can be sent. */
export interface MovieTrack {
  readonly id: number;
  /** Enhanced RTMP's number within its kind; only the first of each is sent. */
  readonly entry: SampleEntry;
  readonly timescale: number;
  readonly table: SampleTable;
  /** Ticks by which presentation begins later than decoding: of its edit list. */
  readonly shift: number;
  readonly defaults: SampleDefaults;
}

/** What `moov` tells. */
export interface Movie {
  /** The first of pictures and the first of sound. */
  readonly tracks: readonly MovieTrack[];
  readonly isFragmented: boolean;
  /** Of pictures; 0 without. */
  readonly width: number;
  readonly height: number;
  /** Milliseconds that `mehd` or `mvhd` tell; 0 for none. */
  readonly told: number;
}

const NO_DEFAULTS: SampleDefaults = { duration: 0, size: 0, flags: 0 };

/** Reads the content of a `moov`. @throws ProtocolError */
export function readMovie(bytes: Uint8Array, fileSize: number): Movie {
  const moov: Box = { type: "moov", start: 0, end: bytes.length };
  const mvex = boxAt(bytes, moov, "mvex");
  const defaults = mvex === undefined ? new Map() : readDefaults(bytes, mvex);
  const found: Partial<Record<"audio" | "video", MovieTrack>> = {};
  let samples = MAX_SAMPLES;
  let count = 0;
  let size = { width: 0, height: 0 };
  for (const trak of boxesIn(bytes, moov.start, moov.end)) {
    if (trak.type !== "trak" || ++count > MAX_TRACKS) continue;
    const track = readTrack(bytes, trak, { fileSize, samples, defaults });
    if (track === undefined || found[track.entry.kind] !== undefined) continue;
    found[track.entry.kind] = track;
    samples -= track.table.count;
    if (track.entry.kind === "video") size = readSize(bytes, trak);
  }
  const { video, audio } = found;
  return {
    tracks: [video, audio].filter((track) => track !== undefined),
    isFragmented: mvex !== undefined,
    ...size,
    told: toldDuration(bytes, moov, mvex),
  };
}

/** What bounds a track, and what it takes from the movie. */
interface TrackContext {
  readonly fileSize: number;
  /** At most. */
  readonly samples: number;
  readonly defaults: ReadonlyMap<number, SampleDefaults>;
}

function readTrack(
  bytes: Uint8Array,
  trak: Box,
  { fileSize, samples, defaults }: TrackContext,
): MovieTrack | undefined {
  const stbl = boxAt(bytes, trak, "mdia", "minf", "stbl");
  const stsd = stbl && boxAt(bytes, stbl, "stsd");
  const mdhd = boxAt(bytes, trak, "mdia", "mdhd");
  const tkhd = boxAt(bytes, trak, "tkhd");
  if (!stbl || !stsd || !mdhd || !tkhd) return undefined;
  const entry = sampleEntry(bytes, stsd);
  if (entry === undefined) return undefined;
  const header = new BoxReader(bytes, mdhd);
  header.skip(header.u8() === 1 ? 19 : 11);
  const timescale = header.u32();
  if (timescale === 0) throw new ProtocolError("a track of no ticks a second");
  const identity = new BoxReader(bytes, tkhd);
  identity.skip(identity.u8() === 1 ? 19 : 11);
  const id = identity.u32();
  const table = readSampleTable(bytes, stbl, fileSize, samples);
  const shift = readShift(bytes, trak);
  return { id, entry, timescale, table, shift, defaults: defaults.get(id) ?? NO_DEFAULTS };
}

/** Where presentation begins in the media: of the first edit that is no pause (§8.6.6). */
function readShift(bytes: Uint8Array, trak: Box): number {
  const elst = boxAt(bytes, trak, "edts", "elst");
  if (elst === undefined) return 0;
  const reader = new BoxReader(bytes, elst);
  const isLong = reader.u8() === 1;
  reader.skip(3);
  for (let entries = Math.min(16, reader.u32()); entries > 0; entries--) {
    if (isLong) reader.u64();
    else reader.u32();
    const time = isLong ? reader.i64() : reader.i32();
    reader.skip(4);
    if (time >= 0) return time;
  }
  return 0;
}

function readDefaults(bytes: Uint8Array, mvex: Box): Map<number, SampleDefaults> {
  const defaults = new Map<number, SampleDefaults>();
  for (const box of boxesIn(bytes, mvex.start, mvex.end)) {
    if (box.type !== "trex" || defaults.size >= MAX_TRACKS) continue;
    const reader = new BoxReader(bytes, box, 4);
    const id = reader.u32();
    reader.skip(4);
    defaults.set(id, { duration: reader.u32(), size: reader.u32(), flags: reader.u32() });
  }
  return defaults;
}

/** Width and height as shown: the last of `tkhd`, 16.16 bits each. */
function readSize(bytes: Uint8Array, trak: Box): { width: number; height: number } {
  const tkhd = boxAt(bytes, trak, "tkhd");
  if (tkhd === undefined || tkhd.end - tkhd.start < 12) return { width: 0, height: 0 };
  const reader = new BoxReader(bytes, tkhd, tkhd.end - tkhd.start - 8);
  return { width: reader.u32() / 65_536, height: reader.u32() / 65_536 };
}

function toldDuration(bytes: Uint8Array, moov: Box, mvex: Box | undefined): number {
  const mvhd = boxAt(bytes, moov, "mvhd");
  if (mvhd === undefined) return 0;
  const reader = new BoxReader(bytes, mvhd);
  const isLong = reader.u8() === 1;
  reader.skip(isLong ? 19 : 11);
  const timescale = reader.u32();
  const own = isLong ? reader.u64() : reader.u32();
  const mehd = mvex && boxAt(bytes, mvex, "mehd");
  let ticks = own;
  if (mehd !== undefined) {
    const total = new BoxReader(bytes, mehd);
    const isLongTotal = total.u8() === 1;
    total.skip(3);
    ticks = isLongTotal ? total.u64() : total.u32();
  }
  return timescale === 0 ? 0 : ticks * 1000 / timescale;
}
