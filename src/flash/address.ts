/** Parts of the URLs that clients connect to and of the names that they publish and play. */

/** An application path and what stood behind "?". */
export interface AppAddress {
  /** "" for the root, else "/a/b". */
  readonly path: string;
  readonly query: string;
  /** It ends with a bare "?": the key that an encoder sends as stream name is the query. */
  readonly asksForQuery: boolean;
}

/** What a stream name says. */
export interface StreamAddress {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Which application a client gets, and what its stream names begin with. */
export interface Place {
  readonly path: string;
  /** What follows the application's path, and is a part of the stream names; "" for nothing. */
  readonly instance: string;
}

/** Who connects, and whether the paths of others than tools may lead to an instance. */
export interface PlaceRules {
  readonly isTool: boolean;
  readonly hasInstances: boolean;
}

/** Longest instance of an application, in characters. */
const MAX_INSTANCE = 256;

/** File types before a name, as Flash and the tools write them: no part of the name. */
const TYPE_PREFIX = /^(?:mp4|flv|mp3|f4v):/;

/** Encoders say "FMLE/"; librtmp, FFmpeg and nginx say "LNX" or nothing, and have no page. */
export function isTool(flashVersion: string, pageUrl: string): boolean {
  const isUnnamed = flashVersion === "" || flashVersion.startsWith("LNX");
  return flashVersion.startsWith("FMLE/") || (isUnnamed && pageUrl === "");
}

/** `app` of a connect command (with or without slashes), or the path part of its `tcUrl`. */
export function appAddress(app: string | undefined, tcUrl: string): AppAddress {
  const url = splitQuery(tcUrl.trim());
  const given = splitQuery(app?.trim() ?? pathOfUrl(url.head));
  const segments = given.head.split("/").filter((segment) => segment !== "").map(decoded);
  return {
    path: segments.map((segment) => `/${segment}`).join(""),
    query: given.query || url.query,
    asksForQuery: (app ?? tcUrl).trim().endsWith("?"),
  };
}

/**
 * A stream name with its type prefix and its parameters taken off: `mp4:name?key=value`. Space and
 * line ends around it were pasted with it.
 */
export function streamAddress(text: string): StreamAddress {
  const { head, query } = splitQuery(text.trim());
  return { name: head.replace(TYPE_PREFIX, ""), parameters: queryParameters(query) };
}

/** The type before a stream's name, such as "mp4"; "" for none. */
export function streamType(text: string): string {
  return TYPE_PREFIX.exec(text.trim())?.[0].slice(0, -1) ?? "";
}

/** The pairs of a query, in order. */
export function queryParameters(query: string): Map<string, string> {
  return new Map(new URLSearchParams(query));
}

/**
 * The application of a path. Tools put more into the path than an application, since they know of
 * `host/app/stream` only: below an existing application their last segment begins the stream name.
 * With instances, all that follows an existing application does, for everybody.
 */
export function placeOf(
  path: string,
  { isTool, hasInstances }: PlaceRules,
  hasApplication: (path: string) => boolean,
): Place {
  if (path === "" || hasApplication(path)) return { path, instance: "" };
  if (hasInstances) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      if (path.length - end > MAX_INSTANCE) break;
      const head = path.slice(0, end);
      if (hasApplication(head)) return { path: head, instance: path.slice(end + 1) };
    }
  }
  if (!isTool) return { path, instance: "" };
  const slash = path.lastIndexOf("/");
  const parent = path.slice(0, slash);
  if (!hasApplication(parent)) return { path, instance: "" };
  return { path: parent, instance: path.slice(slash + 1) };
}

/** True for a key of `name=value` pairs alone, as some encoders want it after a URL with "?". */
export function isBareQuery(text: string): boolean {
  return /^\s*[^?=/&\s][^?=/&]*=[^?]*$/.test(text);
}

function splitQuery(text: string): { head: string; query: string } {
  const at = text.indexOf("?");
  return at === -1
    ? { head: text, query: "" }
    : { head: text.slice(0, at), query: text.slice(at + 1) };
}

/** `host` or `host:port` of a URL; undefined when it is none. */
export function hostOfUrl(url: string): string | undefined {
  return /^[a-z]+:\/\/([^/?]+)/i.exec(url)?.[1];
}

/** Ports by the schemes of the URLs that lead to them. */
const PORTS: ReadonlyMap<string, string> = new Map([
  ["rtmp", "RTMP"],
  ["rtmpe", "RTMP"],
  ["rtmps", "RTMPS"],
  ["rtmpt", "HTTP"],
  ["rtmpte", "HTTP"],
  ["rtmpts", "HTTPS"],
]);

/** The scheme of an RTMP URL, whatever carries the session; undefined when it is none. */
export function schemeOfUrl(url: string): string | undefined {
  const scheme = /^([a-z]+):/i.exec(url)?.[1]?.toLowerCase();
  return scheme !== undefined && PORTS.has(scheme) ? scheme : undefined;
}

/** Name of the port that URLs of a scheme lead to. */
export function portOfScheme(scheme: string): string {
  return scheme === "rtmfp" ? "RTMFP" : PORTS.get(scheme) ?? "RTMP";
}

function pathOfUrl(url: string): string {
  return /^[a-z]+:\/\/[^/]*(\/.*)$/i.exec(url)?.[1] ?? "";
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
