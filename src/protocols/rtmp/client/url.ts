import { isHost } from "../../../base/mod.ts";

/** A stream on an RTMP server, as `rtmp://host:port/app/stream?query` names it. */
export interface StreamUrl {
  readonly hostname: string;
  readonly port: number;
  /** True for rtmps. */
  readonly isSecure: boolean;
  /** All of the path but its last part. */
  readonly app: string;
  /** `rtmp://host:port/app`. */
  readonly tcUrl: string;
  /** The last part of the path, with the query. */
  readonly stream: string;
}

/** Undefined when the text is no such URL. */
export function parseStreamUrl(text: string): StreamUrl | undefined {
  const [, scheme = "", host = "", digits, app = "", stream = ""] =
    /^(rtmps?):\/\/(\[[0-9a-fA-F:.]+\]|[^:/?#\s@]+)(?::(\d{1,5}))?\/([^?\s]+)\/([^/\s]+)$/i
      .exec(text) ?? [];
  const isSecure = scheme.toLowerCase() === "rtmps";
  const port = digits === undefined ? (isSecure ? 443 : 1935) : Number(digits);
  const hostname = host.replace(/^\[(.*)\]$/, "$1");
  if (scheme === "" || port === 0 || port > 65_535 || !isHost(hostname)) return undefined;
  const tcUrl = `${scheme.toLowerCase()}://${host}:${port}/${app}`;
  return { hostname, port, isSecure, app, tcUrl, stream };
}

/** A URL's server and the first part of its path: what follows may be a key. */
export function shownUrl({ tcUrl }: StreamUrl): string {
  return tcUrl.replace(/^(\w+:\/\/[^/]*\/[^/]*)\/.*/, "$1/…");
}

/** What another server says, without the parts of the URL that {@link shownUrl} leaves out. */
export function withoutKeys(text: string, { app, stream }: StreamUrl): string {
  const [name = "", query = ""] = stream.split("?");
  const values = new URLSearchParams(query).values();
  const parts = [...app.split("/").slice(1), name, ...values].filter((part) => part !== "")
    .sort((a, b) => b.length - a.length);
  let shown = text;
  for (const part of parts) {
    const word = part.replace(/[^\w]/g, "\\$&");
    shown = shown.replace(new RegExp(`(?<![\\w-])${word}(?![\\w-])`, "g"), "***");
  }
  return shown;
}
