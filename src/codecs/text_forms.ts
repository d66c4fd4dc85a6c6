/** How values look in formats that are text. */

import { decodeText } from "../bytes/mod.ts";

/** ISO 8601 with milliseconds in UTC; undefined for a time that is none. */
export function isoDate(time: number): string | undefined {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

const ISO_DATE = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The time of a text that {@link isoDate} would write the same; undefined for any other. */
export function isoTime(source: Uint8Array, start: number, end: number): number | undefined {
  const size = end - start;
  if ((size !== 24 && size !== 27) || source[end - 1] !== 0x5a || source[end - 5] !== 0x2e) {
    return undefined;
  }
  const text = decodeText(source, start, end);
  const time = ISO_DATE.test(text) ? Date.parse(text) : NaN;
  return isoDate(time) === text ? time : undefined;
}

/** Base64 with padding. */
export function toBase64(source: Uint8Array, start: number, end: number): string {
  return source.subarray(start, end).toBase64();
}

/** Bytes of a base64 text, white space ignored; undefined when it is none. */
export function fromBase64(source: Uint8Array, start: number, end: number): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(decodeText(source, start, end));
  } catch {
    return undefined;
  }
}

const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * Undefined when not finite; -0 keeps its sign, and a whole number of up to 64 bits all its digits,
 * so that {@link textNumber} gives it back.
 */
export function numberText(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  if (Object.is(value, -0)) return "-0";
  const long = Math.abs(value) > Number.MAX_SAFE_INTEGER && Math.abs(value) < 2 ** 64;
  return long ? String(BigInt(value)) : String(value);
}

/** The number of a decimal text: a bigint for a whole one of 64 bits that no double is. */
export function textNumber(text: string): number | bigint {
  const value = Number(text);
  if (Number.isSafeInteger(value) || text.length > 20 || !/^-?[1-9]\d*$/.test(text)) return value;
  const exact = BigInt(text);
  return exact < MIN_INT64 || exact > MAX_UINT64 || exact === BigInt(value) ? value : exact;
}
