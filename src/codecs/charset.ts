import { decodeText, encodeText } from "../bytes/mod.ts";

/** Text of another character set as UTF-8. An unknown set is taken for UTF-8, as AS3 falls back. */
export function fromCharset(bytes: Uint8Array, charset: string): Uint8Array {
  const name = canonical(charset);
  return name === "utf-8" ? bytes.slice() : encodeText(new TextDecoder(name).decode(bytes));
}

/** UTF-8 as text of another character set; what that set lacks becomes "?". */
export function toCharset(text: Uint8Array, charset: string): Uint8Array {
  const name = canonical(charset);
  if (name === "utf-8") return text;
  const characters = decodeText(text);
  const bytes: number[] = [];
  if (name === "utf-16le" || name === "utf-16be") {
    for (let at = 0; at < characters.length; at++) {
      const code = characters.charCodeAt(at);
      if (name === "utf-16le") bytes.push(code & 0xff, code >> 8);
      else bytes.push(code >> 8, code & 0xff);
    }
  } else {
    const codes = codesOf(name);
    for (const character of characters) {
      const code = codes.get(character) ?? 0x3f;
      if (code > 0xff) bytes.push(code >> 8);
      bytes.push(code & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}

function canonical(charset: string): string {
  const name = charset.toLowerCase() === "unicode" ? "utf-16le" : charset;
  try {
    return new TextDecoder(name).encoding;
  } catch {
    return "utf-8";
  }
}

const known = new Map<string, ReadonlyMap<string, number>>();

/** Every character of a set of one and two bytes with its code, found by decoding all of them. */
function codesOf(name: string): ReadonlyMap<string, number> {
  const found = known.get(name);
  if (found !== undefined) return found;
  const codes = new Map<string, number>();
  const decoder = new TextDecoder(name);
  const learn = (code: number, bytes: Uint8Array) => {
    const text = decoder.decode(bytes);
    if ([...text].length === 1 && text !== "\ufffd" && !codes.has(text)) codes.set(text, code);
  };
  for (let code = 0; code < 0x100; code++) learn(code, Uint8Array.of(code));
  for (let code = 0x8100; code < 0xff00; code++) {
    if ((code & 0xff) >= 0x40) learn(code, Uint8Array.of(code >> 8, code & 0xff));
  }
  known.set(name, codes);
  return codes;
}
