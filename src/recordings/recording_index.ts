import type { RecordedFile, RecordingGap } from "../hub/mod.ts";
import { MAX_GAPS } from "./params.ts";

/** The file beside each recording that tells what it is of. */
export const INDEX_ENDING = ".json";

/** What an index tells; duration, size and end are absent while the file is written. */
export interface RecordingIndex {
  readonly application: string;
  readonly stream: string;
  readonly format: string;
  /** Milliseconds since the Unix epoch. */
  readonly start: number;
  /** Milliseconds. */
  readonly duration?: number | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
  /** Why the file ended. */
  readonly end?: string | undefined;
  readonly gaps: readonly RecordingGap[];
}

/** The text of an index. */
export function indexText(index: RecordingIndex): string {
  const { start, ...rest } = index;
  return `${JSON.stringify({ ...rest, start: new Date(start).toISOString() })}\n`;
}

/** Reads an index; undefined for any other text, be it one that was cut off. */
export function readIndex(text: string): RecordingIndex | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { application, stream, format, start, duration, size, end, gaps } = value as Record<
    string,
    unknown
  >;
  const at = typeof start === "string" ? Date.parse(start) : Number.NaN;
  if (typeof application !== "string" || typeof stream !== "string" || Number.isNaN(at)) {
    return undefined;
  }
  if (typeof format !== "string") return undefined;
  return {
    application,
    stream,
    format,
    start: at,
    duration: amount(duration),
    size: amount(size),
    end: typeof end === "string" ? end : undefined,
    gaps: Array.isArray(gaps) ? gaps.flatMap(readGap).slice(0, MAX_GAPS) : [],
  };
}

/** One gap more: when there are very many, the last of them grows. */
export function withGap(gaps: readonly RecordingGap[], gap: RecordingGap): RecordingGap[] {
  const last = gaps.at(-1);
  if (gaps.length < MAX_GAPS || last === undefined) return [...gaps, gap];
  return [...gaps.slice(0, -1), { at: last.at, length: gap.at + gap.length - last.at }];
}

/** What was recorded, by an index whose file is over. */
export function recordedFile(
  index: RecordingIndex,
  { name, path, duration, size }: Pick<RecordedFile, "name" | "path" | "duration" | "size">,
): RecordedFile {
  const { application, stream, format, start, gaps } = index;
  return { application, stream, name, path, format, start, duration, size, gaps };
}

function readGap(value: unknown): RecordingGap[] {
  if (typeof value !== "object" || value === null) return [];
  const { at, length } = value as Record<string, unknown>;
  const [from, long] = [amount(at), amount(length)];
  return from === undefined || long === undefined ? [] : [{ at: from, length: long }];
}

function amount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}
