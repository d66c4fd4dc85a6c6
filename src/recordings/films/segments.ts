import type { ReadableFile } from "../storage.ts";
import { SEGMENT_LENGTH } from "./begins.ts";
import { ProtocolError } from "../../bytes/mod.ts";
import { FileWindow } from "./file_window.ts";
import { FragmentList } from "./fragment_list.ts";
import type { FoundMovie } from "./mp4_film.ts";
import { HEADER_WINDOW, MAX_BOXES, MAX_SEGMENTS } from "./params.ts";

/** Bytes of a file in fragments that can be played for themselves, behind the init. */
export interface Segment {
  readonly position: number;
  readonly length: number;
  /** Milliseconds of the file. */
  readonly time: number;
  readonly duration: number;
}

/** A file in fragments as its parts. */
export interface Segments {
  /** Bytes of the file up to its first fragment. */
  readonly init: number;
  readonly segments: readonly Segment[];
}

/**
 * Where the parts of an MP4 in fragments are, each from a key frame on; undefined for one that is
 * not in fragments.
 * @throws ProtocolError
 */
export async function readSegments(
  file: ReadableFile,
  { movie, first }: FoundMovie,
): Promise<Segments | undefined> {
  const window = new FileWindow(file, HEADER_WINDOW);
  const [lead] = movie.tracks;
  if (!movie.isFragmented || lead === undefined) return undefined;
  const fragments = new FragmentList(window, movie.tracks, first);
  const starts = (await fragments.starts(lead)).map(({ position, time }) => ({
    position,
    time: Math.max(0, (time - lead.shift) * 1000 / lead.timescale),
  }));
  const last = starts.at(-1);
  if (last === undefined) return { init: first, segments: [] };
  let [end, until] = [last.position, last.time];
  for (let count = 0; count < MAX_BOXES; count++) {
    const fragment = await fragments.read(end);
    if (fragment === undefined) break;
    end = fragment.end;
    const table = fragment.samples.get(lead);
    const ticks = table?.times[table.count - 1];
    if (ticks !== undefined) until = (ticks - lead.shift) * 1000 / lead.timescale;
  }
  const segments: Segment[] = [];
  let begins = starts[0]!;
  for (const next of [...starts.slice(1), { position: end, time: until }]) {
    const isLast = next.position === end;
    if (!isLast && next.time - begins.time < SEGMENT_LENGTH) continue;
    if (segments.length === MAX_SEGMENTS) {
      throw new ProtocolError(`more than ${MAX_SEGMENTS} segments`);
    }
    segments.push({
      position: begins.position,
      length: next.position - begins.position,
      time: begins.time,
      duration: next.time - begins.time,
    });
    begins = next;
  }
  return { init: starts[0]!.position, segments };
}
