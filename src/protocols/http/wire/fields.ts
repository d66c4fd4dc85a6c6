import { decodeText } from "../../../bytes/mod.ts";
import { HttpError } from "./error.ts";

/** Header fields by their lower-case names; repeated ones joined as RFC 9110 §5.2 says. */
export type Fields = ReadonlyMap<string, string>;

/** Header fields as they were sent. */
export interface SentFields extends Fields {
  /** Their names in the sender's spelling, in the same order. */
  readonly names: readonly string[];
}

/** Header fields that are being read. */
export class FieldMap extends Map<string, string> implements SentFields {
  readonly names: string[] = [];
}

/** No field may hold these (RFC 9110 §5.5). */
// deno-lint-ignore no-control-regex
export const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/** What a byte may be in a header, by bits. */
const TOKEN_BYTE = 1;
const UPPER_CASE = 2;
const CONTROL_BYTE = 4;
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte);
  return (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(letter) ? TOKEN_BYTE : 0) |
    (/[A-Z]/.test(letter) ? UPPER_CASE : 0) | (CONTROL.test(letter) ? CONTROL_BYTE : 0);
});
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;

/** Fields of which a request has one at most: two of them are how requests are smuggled. */
const SINGLE: ReadonlySet<string> = new Set(["host", "content-length", "transfer-encoding"]);

/** A head's bytes and their text, which is decoded once. */
export class HeadText {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #text: string;
  /** One byte is one character. */
  readonly #isAscii: boolean;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#text = decodeText(bytes, start, end);
    this.#isAscii = this.#text.length === end - start;
  }

  /** The text of the bytes `[start, end)`; bytes that are not UTF-8 become U+FFFD. */
  slice(start: number, end: number): string {
    if (!this.#isAscii) return decodeText(this.#bytes, start, end);
    return this.#text.slice(start - this.#start, end - this.#start);
  }
}

/** Where the token that begins at `start` ends (RFC 9110 §5.6.2). */
export function tokenEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (KINDS[bytes[at]!]! & TOKEN_BYTE) !== 0) at++;
  return at;
}

/**
 * Adds the header field of the line that begins at `start` to `fields`.
 * @param end where the last line ends
 * @returns where the next line begins
 * @throws HttpError 400
 */
export function readField(
  fields: FieldMap,
  text: HeadText,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const colon = tokenEnd(bytes, start, end);
  // Space before the colon, a folded line, an empty name: all of them are no token.
  if (colon === start || colon === end || bytes[colon] !== COLON) {
    throw new HttpError(400, "A header field has no name");
  }
  const name = text.slice(start, colon);
  let stop = colon + 1;
  while (stop < end && (KINDS[bytes[stop]!]! & CONTROL_BYTE) === 0) stop++;
  if (stop < end && (bytes[stop] !== CR || bytes[stop + 1] !== LF)) {
    throw new HttpError(400, `${name} holds control characters`);
  }
  // Spaces and tabs only: what else JavaScript trims would hide from another reader's eyes.
  let [first, last] = [colon + 1, stop];
  while (first < last && isBlank(bytes[first])) first++;
  while (last > first && isBlank(bytes[last - 1])) last--;
  const value = text.slice(first, last);
  const key = lowerCase(name, bytes, start, colon);
  const known = fields.get(key);
  if (known === undefined) {
    fields.set(key, value);
    fields.names.push(name);
  } else if (SINGLE.has(key)) {
    throw new HttpError(400, `There is more than one ${key}`);
  } else {
    fields.set(key, `${known}${key === "cookie" ? "; " : ", "}${value}`);
  }
  return stop + 2;
}

function lowerCase(name: string, bytes: Uint8Array, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if ((KINDS[bytes[at]!]! & UPPER_CASE) !== 0) return name.toLowerCase();
  }
  return name;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

/** True when a comma-separated field lists a token, whatever its case. */
export function listsToken(value: string | undefined, token: string): boolean {
  if (value === undefined) return false;
  const lower = value.toLowerCase();
  return lower === token || lower.split(",").some((item) => item.trim() === token);
}
