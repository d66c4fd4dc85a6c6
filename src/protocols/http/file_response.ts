import type { Disk } from "../../net/mod.ts";
import { encodeText } from "../../bytes/mod.ts";
import { evaluate, rangeApplies } from "./conditions.ts";
import type { StoredFile } from "./file_store.ts";
import { type Part, PartsSource } from "./parts_source.ts";
import { type ByteRange, parseRanges } from "./ranges.ts";
import type { HttpRequest } from "./request.ts";
import type { HeaderList, HttpResponse } from "./wire/response.ts";

/** Answers GET or HEAD with a file: conditions, ranges and compressed forms as RFC 9110 has them. */
export function fileResponse(
  request: HttpRequest,
  file: StoredFile,
  disk: Disk,
): HttpResponse | Promise<HttpResponse> {
  const { method, fields } = request;
  const headers = request.headers();
  let chosen = file;
  if (file.encodings.length > 0) {
    headers.push(["vary", "accept-encoding"]);
    const accepted = acceptedEncodings(fields.get("accept-encoding"));
    const encoding = file.encodings.find(({ name }) => accepted.has(name));
    if (encoding !== undefined) {
      chosen = encoding.file;
      headers.push(["content-encoding", encoding.name]);
    }
  }
  headers.push(["etag", chosen.etag], ["last-modified", chosen.lastModified]);
  headers.push(["cache-control", "no-cache"]);
  const outcome = evaluate(fields, method, chosen);
  if (outcome === "not modified") return { status: 304, headers };
  if (outcome === "failed") return { status: 412, headers };
  headers.push(["accept-ranges", "bytes"]);
  const header = method === "GET" ? fields.get("range") : undefined;
  if (header !== undefined && rangeApplies(fields, chosen)) {
    const ranges = parseRanges(header, chosen.size);
    if (ranges !== undefined) return rangeResponse(chosen, ranges, disk, headers);
  }
  headers.push(["content-type", chosen.type]);
  if (method === "HEAD") return { status: 200, headers, length: chosen.size };
  if (chosen.bytes !== undefined) return { status: 200, headers, body: chosen.bytes };
  return withParts({ status: 200, headers }, chosen, [{ start: 0, end: chosen.size }], disk);
}

function rangeResponse(
  file: StoredFile,
  ranges: readonly ByteRange[],
  disk: Disk,
  headers: HeaderList,
): HttpResponse | Promise<HttpResponse> {
  const [first] = ranges;
  if (first === undefined) {
    headers.push(["content-range", `bytes */${file.size}`]);
    return { status: 416, headers };
  }
  if (ranges.length === 1) {
    headers.push(["content-type", file.type], ["content-range", contentRange(first, file)]);
    return withParts({ status: 206, headers }, file, [first], disk);
  }
  const boundary = crypto.randomUUID();
  headers.push(["content-type", `multipart/byteranges; boundary=${boundary}`]);
  const parts = ranges.flatMap((range): Part[] => {
    const head = `\r\n--${boundary}\r\ncontent-type: ${file.type}\r\n` +
      `content-range: ${contentRange(range, file)}\r\n\r\n`;
    return [encodeText(head), range];
  });
  parts.push(encodeText(`\r\n--${boundary}--\r\n`));
  return withParts({ status: 206, headers }, file, parts, disk);
}

/** A response with parts of a file, which is opened unless it is in memory. */
function withParts(
  response: Pick<HttpResponse, "status" | "headers">,
  { bytes, path }: StoredFile,
  parts: readonly Part[],
  disk: Disk,
): HttpResponse | Promise<HttpResponse> {
  if (bytes === undefined) {
    return disk.open(path).then((file) => ({ ...response, body: new PartsSource(parts, file) }));
  }
  const inMemory = parts.map((part) =>
    part instanceof Uint8Array ? part : bytes.subarray(part.start, part.end)
  );
  return { ...response, body: new PartsSource(inMemory) };
}

function contentRange({ start, end }: ByteRange, { size }: StoredFile): string {
  return `bytes ${start}-${end - 1}/${size}`;
}

/** The content codings that a client takes (RFC 9110 §12.5.3). */
export function acceptedEncodings(header = ""): ReadonlySet<string> {
  const accepted = new Set<string>();
  for (const item of header.split(",")) {
    const [name = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    const isRefused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    if (name !== "" && !isRefused) accepted.add(name === "x-gzip" ? "gzip" : name);
  }
  return accepted;
}
