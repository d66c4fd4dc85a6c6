import { FIRST_SEGMENT, MAX_AHEAD } from "./params.ts";
import type { Rendition } from "./rendition.ts";

/** What a player adds to the URL of a playlist (§6.2.5). */
export interface Directives {
  /** Waits until the playlist has this segment, or this part of it. */
  readonly segment: number | undefined;
  readonly part: number | undefined;
  readonly isDelta: boolean;
}

const NUMBER = /^\d{1,15}$/;
const NONE: Directives = { segment: undefined, part: undefined, isDelta: false };

/** Undefined for directives that cannot be. */
export function readDirectives(query: string): Directives | undefined {
  if (query === "") return NONE;
  const parameters = new URLSearchParams(query);
  const segment = readNumber(parameters.get("_HLS_msn"));
  const part = readNumber(parameters.get("_HLS_part"));
  if (segment === false || part === false) return undefined;
  if (part !== undefined && segment === undefined) return undefined;
  const skip = parameters.get("_HLS_skip");
  return { segment, part, isDelta: skip === "YES" || skip === "v2" };
}

/** False for what is none. */
function readNumber(text: string | null): number | undefined | false {
  if (text === null) return undefined;
  return NUMBER.test(text) && Number(text);
}

/** "there", "awaited", or "never" for what is too far ahead to be waited for (§6.2.5.2). */
export function look(
  rendition: Rendition,
  { segment, part }: Directives,
): "there" | "awaited" | "never" {
  if (segment === undefined || rendition.isEnded) return "there";
  const last = rendition.segment(rendition.lastSegment);
  const growing = last === undefined
    ? FIRST_SEGMENT
    : last.isComplete
    ? last.number + 1
    : last.number;
  const parts = last === undefined || last.isComplete ? 0 : last.parts.length;
  if (segment > growing + MAX_AHEAD - 1) return "never";
  if (segment < growing) return "there";
  if (part === undefined) return "awaited";
  if (segment > growing) return part > advanceLimit(rendition) ? "never" : "awaited";
  if (part < parts) return "there";
  return part - parts >= advanceLimit(rendition) ? "never" : "awaited";
}

/** The Advance Part Limit: three, or as many as make three seconds. */
function advanceLimit({ partTarget }: Rendition): number {
  return partTarget >= 1000 ? 3 : Math.ceil(3000 / partTarget);
}
