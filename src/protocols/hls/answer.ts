import { encodeText } from "../../bytes/mod.ts";
import type { ReadableFile } from "../../recordings/mod.ts";

export interface HlsAnswer {
  /** Many requests have this same object for their answer. */
  readonly isShared?: boolean;
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** In pieces, which are the caller's to read only, or in a file, which the caller closes. */
  readonly body: readonly Uint8Array[] | FileBody;
}

export interface FileBody {
  readonly file: ReadableFile;
  readonly length: number;
}

/** Bytes of a body. */
export function sizeOf({ body }: HlsAnswer): number {
  return "file" in body ? body.length : body.reduce((sum, { length }) => sum + length, 0);
}

export const PLAYLIST_TYPE = "application/vnd.apple.mpegurl";
const TYPES: Readonly<Record<string, string>> = {
  mp4: "video/mp4",
  m4s: "video/mp4",
  ts: "video/mp2t",
};
/** Media never change: their names are used once. */
const LASTING = "public, max-age=3600, immutable";

/** @param body undefined for HEAD */
export function playlistAnswer(
  body: Uint8Array | undefined,
  encoding: string | undefined,
  cache: string,
): HlsAnswer {
  const headers: [string, string][] = [["content-type", PLAYLIST_TYPE], ["cache-control", cache]];
  if (body === undefined) return { status: 200, headers, body: [] };
  headers.push(["vary", "accept-encoding"]);
  if (encoding !== undefined) headers.push(["content-encoding", encoding]);
  return { isShared: true, status: 200, headers, body: [body] };
}

/** @param body undefined for what is not there */
export function mediaAnswer(
  body: readonly Uint8Array[] | FileBody | undefined,
  extension: string,
): HlsAnswer {
  if (body === undefined) return plainAnswer(404, "no such media, or not any more");
  const type = TYPES[extension] ?? "video/mp4";
  return { status: 200, headers: [["content-type", type], ["cache-control", LASTING]], body };
}

export function plainAnswer(status: number, text: string): HlsAnswer {
  const headers = [["content-type", "text/plain; charset=utf-8"], [
    "cache-control",
    "no-store",
  ]] as const;
  return { status, headers, body: [encodeText(`${text}\n`)] };
}
