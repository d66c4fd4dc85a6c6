import { HttpError } from "./error.ts";

/** Header fields by their lower-case names; repeated ones joined as RFC 9110 §5.2 says. */
export type Fields = ReadonlyMap<string, string>;

/** RFC 9110 §5.6.2. */
export const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** No field may hold these (RFC 9110 §5.5). */
// deno-lint-ignore no-control-regex
export const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/** Fields of which a request has one at most: two of them are how requests are smuggled. */
const SINGLE: ReadonlySet<string> = new Set(["host", "content-length", "transfer-encoding"]);

/**
 * Header fields from their lines.
 * @throws HttpError 400
 */
export function parseFields(lines: readonly string[], start: number): Map<string, string> {
  const fields = new Map<string, string>();
  for (let at = start; at < lines.length; at++) {
    const line = lines[at]!;
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    // Space before the colon, a folded line, an empty name: all of them are no token.
    if (colon === -1 || !TOKEN.test(name)) throw new HttpError(400, "A header field has no name");
    const value = trim(line, colon + 1);
    if (CONTROL.test(value)) throw new HttpError(400, `${name} holds control characters`);
    const key = name.toLowerCase();
    const known = fields.get(key);
    if (known === undefined) fields.set(key, value);
    else if (SINGLE.has(key)) throw new HttpError(400, `There is more than one ${key}`);
    else fields.set(key, `${known}${key === "cookie" ? "; " : ", "}${value}`);
  }
  return fields;
}

/** Spaces and tabs only: what else JavaScript trims would hide from another reader's eyes. */
function trim(line: string, start: number): string {
  let end = line.length;
  const isSpace = (at: number) => line[at] === " " || line[at] === "\t";
  while (start < end && isSpace(start)) start++;
  while (start < end && isSpace(end - 1)) end--;
  return line.slice(start, end);
}

/** True when a comma-separated field lists a token, whatever its case. */
export function listsToken(value: string | undefined, token: string): boolean {
  if (value === undefined) return false;
  const lower = value.toLowerCase();
  return lower === token || lower.split(",").some((item) => item.trim() === token);
}
