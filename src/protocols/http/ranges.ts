import { MAX_RANGES } from "./params.ts";

/** Bytes `start` to `end` (exclusive). */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The ranges of a Range header over `size` bytes, in the order asked for: undefined when the header
 * is to be ignored, empty when none can be satisfied.
 * Source: RFC 9110 §14.1.2, §14.2.
 */
export function parseRanges(header: string, size: number): ByteRange[] | undefined {
  const match = /^bytes\s*=(.*)$/i.exec(header);
  if (match === null) return undefined;
  const specs = match[1]!.split(",").map((spec) => spec.trim()).filter((spec) => spec !== "");
  if (specs.length === 0 || specs.length > MAX_RANGES) return undefined;
  const ranges: ByteRange[] = [];
  let total = 0;
  for (const spec of specs) {
    const parts = /^(\d*)-(\d*)$/.exec(spec);
    if (parts === null) return undefined;
    const range = satisfy(parts[1]!, parts[2]!, size);
    if (range === "invalid") return undefined;
    if (range === undefined) continue;
    total += range.end - range.start;
    ranges.push(range);
  }
  // Ranges that overlap until they outweigh the file ask for the file.
  return ranges.length > 1 && total > size ? undefined : ranges;
}

function satisfy(first: string, last: string, size: number): ByteRange | undefined | "invalid" {
  if (first === "") {
    if (last === "") return "invalid";
    const length = Math.min(Number(last), size);
    return length === 0 ? undefined : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return "invalid";
  if (start >= size) return undefined;
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}
