import type { DataValue } from "./data_table.ts";

/** What a boolean is stored as, and text that would be mistaken for it. */
const LIKE_BOOLEAN = /^\\*(?:true|false)$/;

/**
 * A value as it is kept in a file. A boolean is `true` or `false`, as MonaServer has it; the same
 * word as text has a backslash before it.
 */
export function storedText(value: DataValue): string {
  if (typeof value === "boolean") return String(value);
  return value.length < SHORTEST || !LIKE_BOOLEAN.test(value) ? value : `\\${value}`;
}

/** The value of a {@link storedText}. */
export function storedValue(text: string): DataValue {
  if (text === "true") return true;
  if (text === "false") return false;
  return text[0] === "\\" && LIKE_BOOLEAN.test(text) ? text.slice(1) : text;
}

const SHORTEST = "true".length;
