/** Text in and out of XML: what is escaped, and bytes that are not UTF-8. */

import { binaryText, ByteWriter, decodeText, encodeText } from "../bytes/mod.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * A byte that is not UTF-8 is read as this code point plus the byte, and written as the byte: so
 * text of any character set passes unchanged. The code points U+10FF80 to U+10FFFF themselves are
 * read as four such bytes each.
 */
const STRAY = 0x10ff00;
const HAS_STRAY = /[\u{10ff80}-\u{10ffff}]/u;
const STRAYS = /[\u{10ff80}-\u{10ffff}]+/gu;

/** A string that {@link xmlBytes} turns back into the same bytes. */
export function xmlString(bytes: Uint8Array): string {
  let text: string | undefined;
  try {
    text = decoder.decode(bytes);
  } catch {
    text = undefined;
  }
  if (text !== undefined && !HAS_STRAY.test(text)) return text;
  const parts: string[] = [];
  let plain = 0;
  for (let at = 0; at < bytes.length;) {
    const size = bytes[at]! < 0x80 ? 1 : sequence(bytes, at);
    if (size === 0) {
      parts.push(decodeText(bytes, plain, at), String.fromCodePoint(STRAY + bytes[at]!));
      plain = ++at;
    } else {
      at += size;
    }
  }
  parts.push(decodeText(bytes, plain, bytes.length));
  return parts.join("");
}

/** Length of the UTF-8 sequence at `at`, of two bytes and more; 0 when it is none, or is stray. */
function sequence(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!;
  const size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (size === 0 || at + size > bytes.length) return 0;
  const second = bytes[at + 1]!;
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let index = 2; index < size; index++) if ((bytes[at + index]! & 0xc0) !== 0x80) return 0;
  return lead === 0xf4 && second === 0x8f && bytes[at + 2]! >= 0xbe ? 0 : size;
}

/** The bytes of a string from {@link xmlString}, or of a part of it. */
export function xmlBytes(text: string): Uint8Array {
  if (!HAS_STRAY.test(text)) return encodeText(text);
  const out = new ByteWriter(text.length);
  let plain = 0;
  for (const { 0: stray, index } of text.matchAll(STRAYS)) {
    out.bytes(encodeText(text.slice(plain, index)));
    for (const character of stray) out.u8(character.codePointAt(0)! - STRAY);
    plain = index + stray.length;
  }
  return out.bytes(encodeText(text.slice(plain))).take();
}

/** Appends text of one byte per character as it is. */
export function writeAscii(out: ByteWriter, text: string): void {
  const at = out.reserve(text.length);
  const { buffer } = out;
  for (let index = 0; index < text.length; index++) buffer[at + index] = text.charCodeAt(index);
}

/** By byte: what stands for it in text, or in an attribute. */
const inText: (string | undefined)[] = [];
for (let code = 0; code < 0x20; code++) inText[code] = "\ufffd";
inText[0x09] = inText[0x0a] = undefined;
inText[0x0d] = "&#13;";
inText[0x26] = "&amp;";
inText[0x3c] = "&lt;";
inText[0x3e] = "&gt;";
const inAttribute = inText.slice();
inAttribute[0x09] = "&#9;";
inAttribute[0x0a] = "&#10;";
inAttribute[0x22] = "&quot;";

/** Appends text escaped; a control character that XML cannot hold becomes U+FFFD. */
export function escapeXml(
  out: ByteWriter,
  source: Uint8Array,
  start: number,
  end: number,
  attribute = false,
): void {
  const escapes = attribute ? inAttribute : inText;
  let plain = start;
  for (let at = start; at < end; at++) {
    const byte = source[at]!;
    if (byte > 0x3e) continue;
    const escape = escapes[byte];
    if (escape === undefined) continue;
    out.bytes(source, plain, at).bytes(encodeText(escape));
    plain = at + 1;
  }
  out.bytes(source, plain, end);
}

/**
 * An element's or attribute's name, one character per byte as {@link writeAscii} takes it;
 * characters that a name cannot have become `_`.
 */
export function xmlName(name: Uint8Array): string {
  const text = binaryText(name).replace(/[^A-Za-z0-9:_.\x80-\xff-]/g, "_");
  return /^([0-9.-]|$)/.test(text) ? `_${text}` : text;
}
