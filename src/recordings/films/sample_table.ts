import { ProtocolError } from "../../bytes/mod.ts";
import { type Box, boxAt, BoxReader } from "./boxes.ts";

/** Where the samples of a track are, and when; times are ticks of the track. */
export interface SampleTable {
  readonly count: number;
  readonly positions: Float64Array;
  readonly sizes: Uint32Array;
  readonly times: Float64Array;
  /** Of presentation after decoding. */
  readonly offsets: Int32Array;
  /** 1 for those that decode alone. */
  readonly keys: Uint8Array;
}

/**
 * The table of a track that is whole (ISO/IEC 14496-12 §8.6, §8.7).
 * @param limit samples that it may have
 * @throws ProtocolError when it says what cannot be
 */
export function readSampleTable(
  bytes: Uint8Array,
  stbl: Box,
  fileSize: number,
  limit: number,
): SampleTable {
  const sizes = readSizes(bytes, stbl, fileSize, limit);
  const count = sizes.length;
  const times = new Float64Array(count);
  const offsets = new Int32Array(count);
  const keys = new Uint8Array(count);
  readTimes(bytes, boxAt(bytes, stbl, "stts"), times);
  readOffsets(bytes, boxAt(bytes, stbl, "ctts"), offsets);
  readKeys(bytes, boxAt(bytes, stbl, "stss"), keys);
  const positions = readPositions(bytes, stbl, sizes);
  for (let index = 0; index < count; index++) {
    if (positions[index]! + sizes[index]! > fileSize) {
      // What was cut off the file is not there; what comes before is.
      return {
        count: index,
        positions: positions.subarray(0, index),
        sizes: sizes.subarray(0, index),
        times: times.subarray(0, index),
        offsets: offsets.subarray(0, index),
        keys: keys.subarray(0, index),
      };
    }
  }
  return { count, positions, sizes, times, offsets, keys };
}

function readSizes(bytes: Uint8Array, stbl: Box, fileSize: number, limit: number): Uint32Array {
  const stsz = boxAt(bytes, stbl, "stsz");
  if (stsz === undefined) throw new ProtocolError('a track without "stsz"');
  const reader = new BoxReader(bytes, stsz, 4);
  const each = reader.u32();
  const count = reader.u32();
  if (count > limit) throw new ProtocolError(`${count} samples, ${limit} are read at most`);
  if (each !== 0) {
    if (count * each > fileSize) throw new ProtocolError("more samples than the file can have");
    return new Uint32Array(count).fill(each);
  }
  if (reader.remaining < count * 4) throw new ProtocolError("sizes of samples are missing");
  const sizes = new Uint32Array(count);
  for (let index = 0; index < count; index++) sizes[index] = reader.u32();
  return sizes;
}

function readTimes(bytes: Uint8Array, stts: Box | undefined, times: Float64Array): void {
  if (stts === undefined) return;
  const reader = new BoxReader(bytes, stts, 4);
  let time = 0;
  let index = 0;
  for (let entries = reader.u32(); entries > 0 && index < times.length; entries--) {
    const run = reader.u32();
    const delta = reader.u32();
    for (let count = run; count > 0 && index < times.length; count--) {
      times[index++] = time;
      time += delta;
    }
  }
  for (; index < times.length; index++) times[index] = time;
}

function readOffsets(bytes: Uint8Array, ctts: Box | undefined, offsets: Int32Array): void {
  if (ctts === undefined) return;
  const reader = new BoxReader(bytes, ctts, 4);
  let index = 0;
  for (let entries = reader.u32(); entries > 0 && index < offsets.length; entries--) {
    const run = reader.u32();
    const offset = reader.i32();
    const end = Math.min(offsets.length, index + run);
    offsets.fill(offset, index, end);
    index = end;
  }
}

/** Without the box every sample decodes alone. */
function readKeys(bytes: Uint8Array, stss: Box | undefined, keys: Uint8Array): void {
  if (stss === undefined) {
    keys.fill(1);
    return;
  }
  const reader = new BoxReader(bytes, stss, 4);
  for (let entries = reader.u32(); entries > 0; entries--) {
    const index = reader.u32() - 1;
    if (index >= 0 && index < keys.length) keys[index] = 1;
  }
}

/** Chunks and how many samples each has: where each sample begins. */
function readPositions(bytes: Uint8Array, stbl: Box, sizes: Uint32Array): Float64Array {
  const stsc = boxAt(bytes, stbl, "stsc");
  const stco = boxAt(bytes, stbl, "stco");
  const co64 = boxAt(bytes, stbl, "co64");
  const chunks = stco ?? co64;
  if (stsc === undefined || chunks === undefined) throw new ProtocolError("a track without chunks");
  const places = new BoxReader(bytes, chunks, 4);
  const chunkCount = places.u32();
  const runs = new BoxReader(bytes, stsc, 4);
  let entries = runs.u32();
  let next = entries > 0 ? runs.u32() : Infinity;
  let samples = 0;
  const positions = new Float64Array(sizes.length);
  let index = 0;
  for (let chunk = 1; chunk <= chunkCount && index < sizes.length; chunk++) {
    while (chunk >= next && entries > 0) {
      samples = runs.u32();
      runs.skip(4);
      entries--;
      next = entries > 0 ? runs.u32() : Infinity;
    }
    let position = stco ? places.u32() : places.u64();
    for (let count = samples; count > 0 && index < sizes.length; count--) {
      positions[index] = position;
      position += sizes[index]!;
      index++;
    }
  }
  // Samples that are in no chunk are in no file.
  positions.fill(Infinity, index);
  return positions;
}
