import { ByteWriter, decodeText, NOTHING } from "../../../bytes/mod.ts";
import { HttpError } from "./error.ts";
import { FieldMap, type Fields, HeadText, readField, type SentFields, tokenEnd } from "./fields.ts";

/** The head of a request. */
export interface RequestHead {
  readonly method: string;
  /** Path and query as they were sent, or "*". */
  readonly target: string;
  /** 1 for HTTP/1.1, 0 for HTTP/1.0 and for a line without a version. */
  readonly minor: 0 | 1;
  /** True when the connection goes on after the answer, unless either side ends it. */
  readonly persists: boolean;
  readonly fields: SentFields;
  /** Bytes that the body will have; undefined when it is chunked. */
  readonly length: number | undefined;
}

/** Receives the requests of one connection, one at a time. */
export interface RequestSink {
  /** The head as it came, valid during the call, before it is known to be one. */
  onHeadBytes?(input: Uint8Array, start: number, end: number): void;
  onHead(head: RequestHead): void;
  /** A piece of the body, valid during the call. */
  onBody(bytes: Uint8Array): void;
  /** The request is whole: the next one waits for {@link RequestReader.next}. */
  onEnd(): void;
}

/** A request with more is refused. */
export interface RequestLimits {
  /** Characters of the request target. */
  readonly maxTarget: number;
  /** Bytes of the header fields. */
  readonly maxHeader: number;
}

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;

/** Bytes of a chunk's size line, extensions included, and of all trailer fields. */
const MAX_CHUNK_LINE = 1_024;
const MAX_TRAILER = 8_192;

/** Bytes of further requests that may wait while one is answered. */
const MAX_AHEAD = 1_048_576;

/** Bytes of the longest head that is kept to be compared with the next one. */
const MAX_REPEATED = 1_024;

/** Longest method and version around a target. */
const LINE_EXTRA = 64;
const MAX_METHOD = 32;

const VERSION = /^HTTP\/\d\.\d$/;
const VERSION_END = /HTTP\/\d\.\d$/;

// deno-lint-ignore no-control-regex
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,13})[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?$/;

type State = "head" | "body" | "size" | "chunk" | "chunk end" | "trailer" | "waiting";

/**
 * Cuts a connection's input into requests, however the bytes arrive (RFC 9112). Anything that two
 * readers could understand differently is refused: a request is never smuggled behind another.
 */
export class RequestReader {
  readonly #limits: RequestLimits;
  readonly #sink: RequestSink;
  #state: State = "head";
  /** Input that is not yet understood. */
  #kept = new ByteWriter(0);
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;
  #trailer = 0;
  #isReading = false;
  #heads = 0;
  /** The last head as it was sent, its empty line included, and what it says. */
  #lastBytes: Uint8Array | undefined;
  #lastLength = 0;
  #last: RequestHead | undefined;

  constructor(limits: RequestLimits, sink: RequestSink) {
    this.#limits = limits;
    this.#sink = sink;
  }

  /** True within a request that has begun and is not whole. */
  get isWithin(): boolean {
    return this.#state !== "waiting" && (this.#state !== "head" || this.#kept.length > 0);
  }

  /** Bytes that came and belong to no request yet. */
  get rest(): Uint8Array<ArrayBuffer> {
    return this.#kept.view().slice();
  }

  /**
   * Reads on; the bytes are free again when it returns.
   * @throws HttpError when the input is no request: nothing after it can be trusted
   */
  readRequests(bytes: Uint8Array): void {
    if (this.#kept.length === 0) {
      const used = this.#read(bytes);
      if (used < bytes.length) this.#kept.bytes(bytes, used);
    } else {
      this.#kept.bytes(bytes);
      const input = this.#kept.view();
      const used = this.#read(input);
      if (used > 0) {
        const rest = input.slice(used);
        this.#kept = new ByteWriter(rest.length);
        this.#kept.bytes(rest);
      }
    }
    if (this.#state === "waiting" && this.#kept.length > MAX_AHEAD) {
      throw new HttpError(400, "Too much came ahead of its turn");
    }
  }

  /** The request was answered: reads the next one. */
  next(): void {
    if (this.#state !== "waiting") return;
    this.#state = "head";
    if (!this.#isReading && this.#kept.length > 0) this.readRequests(NOTHING);
  }

  /** How many of the bytes were understood. */
  #read(input: Uint8Array): number {
    this.#isReading = true;
    try {
      let at = 0;
      for (;;) {
        const next = this.#step(input, at);
        if (next === -1) return at;
        at = next;
      }
    } finally {
      this.#isReading = false;
    }
  }

  /** Reads one part; returns where the next one begins, or -1 when it is not all there. */
  #step(input: Uint8Array, at: number): number {
    switch (this.#state) {
      case "head":
        return this.#readHead(input, at);
      case "body":
      case "chunk":
        return this.#readBody(input, at);
      case "size":
        return this.#readChunkSize(input, at);
      case "chunk end":
        return this.#readChunkEnd(input, at);
      case "trailer":
        return this.#readTrailer(input, at);
      case "waiting":
        return -1;
    }
  }

  #readHead(input: Uint8Array, start: number): number {
    let at = start;
    // An empty line before a request is allowed (RFC 9112 §2.2).
    while (input[at] === CR && input[at + 1] === LF) at += 2;
    if (this.#isRepeated(input, at)) {
      return this.#begin(this.#last!, input, at, at + this.#lastLength);
    }
    const end = headEnd(input, at);
    const { maxHeader, maxTarget } = this.#limits;
    if (end === -1) {
      const size = input.length - at;
      if (size > maxTarget + LINE_EXTRA && lineEnd(input, at) === -1) throw tooLong(maxTarget);
      if (size > maxTarget + LINE_EXTRA + maxHeader) throw tooLarge(maxHeader);
      return at > start ? at : -1;
    }
    return this.#begin(undefined, input, at, end + 4);
  }

  /** Most clients send the same head with each call: it is understood once. */
  #isRepeated(input: Uint8Array, start: number): boolean {
    const last = this.#lastBytes;
    const length = this.#lastLength;
    if (last === undefined || input.length - start < length) return false;
    for (let at = 0; at < length; at++) if (input[start + at] !== last[at]) return false;
    return length > 0;
  }

  /** Begins a request whose head stands at `[start, end)`; returns where its body begins. */
  #begin(known: RequestHead | undefined, input: Uint8Array, start: number, end: number): number {
    this.#sink.onHeadBytes?.(input, start, end);
    const head = known ?? parseHead(input, start, end - 4, this.#limits);
    if (known === undefined && ++this.#heads > 1) this.#keep(head, input.subarray(start, end));
    this.#left = head.length ?? 0;
    this.#trailer = 0;
    this.#state = head.length === undefined ? "size" : "body";
    this.#sink.onHead(head);
    if (head.length === 0) this.#end();
    return end;
  }

  #keep(head: RequestHead, bytes: Uint8Array): void {
    this.#lastLength = 0;
    if (bytes.length > MAX_REPEATED) return;
    this.#lastBytes ??= new Uint8Array(MAX_REPEATED);
    this.#lastBytes.set(bytes);
    this.#lastLength = bytes.length;
    this.#last = head;
  }

  #readBody(input: Uint8Array, at: number): number {
    const count = Math.min(this.#left, input.length - at);
    if (count === 0) return -1;
    this.#left -= count;
    this.#sink.onBody(input.subarray(at, at + count));
    if (this.#left === 0) {
      if (this.#state === "body") this.#end();
      else this.#state = "chunk end";
    }
    return at + count;
  }

  /** A chunk's size and extensions, which are not used (RFC 9112 §7.1). */
  #readChunkSize(input: Uint8Array, at: number): number {
    const end = lineEnd(input, at);
    if (end === -1 ? input.length - at > MAX_CHUNK_LINE : end - at > MAX_CHUNK_LINE) {
      throw badChunk();
    }
    if (end === -1) return -1;
    const size = CHUNK_SIZE.exec(decodeText(input, at, end))?.[1];
    if (size === undefined) throw badChunk();
    this.#left = parseInt(size, 16);
    this.#state = this.#left === 0 ? "trailer" : "chunk";
    return end + 2;
  }

  #readChunkEnd(input: Uint8Array, at: number): number {
    if (input.length - at < 2) return -1;
    if (input[at] !== CR || input[at + 1] !== LF) throw badChunk();
    this.#state = "size";
    return at + 2;
  }

  /** Trailer fields are read and left out. */
  #readTrailer(input: Uint8Array, at: number): number {
    const end = lineEnd(input, at);
    if (end === -1) {
      if (input.length - at > MAX_TRAILER) throw tooLarge(MAX_TRAILER);
      return -1;
    }
    this.#trailer += end + 2 - at;
    if (this.#trailer > MAX_TRAILER) throw tooLarge(MAX_TRAILER);
    if (end > at) readField(new FieldMap(), new HeadText(input, at, end), input, at, end);
    else this.#end();
    return end + 2;
  }

  #end(): void {
    this.#state = "waiting";
    this.#sink.onEnd();
  }
}

/** Where the empty line behind a head begins, -1 when it is not there. */
function headEnd(input: Uint8Array, start: number): number {
  for (let at = start; at < input.length; at++) {
    if (input[at] !== LF) continue;
    if (input[at - 1] !== CR) throw new HttpError(400, "A line does not end with CR LF");
    if (input[at + 1] === CR && input[at + 2] === LF) return at - 1;
  }
  return -1;
}

/** Where the line break of a line is, -1 when it is not there. */
function lineEnd(input: Uint8Array, start: number): number {
  const at = input.indexOf(LF, start);
  if (at === -1) return -1;
  if (at === start || input[at - 1] !== CR) {
    throw new HttpError(400, "A line does not end with CR LF");
  }
  return at - 1;
}

function parseHead(
  input: Uint8Array,
  start: number,
  end: number,
  { maxTarget, maxHeader }: RequestLimits,
): RequestHead {
  const text = new HeadText(input, start, end);
  const gap = tokenEnd(input, start, end);
  const lineBreak = input.indexOf(LF, gap) - 1;
  const stop = lineBreak < 0 || lineBreak > end ? end : lineBreak;
  if (end - stop > maxHeader) throw tooLarge(maxHeader);
  if (gap === start || gap - start > MAX_METHOD || input[gap] !== SPACE) throw noRequest();
  // A target without spaces and a version, with one space between them.
  const space = input.indexOf(SPACE, gap + 1);
  const targetEnd = space === -1 || space > stop ? stop : space;
  if (targetEnd === gap + 1) throw noRequest();
  const version = text.slice(Math.min(targetEnd + 1, stop), stop);
  const target = text.slice(gap + 1, targetEnd);
  // A version may be missing, but not the space before it.
  if (version === "" ? VERSION_END.test(target) : !VERSION.test(version)) throw noRequest();
  if (version !== "" && version[5] !== "1") throw new HttpError(505, "HTTP/1.1 is understood");
  if (targetEnd - gap - 1 > maxTarget) throw tooLong(maxTarget);
  const minor = version === "" || version.endsWith("0") ? 0 : 1;
  const fields = new FieldMap();
  for (let at = stop + 2; at < end;) at = readField(fields, text, input, at, end);
  const host = fields.get("host");
  if (host === undefined ? minor === 1 : !/^[\w.\-:\[\]%~]*$/.test(host)) {
    throw new HttpError(400, "A request needs one Host that is a host");
  }
  return {
    method: text.slice(start, gap),
    target: plainTarget(target),
    minor,
    // MonaServer's own test clients send no version, and further requests behind the first.
    persists: minor === 1 || version === "",
    fields,
    length: bodyLength(fields, minor),
  };
}

/** The path of an absolute target, or the target as it is (RFC 9112 §3.2). */
function plainTarget(target: string): string {
  if (target.startsWith("/") || target === "*") return target;
  const absolute = /^https?:\/\/[^/?#]+(.*)$/i.exec(target);
  if (absolute === null) throw new HttpError(400, "The target is no path");
  const path = absolute[1]!;
  return path.startsWith("/") ? path : `/${path}`;
}

/** How long the body is (RFC 9112 §6.3); undefined for a chunked one. */
function bodyLength(fields: Fields, minor: number): number | undefined {
  const coding = fields.get("transfer-encoding");
  const length = fields.get("content-length");
  if (coding !== undefined) {
    if (length !== undefined || minor === 0) {
      throw new HttpError(400, "Where the body ends is said in two ways");
    }
    if (coding.toLowerCase() !== "chunked") {
      throw new HttpError(501, "Transfer-Encoding: chunked is understood, alone");
    }
    return undefined;
  }
  if (length === undefined) return 0;
  if (!/^\d{1,15}$/.test(length)) throw new HttpError(400, "Content-Length is no number");
  return Number(length);
}

function noRequest(): HttpError {
  return new HttpError(400, "This is no HTTP request");
}

function tooLong(limit: number): HttpError {
  return new HttpError(414, `A URL has at most ${limit} characters here`);
}

function tooLarge(limit: number): HttpError {
  return new HttpError(431, `A request's header has at most ${limit} bytes here`);
}

function badChunk(): HttpError {
  return new HttpError(400, "A chunk is badly framed");
}
