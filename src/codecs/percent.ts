import type { ByteWriter } from "../bytes/mod.ts";
import { hexDigit } from "./json_scan.ts";

const HEX = "0123456789ABCDEF";
/** The characters that stand for themselves (RFC 3986 §2.3). */
const PLAIN = new Uint8Array(256);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~") {
  PLAIN[character.charCodeAt(0)] = 1;
}

/** Appends bytes, those percent-encoded that have a meaning in a query string. */
export function percentEncode(
  out: ByteWriter,
  source: Uint8Array,
  start: number,
  end: number,
): void {
  for (let at = start; at < end; at++) {
    const byte = source[at]!;
    if (PLAIN[byte] === 1) out.u8(byte);
    else out.u8(0x25).u8(HEX.charCodeAt(byte >> 4)).u8(HEX.charCodeAt(byte & 15));
  }
}

/** Appends bytes decoded: `+` is a space, and a percent sign without two digits is itself. */
export function percentDecode(
  out: ByteWriter,
  source: Uint8Array,
  start: number,
  end: number,
): void {
  for (let at = start; at < end; at++) {
    const byte = source[at]!;
    if (byte === 0x2b) out.u8(0x20);
    else if (byte !== 0x25) out.u8(byte);
    else {
      const high = at + 2 < end ? hexDigit(source[at + 1]) : -1;
      const low = hexDigit(source[at + 2]);
      if (high < 0 || low < 0) out.u8(byte);
      else {
        out.u8((high << 4) | low);
        at += 2;
      }
    }
  }
}
