import { TOKEN, TOKEN_LENGTH } from "./token.ts";

/** What a request of a session asks for. */
export interface HlsTarget {
  /** The folder of its path. */
  readonly session: string;
  readonly rendition: string;
  /** What is numbered, unless that is a segment. */
  readonly kind: "init" | "part" | undefined;
  /** Undefined for a playlist. */
  readonly number: number | undefined;
  readonly extension: string;
  /** What follows "?", or "". */
  readonly query: string;
}

const FILE = /^([a-z]+\d*)(?:\.(init|part)?(\d+))?\.(m3u8|mp4|m4s|ts)$/;

/** What of a session a path and its query name; undefined for other paths. */
export function hlsTarget(path: string): HlsTarget | undefined {
  const mark = path.indexOf("?");
  const end = mark === -1 ? path.length : mark;
  const slash = path.lastIndexOf("/", end - 1);
  const start = slash - TOKEN_LENGTH;
  if (start < 1 || path[start - 1] !== "/") return undefined;
  const session = path.slice(start, slash);
  const found = TOKEN.test(session) ? FILE.exec(path.slice(slash + 1, end)) : null;
  if (found === null) return undefined;
  const [, rendition = "", kind, number, extension = ""] = found;
  return {
    session,
    rendition,
    kind: kind as "init" | "part" | undefined,
    number: number === undefined ? undefined : Number(number),
    extension,
    query: mark === -1 ? "" : path.slice(mark + 1),
  };
}
