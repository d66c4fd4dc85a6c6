import type { Fields } from "./wire/fields.ts";

/** The pairs of a query, each name with its last value; what is badly encoded stays as it is. */
export function parseQuery(query: string): Map<string, string> {
  return query === "" ? new Map() : new Map(new URLSearchParams(query));
}

/**
 * The cookies of a Cookie header (RFC 6265 §4.2): values without their quotes, and without the
 * percent-encoding that most servers and pages give them.
 */
export function parseCookies(header: string | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of header?.split(";") ?? []) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, equals).trim();
    if (equals === -1 || name === "") continue;
    const value = pair.slice(equals + 1).trim();
    cookies.set(name, decodeValue(/^".*"$/.test(value) ? value.slice(1, -1) : value));
  }
  return cookies;
}

function decodeValue(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (error) {
    if (error instanceof URIError) return value;
    throw error;
  }
}

/** What scripts see as members of an HTTP client: its query, over its cookies, over its headers. */
export function clientProperties(fields: Fields, query: string): Map<string, string> {
  const properties = new Map(fields);
  properties.delete("cookie");
  for (const [name, value] of parseCookies(fields.get("cookie"))) properties.set(name, value);
  for (const [name, value] of parseQuery(query)) properties.set(name, value);
  return properties;
}
