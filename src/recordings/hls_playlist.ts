import type { Segments } from "./films/segments.ts";

/** A file of a playlist. */
export interface PlaylistFile extends Segments {
  /** Where it is had, by ranges; relative to the playlist. */
  readonly url: string;
  /** When it began, in milliseconds since the Unix epoch; undefined where that is not known. */
  readonly start: number | undefined;
  /** Milliseconds of it that are wanted; all of it by default. */
  readonly from?: number;
  readonly to?: number;
}

/**
 * A playlist of HTTP Live Streaming for files in fragments that lie there: each segment is a range
 * of bytes.
 * Source: RFC 8216 §4.3.
 */
export function hlsPlaylist(files: readonly PlaylistFile[]): string {
  const lines: string[] = [];
  let longest = 1;
  for (const { url, start, init, segments, from = 0, to = Infinity } of files) {
    const wanted = segments.filter(({ time, duration }) => time + duration > from && time < to);
    const [first] = wanted;
    if (first === undefined) continue;
    if (lines.length > 0) lines.push("#EXT-X-DISCONTINUITY");
    lines.push(`#EXT-X-MAP:URI="${url}",BYTERANGE="${init}@0"`);
    if (start !== undefined) {
      lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(start + first.time).toISOString()}`);
    }
    for (const { position, length, duration } of wanted) {
      longest = Math.max(longest, Math.ceil(duration / 1000));
      lines.push(`#EXTINF:${(duration / 1000).toFixed(3)},`);
      lines.push(`#EXT-X-BYTERANGE:${length}@${position}`, url);
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
