import type { Value } from "../codecs/mod.ts";

/** What an application adds to the acceptance of a client, by name. */
export type ConnectionValues = ReadonlyMap<string, Value>;

/** The named values of an object or of an associative array; none of anything else. */
export function connectionValues(value: Value | void): ConnectionValues {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return new Map();
  const pairs: Iterable<[Value, Value]> = value instanceof Map ? value : plainEntries(value);
  const named = new Map<string, Value>();
  for (const [name, value] of pairs) if (typeof name === "string") named.set(name, value);
  return named;
}

function plainEntries(value: object): [string, Value][] {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ? Object.entries(value) : [];
}
