import type { Value } from "../codecs/mod.ts";
import { namedValues } from "./connect.ts";

/** What a player asks for by `play(name, start)`: files are those whose start is 0 or more. */
export interface PlayStart {
  readonly kind: "any" | "live" | "file";
  /** Milliseconds into the file. */
  readonly time: number;
  readonly isReliable: boolean;
}

/** One stream that is to be played. */
export interface PlayRequest {
  readonly target: string;
  readonly start: PlayStart;
  /** Milliseconds of a file; undefined for all of it. */
  readonly length: number | undefined;
  /** It follows what played before. */
  readonly isNext: boolean;
}

/** `play` with this start asks for media without waiting for what was lost. */
const UNRELIABLE = -3;
const LIVE = -1;

/** Flash Player sends thousands of what a script says: -2000 for -2. */
export function playStart(start: Value): PlayStart {
  const value = typeof start === "number" && Number.isFinite(start) ? start : -2;
  if (value >= 0) return { kind: "file", time: value, isReliable: true };
  const code = value <= -1000 ? value / 1000 : value;
  const kind = code === LIVE || code === UNRELIABLE ? "live" : "any";
  return { kind, time: 0, isReliable: code !== UNRELIABLE };
}

/** The length of `play(name, start, length)`, in milliseconds; undefined for all there is. */
export function playLength(length: Value): number | undefined {
  return typeof length === "number" && length >= 0 ? length : undefined;
}

/** What `play`'s reset means: false, 0 and 2 leave what plays, and go on with this behind it. */
export function isQueued(reset: Value): boolean {
  return reset === false || reset === 0 || reset === 2;
}

/** What `play2` does; see NetStreamPlayTransitions of ActionScript. */
type Transition = "append" | "appendAndWait" | "reset" | "resume" | "stop" | "swap" | "switch";
const TRANSITIONS: readonly Transition[] = [
  ...(["append", "appendAndWait", "reset", "resume", "stop", "swap", "switch"] as const),
];

/** The options of `play2`. */
export interface PlayOptions {
  /** Undefined for one that is not known. */
  readonly transition: Transition | undefined;
  /** What it is called by the client. */
  readonly name: string;
  readonly target: Value;
  /** The stream whose place it takes; undefined for what plays. */
  readonly old: string | undefined;
  readonly start: Value;
  readonly length: Value;
  /** Milliseconds of the stream before which nothing is switched; 0 for any time. */
  readonly offset: number;
}

/** The members of a NetStreamPlayOptions, whose times are seconds, as a script has set them. */
export function playOptions(value: Value): PlayOptions {
  const { streamName, oldStreamName, transition, start, len, offset } = Object.fromEntries(
    namedValues(value),
  );
  const name = transition === undefined || transition === null ? "switch" : transition;
  return {
    transition: TRANSITIONS.find((each) => each === name),
    name: typeof name === "string" ? name : "of that kind",
    target: streamName ?? null,
    old: typeof oldStreamName === "string" && oldStreamName !== "" ? oldStreamName : undefined,
    start: thousandfold(start),
    length: thousandfold(len),
    offset: Math.max(0, Number(thousandfold(offset) ?? 0)) || 0,
  };
}

function thousandfold(value: Value | undefined): Value {
  return typeof value === "number" ? value * 1000 : null;
}
