import { ProtocolError } from "../bytes/mod.ts";
import { MAX_DEPTH } from "./limits.ts";

/** Whether a byte is white space of JSON (RFC 8259 §2). */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Offset behind the white space at `at`. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  while (isSpace(bytes[at])) at++;
  return at;
}

/** Containers that are open in a scan: their index in the counts, and the byte that closes them. */
const OPEN = new Int32Array(MAX_DEPTH);
const CLOSERS = new Uint8Array(MAX_DEPTH);

/**
 * Checks a JSON text (RFC 8259) as a whole, so that nothing of a broken one is ever delivered, and
 * counts what each container holds. Throws ProtocolError.
 */
export function scanJson(bytes: Uint8Array, start: number): readonly number[] {
  const counts: number[] = [];
  let depth = 0;
  /** What closes the innermost container. */
  let closer = 0;
  let at = skipSpace(bytes, start);
  for (;;) {
    const byte = bytes[at];
    if (byte === 0x7b || byte === 0x5b) {
      if (depth >= MAX_DEPTH) {
        throw new ProtocolError(`more than ${MAX_DEPTH} levels deep`, at);
      }
      OPEN[depth] = counts.push(0) - 1;
      CLOSERS[depth++] = closer = byte + 2;
      at = skipSpace(bytes, at + 1);
      if (bytes[at] !== closer) {
        if (closer === 0x7d) at = scanName(bytes, at);
        continue;
      }
    } else {
      at = scanScalar(bytes, at);
      if (depth > 0) counts[OPEN[depth - 1]!]!++;
      at = skipSpace(bytes, at);
    }
    // Behind a value, or in an empty container.
    for (;;) {
      if (depth === 0) {
        if (at < bytes.length) throw unexpected(bytes, at, "the end");
        return counts;
      }
      if (bytes[at] !== closer) break;
      depth--;
      if (depth > 0) {
        counts[OPEN[depth - 1]!]!++;
        closer = CLOSERS[depth - 1]!;
      }
      at = skipSpace(bytes, at + 1);
    }
    if (bytes[at] !== 0x2c) {
      throw unexpected(bytes, at, `',' or '${String.fromCharCode(closer)}'`);
    }
    at = skipSpace(bytes, at + 1);
    if (closer === 0x7d) at = scanName(bytes, at);
  }
}

function unexpected(bytes: Uint8Array, at: number, wanted: string): ProtocolError {
  const byte = bytes[at];
  const found = byte === undefined
    ? "the text ends"
    : byte > 0x20 && byte < 0x7f
    ? `'${String.fromCharCode(byte)}' stands`
    : `byte 0x${byte.toString(16)} stands`;
  return new ProtocolError(`${found} where JSON wants ${wanted}`, Math.min(at, bytes.length));
}

/** A name and its colon; returns where the value begins. */
function scanName(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0x22) throw unexpected(bytes, at, "a name");
  at = skipSpace(bytes, scanString(bytes, at));
  if (bytes[at] !== 0x3a) throw unexpected(bytes, at, "':'");
  return skipSpace(bytes, at + 1);
}

function scanScalar(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case 0x22:
      return scanString(bytes, at);
    case 0x74:
      return scanWord(bytes, at, "true");
    case 0x66:
      return scanWord(bytes, at, "false");
    case 0x6e:
      return scanWord(bytes, at, "null");
    default:
      return scanNumber(bytes, at);
  }
}

function scanWord(bytes: Uint8Array, at: number, word: string): number {
  for (let index = 0; index < word.length; index++) {
    if (bytes[at + index] !== word.charCodeAt(index)) throw unexpected(bytes, at, `'${word}'`);
  }
  return at + word.length;
}

function scanString(bytes: Uint8Array, at: number): number {
  const start = at++;
  for (;; at++) {
    const byte = bytes[at];
    if (byte === undefined) throw new ProtocolError("a JSON string does not end", start);
    if (byte === 0x22) return at + 1;
    if (byte < 0x20) throw unexpected(bytes, at, "an escaped control character");
    if (byte === 0x5c) at = scanEscape(bytes, at + 1);
  }
}

/** Returns the last offset of the escape sequence whose letter is at `at`. */
function scanEscape(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === 0x75) {
    for (let digit = 1; digit <= 4; digit++) {
      if (hexDigit(bytes[at + digit]) < 0) throw unexpected(bytes, at + digit, "four hex digits");
    }
    return at + 4;
  }
  if (byte === undefined || !'"\\/bfnrt'.includes(String.fromCharCode(byte))) {
    throw unexpected(bytes, at, "an escape sequence");
  }
  return at;
}

/** Value of a hexadecimal digit, -1 for another byte. */
export function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function scanNumber(bytes: Uint8Array, at: number): number {
  const start = at;
  if (bytes[at] === 0x2d) at++;
  if (!isDigit(bytes[at])) throw unexpected(bytes, start, "a value");
  if (bytes[at] === 0x30) at++;
  else at = skipDigits(bytes, at);
  if (bytes[at] === 0x2e) at = skipDigits(bytes, at + 1);
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    at++;
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++;
    at = skipDigits(bytes, at);
  }
  return at;
}

function skipDigits(bytes: Uint8Array, at: number): number {
  if (!isDigit(bytes[at])) throw unexpected(bytes, at, "a digit");
  while (isDigit(bytes[at])) at++;
  return at;
}
