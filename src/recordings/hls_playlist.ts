import type { Segments } from "./films/segments.ts";

/** A segment of a playlist. */
export interface PlaylistSegment {
  /** Milliseconds of its file. */
  readonly time: number;
  readonly duration: number;
  /** Where it is had: its lines behind that of its duration. */
  readonly lines: readonly string[];
}

export interface PlaylistMedia {
  /** Where it is had what decoders are set up by: attributes of `EXT-X-MAP`. */
  readonly map: string;
  readonly segments: readonly PlaylistSegment[];
}

/** A file of a playlist. */
export interface PlaylistFile extends PlaylistMedia {
  /** When it began, in milliseconds since the Unix epoch; undefined where that is not known. */
  readonly start: number | undefined;
  /** Milliseconds of it that are wanted; all of it by default. */
  readonly from?: number;
  readonly to?: number;
}

/** A file in fragments, which is had by ranges of bytes. */
export function rangesOf(url: string, { init, segments }: Segments): PlaylistMedia {
  return {
    map: `URI="${url}",BYTERANGE="${init}@0"`,
    segments: segments.map(({ time, duration, position, length }) => {
      return { time, duration, lines: [`#EXT-X-BYTERANGE:${length}@${position}`, url] };
    }),
  };
}

/**
 * A file whose segments are made when they are asked for.
 * @param url where, with or without a query
 * @param version another one when the file changes, so that segments may be cached
 * @param times milliseconds at which they begin, and when the last one ends
 */
export function madeSegments(
  url: string,
  version: string,
  times: readonly number[],
  end: number,
): PlaylistMedia {
  const base = `${url}${url.includes("?") ? "&" : "?"}v=${version}`;
  return {
    map: `URI="${base}"`,
    segments: times.map((time, index) => ({
      time,
      duration: (times[index + 1] ?? end) - time,
      lines: [`${base}&segment=${index}`],
    })),
  };
}

/**
 * A playlist of HTTP Live Streaming for files that lie there.
 * Source: RFC 8216 §4.3.
 */
export function hlsPlaylist(files: readonly PlaylistFile[]): string {
  const lines: string[] = [];
  let longest = 1;
  for (const { map, start, segments, from = 0, to = Infinity } of files) {
    const wanted = segments.filter(({ time, duration }) => time + duration > from && time < to);
    const [first] = wanted;
    if (first === undefined) continue;
    if (lines.length > 0) lines.push("#EXT-X-DISCONTINUITY");
    lines.push(`#EXT-X-MAP:${map}`);
    if (start !== undefined) {
      lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(start + first.time).toISOString()}`);
    }
    for (const { lines: where, duration } of wanted) {
      longest = Math.max(longest, Math.ceil(duration / 1000));
      lines.push(`#EXTINF:${(duration / 1000).toFixed(3)},`, ...where);
    }
  }
  return [
    "#EXTM3U",
    "#EXT-X-VERSION:7",
    `#EXT-X-TARGETDURATION:${longest}`,
    "#EXT-X-PLAYLIST-TYPE:VOD",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    ...lines,
    "#EXT-X-ENDLIST",
    "",
  ].join("\n");
}
