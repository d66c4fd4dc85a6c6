import { ByteWriter, encodeText, NOTHING } from "../../../bytes/mod.ts";
import { CONTROL } from "./fields.ts";

/** Headers in the order in which they are sent. */
export type HeaderList = [string, string][];

/** A body that is made while it is sent. */
export interface BodySource {
  /** Bytes it will have; undefined when only its end tells, which then is the connection's. */
  readonly length: number | undefined;
  /** The next bytes, about `wanted` at most, or undefined when there are none now. */
  takeBytes(wanted: number): Uint8Array | undefined;
  /** True while {@link takeBytes} would probably find something. */
  readonly more: boolean;
  /** Begins: `wake` when there is something to take, `end` once, with a reason when it broke off. */
  start(wake: () => void, end: (failure?: string) => void): void;
  /** The client is gone or the connection ends. */
  close(): void;
}

/** An answer before it is framed: the connection adds its own headers. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body?: Uint8Array | BodySource;
  /** Bytes that the body would have: for HEAD, whose answer has none. */
  readonly length?: number;
}

const REASONS: Readonly<Record<number, string>> = {
  100: "Continue",
  101: "Switching Protocols",
  200: "OK",
  201: "Created",
  204: "No Content",
  206: "Partial Content",
  301: "Moved Permanently",
  304: "Not Modified",
  307: "Temporary Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  426: "Upgrade Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

/** Bytes of a status line, `Content-Length`, `connection` and `date`, and the line breaks. */
const FIXED_PART = 160;

/** Bytes of the longest head that is kept for the next response. */
const MAX_KEPT = 1_024;

/** True when a response of this status never has a body (RFC 9110 §6.4.1). */
function isBodyless(status: number): boolean {
  return status === 204 || status === 304 || status < 200;
}

/** The last head without its length: responses of one kind within a second differ in that alone. */
const kept = {
  room: new Uint8Array(MAX_KEPT),
  /** It, in the room. */
  bytes: NOTHING,
  status: 0,
  headers: [] as HeaderList,
  date: "",
  closing: false,
};

/**
 * The head of a response, with a body of up to `joined` bytes behind it.
 * @param closing the connection ends after this response
 * @throws RangeError when a header holds a line break
 */
export function encodeHead(
  response: HttpResponse,
  date: string,
  closing: boolean,
  joined: Uint8Array | undefined,
): Uint8Array<ArrayBuffer> {
  const { status, headers, body } = response;
  let size = FIXED_PART + (joined?.length ?? 0);
  for (const [name, value] of headers) size += name.length + value.length + 4;
  const out = ByteWriter.brief(size);
  if (
    kept.status === status && kept.date === date && kept.closing === closing &&
    isSame(kept.headers, headers)
  ) {
    out.bytes(kept.bytes);
  } else {
    writeFields(out, response, date, closing);
    if (out.length <= MAX_KEPT) {
      kept.room.set(out.view());
      const bytes = kept.room.subarray(0, out.length);
      Object.assign(kept, { bytes, status, headers, date, closing });
    }
  }
  const length = response.length ?? (body === undefined ? 0 : body.length);
  // In this spelling, since librtmp looks for no other.
  if (!isBodyless(status) && length !== undefined) {
    // Piece by piece: reading a string that was put together joins it first.
    out.text("Content-Length: ").text(String(length)).text("\r\n");
  }
  out.text("\r\n");
  if (joined !== undefined) out.bytes(joined);
  return out.take();
}

function isSame(a: HeaderList, b: HeaderList): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) {
    const [one, other] = [a[at]!, b[at]!];
    if (one !== other && (one[1] !== other[1] || one[0] !== other[0])) return false;
  }
  return true;
}

function writeFields(
  out: ByteWriter,
  { status, headers }: HttpResponse,
  date: string,
  closing: boolean,
): void {
  let text = `HTTP/1.1 ${status} ${REASONS[status] ?? "Other"}\r\n`;
  for (const [name, value] of headers) {
    if (CONTROL.test(value)) throw new RangeError(`${name} holds control characters`);
    text += `${name}: ${value}\r\n`;
  }
  if (closing && status !== 101) text += "connection: close\r\n";
  out.text(`${text}date: ${date}\r\n`);
}

/** The interim answer to `Expect: 100-continue`. */
export const CONTINUE: Uint8Array<ArrayBuffer> = encodeText("HTTP/1.1 100 Continue\r\n\r\n");
