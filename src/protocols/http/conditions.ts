import type { Fields } from "./wire/fields.ts";

/** What a stored file can be compared by. */
export interface Validators {
  readonly etag: string;
  /** Whole seconds, in milliseconds since the Unix epoch. */
  readonly modified: number;
}

/** "go": the method is done as if there were no condition. The others: 304, 412. */
export type Outcome = "go" | "not modified" | "failed";

/**
 * The If-* headers of a request for a file, in the order that RFC 9110 §13.2.2 wants.
 * @param file undefined for one that does not exist
 */
export function evaluate(fields: Fields, method: string, file: Validators | undefined): Outcome {
  const ifMatch = fields.get("if-match");
  if (file === undefined) return ifMatch === undefined ? "go" : "failed";
  if (ifMatch !== undefined) {
    if (!lists(ifMatch, file.etag, false)) return "failed";
  } else {
    const since = dateOf(fields.get("if-unmodified-since"));
    if (since !== undefined && file.modified > since) return "failed";
  }
  const ifNoneMatch = fields.get("if-none-match");
  const isRead = method === "GET" || method === "HEAD";
  if (ifNoneMatch !== undefined) {
    if (lists(ifNoneMatch, file.etag, true)) return isRead ? "not modified" : "failed";
  } else if (isRead) {
    const since = dateOf(fields.get("if-modified-since"));
    if (since !== undefined && file.modified <= since) return "not modified";
  }
  return "go";
}

/** Whether a Range header counts, as far as If-Range says (RFC 9110 §13.1.5). */
export function rangeApplies(fields: Fields, file: Validators): boolean {
  const condition = fields.get("if-range");
  if (condition === undefined) return true;
  return condition.includes('"') ? condition === file.etag : dateOf(condition) === file.modified;
}

/** `weak`: whether a weak tag of the client may match as well. */
function lists(header: string, etag: string, weak: boolean): boolean {
  if (header.trim() === "*") return true;
  return header.split(",").some((item) => {
    const tag = item.trim();
    return tag === etag || (weak && tag.startsWith("W/") && tag.slice(2) === etag);
  });
}

function dateOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : time;
}
