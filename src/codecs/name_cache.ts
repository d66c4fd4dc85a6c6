import { decodeText } from "../bytes/mod.ts";

const SLOTS = 1024;
const LONGEST = 32;

/** Names met lately, each in the slot of its hash: ASCII only, so one byte is one character. */
const names: string[] = new Array(SLOTS).fill("");

/**
 * Text of a name. The same few come again and again, and a string that exists already costs neither
 * its making nor the look-up that makes it a property's key.
 */
export function nameText(bytes: Uint8Array, start: number, end: number): string {
  const size = end - start;
  if (size === 0 || size > LONGEST) return decodeText(bytes, start, end);
  const middle = bytes[start + (size >> 1)]!;
  const hash = (size * 31 + bytes[start]! * 7 + middle * 131 + bytes[end - 1]! * 17) % SLOTS;
  const known = names[hash]!;
  if (known.length === size) {
    let at = 0;
    while (at < size && known.charCodeAt(at) === bytes[start + at]) at++;
    if (at === size) return known;
  }
  const text = decodeText(bytes, start, end);
  if (text.length === size) names[hash] = text;
  return text;
}
