import type { Rendition } from "./rendition.ts";
import type { Segment } from "./segment.ts";
import {
  FIRST_SEGMENT,
  HOLD_BACK,
  LISTED_PARTS,
  PART_HOLD_BACK,
  SKIP_BOUNDARY,
  VERSION,
} from "./params.ts";

/** Another playlist of the same stream, and how far it is. */
export interface Report {
  readonly uri: string;
  readonly lastSegment: number;
  readonly lastPart: number;
}

export interface PlaylistOptions {
  /** Ending of the names of segments. */
  readonly extension: string;
  /** Before the names of segments, such as `../token/`. */
  readonly folder: string;
  /** Segments that have been there for long are left out (§6.2.5.1). */
  readonly isDelta: boolean;
  readonly reports: readonly Report[];
}

/** Names of what a playlist refers to, without its folder. */
export const names = {
  playlist: (rendition: string) => `${rendition}.m3u8`,
  init: (rendition: string, id: number) => `${rendition}.init${id}.mp4`,
  segment: (rendition: string, number: number, extension: string) =>
    `${rendition}.${number}.${extension}`,
  part: (rendition: string, number: number, extension: string) =>
    `${rendition}.part${number}.${extension}`,
};

/** The Media Playlist of a rendition that is ready (§4.4). */
export function mediaPlaylist(rendition: Rendition, options: PlaylistOptions): string {
  const { listed, targetDuration, partTarget, name } = rendition;
  const { extension, folder, reports } = options;
  const target = targetDuration * 1000;
  const skipped = options.isDelta ? skippable(listed, target * SKIP_BOUNDARY) : 0;
  const lines = [
    "#EXTM3U",
    `#EXT-X-VERSION:${VERSION}`,
    `#EXT-X-TARGETDURATION:${targetDuration}`,
    "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES" +
    `,CAN-SKIP-UNTIL=${seconds(target * SKIP_BOUNDARY)}` +
    `,HOLD-BACK=${seconds(target * HOLD_BACK)}` +
    `,PART-HOLD-BACK=${seconds(partTarget * PART_HOLD_BACK)}`,
    `#EXT-X-PART-INF:PART-TARGET=${seconds(partTarget)}`,
    `#EXT-X-MEDIA-SEQUENCE:${listed[0]?.number ?? FIRST_SEGMENT}`,
  ];
  const discontinuities = rendition.discontinuitiesBefore;
  if (discontinuities > 0) lines.push(`#EXT-X-DISCONTINUITY-SEQUENCE:${discontinuities}`);
  if (listed.every(({ isIndependent }) => isIndependent)) {
    lines.push("#EXT-X-INDEPENDENT-SEGMENTS");
  }
  if (skipped > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`);
  const partsFrom = boundary(listed, target * LISTED_PARTS);
  let init = skipped > 0 ? listed[skipped - 1]!.init : undefined;
  for (let at = skipped; at < listed.length; at++) {
    const segment = listed[at]!;
    if (segment.isDiscontinuous) lines.push("#EXT-X-DISCONTINUITY");
    const hasInit = segment.init !== undefined && segment.init.bytes.length > 0;
    if (hasInit && segment.init !== init) {
      lines.push(`#EXT-X-MAP:URI="${folder}${names.init(name, segment.init!.id)}"`);
    }
    init = segment.init;
    if (at < partsFrom) {
      lines.push(
        segment.lines ??= [dateLine(segment), ...endLines(name, segment, options)].join("\n"),
      );
      continue;
    }
    lines.push(dateLine(segment));
    writeParts(lines, name, segment, options);
    if (segment.isComplete) lines.push(...endLines(name, segment, options));
  }
  if (rendition.isEnded) {
    lines.push("#EXT-X-ENDLIST");
  } else {
    const next = `${folder}${names.part(name, rendition.nextPart, extension)}`;
    lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${next}"`);
    for (const { uri, lastSegment, lastPart } of reports) {
      const part = lastPart < 0 ? "" : `,LAST-PART=${lastPart}`;
      lines.push(`#EXT-X-RENDITION-REPORT:URI="${uri}",LAST-MSN=${lastSegment}${part}`);
    }
  }
  return lines.join("\n") + "\n";
}

function dateLine({ date = 0 }: Segment): string {
  return `#EXT-X-PROGRAM-DATE-TIME:${new Date(date).toISOString()}`;
}

function endLines(
  name: string,
  { duration, number }: Segment,
  { folder, extension }: PlaylistOptions,
): [string, string] {
  return [`#EXTINF:${seconds(duration)},`, `${folder}${names.segment(name, number, extension)}`];
}

function writeParts(
  lines: string[],
  name: string,
  { parts, firstPart }: Segment,
  { folder, extension }: PlaylistOptions,
): void {
  for (const [index, { duration, isIndependent }] of parts.entries()) {
    const uri = `${folder}${names.part(name, firstPart + index, extension)}`;
    const independent = isIndependent ? ",INDEPENDENT=YES" : "";
    lines.push(`#EXT-X-PART:DURATION=${seconds(duration)},URI="${uri}"${independent}`);
  }
}

/** How many segments are further from the end than this, in milliseconds. */
function skippable(listed: readonly Segment[], limit: number): number {
  return Math.max(0, boundary(listed, limit));
}

/** Where the segments begin that end within this from the end, in milliseconds. */
function boundary(listed: readonly Segment[], limit: number): number {
  let fromEnd = 0;
  let at = listed.length;
  while (at > 0 && fromEnd < limit) fromEnd += listed[--at]!.duration;
  return at;
}

/** Milliseconds as seconds, to a hundredth of a millisecond. */
export function seconds(milliseconds: number): string {
  return String(Math.round(milliseconds * 100) / 100_000);
}
