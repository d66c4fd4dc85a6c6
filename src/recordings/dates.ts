import { MAX_EXCERPT } from "./params.ts";

/** A time between two dates, in milliseconds since the Unix epoch. */
export interface Dates {
  readonly from: number;
  readonly to: number;
}

/** A date with its zone, as RFC 3339 has it. */
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)$/i;

/**
 * What the parameters `from` (a date) and `duration` (seconds; a day at most, and without it) say;
 * undefined when they are none.
 */
export function datesOf(parameters: ReadonlyMap<string, string>): Dates | undefined {
  const from = dateOf(parameters.get("from"));
  const text = parameters.get("duration");
  const seconds = text === undefined ? MAX_EXCERPT / 1000 : Number(text);
  if (from === undefined || !(seconds > 0)) return undefined;
  return { from, to: from + Math.min(seconds * 1000, MAX_EXCERPT) };
}

/** A date in milliseconds since the Unix epoch; undefined for any other text. */
export function dateOf(text: string | undefined): number | undefined {
  // "+" of a zone is a space in a query that was not escaped.
  const date = text?.replace(" ", "+");
  if (date === undefined || !DATE.test(date)) return undefined;
  const time = Date.parse(date);
  return Number.isNaN(time) ? undefined : time;
}
