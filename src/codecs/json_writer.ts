import { ByteWriter, encodeText } from "../bytes/mod.ts";
import type { DataWriter, Ref, VectorKind } from "./data.ts";
import { isoDate, numberText, toBase64 } from "./text_forms.ts";

/** What the open container is, and so what stands between its values. */
type Kind =
  /** Values and commas: arrays, and the top level. */
  | "list"
  /** Names before values. */
  | "object"
  /** The named part of a mixed array, which is its first element. */
  | "named"
  /** A mixed array without elements: an object. */
  | "association"
  /** Values that become names, by turns with values. */
  | "dictionary";

interface Frame {
  readonly outer: Frame | undefined;
  /** The last that was open in it, for the next one. */
  inner: Frame | undefined;
  kind: Kind;
  count: number;
  /** Where the key of a dictionary began that is being written; -1 for its value. */
  keyAt: number;
}

function newFrame(outer: Frame | undefined, kind: Kind): Frame {
  return { outer, inner: undefined, kind, count: 0, keyAt: -1 };
}

const HEX = encodeText("0123456789abcdef");
/** Second character of a two-character escape; 1 for `\u`, 0 for none. */
const ESCAPE = new Uint8Array(256);
ESCAPE.fill(1, 0, 0x20);
for (const [code, letter] of [[8, "b"], [9, "t"], [10, "n"], [12, "f"], [13, "r"]] as const) {
  ESCAPE[code] = letter.charCodeAt(0);
}
ESCAPE[0x22] = 0x22;
ESCAPE[0x5c] = 0x5c;
/** A surrogate in UTF-8 begins so; most characters that do are none. */
const SURROGATE_LEAD = 0xed;
ESCAPE[SURROGATE_LEAD] = 1;

/** The count of a dictionary's values and keys that is even, and for which a comma is due. */
const FIRST_KEY = 2;

/**
 * Writes JSON (RFC 8259): all values as one outer array, which {@link take} closes. A mixed array
 * begins with the object of its named part, or is that object when it has no elements; dates are
 * ISO 8601; bytes are `{"__raw": base64}`; a class name is the member `__type`; a dictionary
 * has its size as `__size`, and those of its keys that are no text become their JSON, with `'` and `/` for `"` and `\\`. What JSON lacks
 * (undefined, NaN, infinities) is null. Surrogates are escaped; bytes that are not UTF-8 pass
 * unchanged.
 */
export class JsonWriter implements DataWriter {
  readonly #out: ByteWriter;
  readonly #outer: boolean;
  readonly #first = newFrame(undefined, "list");
  #frame = this.#first;

  /** With `outer` false there is no outer array: a single value. */
  constructor(output: ByteWriter = new ByteWriter(256), outer = true) {
    this.#out = output;
    this.#outer = outer;
  }

  /** Hands the text over and begins the next one. */
  take(): Uint8Array<ArrayBuffer> {
    this.finish();
    return this.#out.take();
  }

  /** Closes the outer array; for a caller that takes from its own output. */
  finish(): void {
    if (this.#outer) {
      if (this.#first.count === 0) this.#out.u8(0x5b);
      this.#out.u8(0x5d);
    }
    this.#frame = this.#first;
    this.#frame.count = 0;
  }

  null(): void {
    this.#word("null");
  }

  undefined(): void {
    this.#word("null");
  }

  boolean(value: boolean): void {
    this.#word(value ? "true" : "false");
  }

  number(value: number): void {
    this.#word(numberText(value) ?? "null");
  }

  bigint(value: bigint): void {
    this.#word(String(value));
  }

  string(source: Uint8Array, start: number, end: number): void {
    this.#before();
    this.#text(source, start, end);
    this.#after();
  }

  date(time: number, _zone: number): Ref {
    const text = isoDate(time);
    this.#word(text === undefined ? "null" : `"${text}"`);
    return 0;
  }

  bytes(source: Uint8Array, start: number, end: number): Ref {
    this.#word(`{"__raw":"${toBase64(source, start, end)}"}`);
    return 0;
  }

  xml(source: Uint8Array, start: number, end: number, _legacy: boolean): Ref {
    this.string(source, start, end);
    return 0;
  }

  beginObject(type = ""): Ref {
    this.#begin(0x7b, "object");
    if (type !== "") {
      this.#ascii('"__type":');
      const name = encodeText(type);
      this.#text(name, 0, name.length);
      this.#frame.count = 1;
    }
    return 0;
  }

  property(source: Uint8Array, start: number, end: number): void {
    if (this.#frame.count++ > 0) this.#out.u8(0x2c);
    this.#text(source, start, end);
    this.#out.u8(0x3a);
  }

  endObject(): void {
    this.#end(0x7d);
  }

  beginArray(_length: number): Ref {
    return this.#begin(0x5b, "list");
  }

  endArray(): void {
    if (this.#frame.kind === "association") this.#end(0x7d);
    else this.#end(0x5d);
  }

  beginMixed(length: number): Ref {
    if (length === 0) return this.#begin(0x7b, "association");
    this.#begin(0x5b, "named");
    this.#out.u8(0x7b);
    return 0;
  }

  endNamed(): void {
    const frame = this.#frame;
    if (frame.kind !== "named") return;
    this.#out.u8(0x7d);
    frame.kind = "list";
    frame.count = 1;
  }

  beginVector(_kind: VectorKind, length: number, _fixed: boolean): Ref {
    return this.beginArray(length);
  }

  beginDictionary(size: number, _weakKeys: boolean): Ref {
    this.#begin(0x7b, "dictionary");
    this.#ascii(`"__size":${size}`);
    this.#frame.count = FIRST_KEY;
    return 0;
  }

  endDictionary(): void {
    this.#end(0x7d);
  }

  reference(_ref: Ref): boolean {
    return false;
  }

  #before(): void {
    const frame = this.#frame;
    if (frame.kind === "list") {
      if (frame.count++ > 0) this.#out.u8(0x2c);
      else if (frame.outer === undefined && this.#outer) this.#out.u8(0x5b);
    } else if (frame.kind === "dictionary" && (frame.count++ & 1) === 0) {
      if (frame.count > 1) this.#out.u8(0x2c);
      frame.keyAt = this.#out.length;
    }
  }

  /** Makes a name of the value that was written as key of a dictionary. */
  #after(): void {
    const frame = this.#frame;
    if (frame.keyAt < 0) return;
    const at = frame.keyAt;
    frame.keyAt = -1;
    if (this.#out.buffer[at] !== 0x22) {
      const key = this.#out.view(at).slice();
      this.#out.truncate(at);
      // Escaping what is escaped would double the length with every level of keys in keys.
      for (let index = 0; index < key.length; index++) {
        if (key[index] === 0x22) key[index] = 0x27;
        else if (key[index] === 0x5c) key[index] = 0x2f;
      }
      this.#text(key, 0, key.length);
    }
    this.#out.u8(0x3a);
  }

  #word(text: string): void {
    this.#before();
    this.#ascii(text);
    this.#after();
  }

  #ascii(text: string): void {
    const out = this.#out;
    const at = out.reserve(text.length);
    const { buffer } = out;
    for (let index = 0; index < text.length; index++) buffer[at + index] = text.charCodeAt(index);
  }

  #begin(bracket: number, kind: Kind): Ref {
    this.#before();
    this.#out.u8(bracket);
    const outer = this.#frame;
    let frame = outer.inner;
    if (frame === undefined) {
      frame = outer.inner = newFrame(outer, kind);
    } else {
      frame.kind = kind;
      frame.count = 0;
      frame.keyAt = -1;
    }
    this.#frame = frame;
    return 0;
  }

  #end(bracket: number): void {
    const { outer } = this.#frame;
    if (outer === undefined) throw new RangeError("a container ended that was not begun");
    this.#out.u8(bracket);
    this.#frame = outer;
    this.#after();
  }

  #text(source: Uint8Array, start: number, end: number): void {
    const out = this.#out;
    out.u8(0x22);
    let plain = start;
    for (let at = start; at < end; at++) {
      const byte = source[at]!;
      const escape = ESCAPE[byte]!;
      if (escape === 0) continue;
      let code = byte;
      let size = 1;
      if (byte === SURROGATE_LEAD) {
        const [middle, last] = [source[at + 1], source[at + 2]];
        if (at + 2 >= end || middle === undefined || last === undefined) continue;
        if (middle < 0xa0 || middle > 0xbf || (last & 0xc0) !== 0x80) continue;
        code = 0xd000 | ((middle & 0x3f) << 6) | (last & 0x3f);
        size = 3;
      }
      out.bytes(source, plain, at).u8(0x5c);
      if (escape !== 1) out.u8(escape);
      else {
        out.u8(0x75).u8(HEX[code >> 12]!).u8(HEX[(code >> 8) & 15]!)
          .u8(HEX[(code >> 4) & 15]!).u8(HEX[code & 15]!);
      }
      at += size - 1;
      plain = at + 1;
    }
    out.bytes(source, plain, end).u8(0x22);
  }
}
