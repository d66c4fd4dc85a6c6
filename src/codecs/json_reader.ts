import { canonicalValue } from "../base/mod.ts";
import { ByteWriter, decodeText, encodeText } from "../bytes/mod.ts";
import type { DataReader, DataWriter } from "./data.ts";
import { hexDigit, isSpace, scanJson, skipSpace } from "./json_scan.ts";
import { fromBase64, isoTime, textNumber } from "./text_forms.ts";

const ESCAPES: ReadonlyMap<number, number> = new Map([
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
]);

const SIZE = encodeText('"__size"');
/** Bytes up to which a dictionary's key may be a number. */
const LONGEST_KEY = 24;

/**
 * Reads JSON (RFC 8259). An outer array holds several values, anything else is one. `{"__raw": …}`
 * alone is bytes (base64, or the text itself when it is none); a first member `__type` is the class
 * name; a first member `__size` with a number makes a dictionary, whose keys are numbers and booleans
 * where they are written as one. A text in the form of a date, ISO 8601 with milliseconds in UTC, is
 * one. Whole numbers of up to 64 bits stay exact. A lone surrogate escape becomes its three bytes,
 * and bytes that are not UTF-8 pass unchanged.
 */
export class JsonReader implements DataReader {
  readonly isTree = true;
  readonly #bytes: Uint8Array;
  readonly #counts: readonly number[];
  /** Next entry of {@link #counts}. */
  #container = 0;
  #at: number;
  #left: number;
  /** Where strings with escapes are put together. */
  #scratch: ByteWriter | undefined;
  /** Where the string that was read last stands. */
  #source: Uint8Array;
  #start = 0;
  #end = 0;

  /** Checks all of `bytes` at once: ProtocolError when it is not JSON. */
  constructor(bytes: Uint8Array) {
    this.#bytes = this.#source = bytes;
    const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    this.#counts = scanJson(bytes, start);
    this.#at = skipSpace(bytes, start);
    if (bytes[this.#at] === 0x5b) {
      this.#left = this.#counts[this.#container++]!;
      this.#at++;
    } else {
      this.#left = 1;
    }
  }

  get more(): boolean {
    return this.#left > 0;
  }

  read(writer: DataWriter, count = Infinity): number {
    let done = 0;
    for (; done < count && this.#left > 0; done++, this.#left--) {
      this.#skip();
      this.#value(writer);
    }
    return done;
  }

  /** Moves past white space, commas and colons: the text is known to be right. */
  #skip(): void {
    const bytes = this.#bytes;
    let byte = bytes[this.#at];
    while (isSpace(byte) || byte === 0x2c || byte === 0x3a) byte = bytes[++this.#at];
  }

  #value(writer: DataWriter): void {
    switch (this.#bytes[this.#at]) {
      case 0x22:
        return this.#text(writer);
      case 0x7b:
        return this.#object(writer);
      case 0x5b:
        return this.#array(writer);
      case 0x74:
        this.#at += 4;
        return writer.boolean(true);
      case 0x66:
        this.#at += 5;
        return writer.boolean(false);
      case 0x6e:
        this.#at += 4;
        return writer.null();
      default:
        return this.#number(writer);
    }
  }

  /** A date when it is what a date is written as, else a string. */
  #text(writer: DataWriter): void {
    this.#string();
    const time = isoTime(this.#source, this.#start, this.#end);
    if (time === undefined) writer.string(this.#source, this.#start, this.#end);
    else writer.date(time, 0);
  }

  #array(writer: DataWriter): void {
    const length = this.#counts[this.#container++]!;
    writer.beginArray(length);
    this.#at++;
    for (let done = 0; done < length; done++) {
      this.#skip();
      this.#value(writer);
    }
    this.#close();
    writer.endArray();
  }

  #object(writer: DataWriter): void {
    let left = this.#counts[this.#container++]!;
    this.#at++;
    let type: string | undefined;
    if (left > 0) {
      this.#skip();
      if (left === 1 && this.#special("__raw")) {
        const raw = fromBase64(this.#source, this.#start, this.#end);
        if (raw === undefined) writer.bytes(this.#source, this.#start, this.#end);
        else writer.bytes(raw, 0, raw.length);
        return this.#close();
      }
      if (this.#special("__type")) {
        type = decodeText(this.#source, this.#start, this.#end);
        left--;
      } else if (this.#isSize()) {
        return this.#dictionary(writer, left - 1);
      }
    }
    writer.beginObject(type, left);
    for (; left > 0; left--) {
      this.#skip();
      this.#string();
      writer.property(this.#source, this.#start, this.#end);
      this.#skip();
      this.#value(writer);
    }
    this.#close();
    writer.endObject();
  }

  #dictionary(writer: DataWriter, size: number): void {
    writer.beginDictionary(size, false);
    for (let left = size; left > 0; left--) {
      this.#skip();
      this.#string();
      this.#key(writer);
      this.#skip();
      this.#value(writer);
    }
    this.#close();
    writer.endDictionary();
  }

  /** The name read last, as the key that it was written for. */
  #key(writer: DataWriter): void {
    const short = this.#end - this.#start <= LONGEST_KEY;
    const key = short && canonicalValue(decodeText(this.#source, this.#start, this.#end));
    if (typeof key === "number") writer.number(key);
    else if (typeof key === "bigint") writer.bigint(key);
    else if (typeof key === "boolean" && short) writer.boolean(key);
    else writer.string(this.#source, this.#start, this.#end);
  }

  /** Moves past the member `__size` with a whole number, when that is what stands next. */
  #isSize(): boolean {
    const bytes = this.#bytes;
    for (let index = 0; index < SIZE.length; index++) {
      if (bytes[this.#at + index] !== SIZE[index]) return false;
    }
    let at = skipSpace(bytes, skipSpace(bytes, this.#at + SIZE.length) + 1);
    const start = at;
    for (let byte = bytes[at]; byte !== undefined && byte >= 0x30 && byte <= 0x39;) {
      byte = bytes[++at];
    }
    const end = skipSpace(bytes, at);
    if (at === start || (bytes[end] !== 0x2c && bytes[end] !== 0x7d)) return false;
    this.#at = at;
    return true;
  }

  #close(): void {
    this.#at = skipSpace(this.#bytes, this.#at) + 1;
  }

  /** Reads the string value of the member `name` when that is what stands next. */
  #special(name: string): boolean {
    const bytes = this.#bytes;
    for (let index = 0; index < name.length; index++) {
      if (bytes[this.#at + 1 + index] !== name.charCodeAt(index)) return false;
    }
    const start = this.#at;
    this.#at += name.length + 1;
    if (bytes[this.#at] === 0x22) {
      this.#at++;
      this.#skip();
      if (bytes[this.#at] === 0x22) {
        this.#string();
        return true;
      }
    }
    this.#at = start;
    return false;
  }

  #number(writer: DataWriter): void {
    const bytes = this.#bytes;
    const start = this.#at;
    const negative = bytes[start] === 0x2d;
    let at = negative ? start + 1 : start;
    let value = 0;
    let byte = bytes[at];
    for (; byte !== undefined && byte >= 0x30 && byte <= 0x39; byte = bytes[++at]) {
      value = value * 10 + (byte - 0x30);
    }
    if (value <= Number.MAX_SAFE_INTEGER && byte !== 0x2e && byte !== 0x65 && byte !== 0x45) {
      this.#at = at;
      return writer.number(negative ? -value : value);
    }
    while (byte !== undefined && byte > 0x20 && byte !== 0x2c && byte !== 0x5d && byte !== 0x7d) {
      byte = bytes[++at];
    }
    this.#at = at;
    const exact = textNumber(decodeText(bytes, start, at));
    if (typeof exact === "bigint") writer.bigint(exact);
    else writer.number(exact);
  }

  /** Reads a string into {@link #source}: the input itself when nothing is escaped. */
  #string(): void {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    let at = start;
    let byte = bytes[at]!;
    while (byte !== 0x22 && byte !== 0x5c) byte = bytes[++at]!;
    if (byte === 0x22) {
      this.#source = bytes;
      this.#start = start;
      this.#end = at;
      this.#at = at + 1;
      return;
    }
    const text = this.#scratch ??= new ByteWriter(64);
    text.truncate(0);
    let plain = start;
    while (byte !== 0x22) {
      if (byte === 0x5c) {
        text.bytes(bytes, plain, at);
        at = plain = this.#escape(text, at + 1);
      } else {
        at++;
      }
      byte = bytes[at]!;
    }
    text.bytes(bytes, plain, at);
    this.#source = text.view();
    this.#start = 0;
    this.#end = text.length;
    this.#at = at + 1;
  }

  /** Appends to `text` what an escape sequence stands for; returns the offset behind it. */
  #escape(text: ByteWriter, at: number): number {
    const bytes = this.#bytes;
    const letter = bytes[at]!;
    if (letter !== 0x75) {
      text.u8(ESCAPES.get(letter) ?? letter);
      return at + 1;
    }
    let code = this.#unit(at + 1);
    at += 5;
    if (code >= 0xd800 && code < 0xdc00 && bytes[at] === 0x5c && bytes[at + 1] === 0x75) {
      const low = this.#unit(at + 2);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
      }
    }
    if (code < 0x80) text.u8(code);
    else if (code < 0x800) text.u8(0xc0 | (code >> 6)).u8(0x80 | (code & 0x3f));
    else if (code < 0x10000) {
      text.u8(0xe0 | (code >> 12)).u8(0x80 | ((code >> 6) & 0x3f)).u8(0x80 | (code & 0x3f));
    } else {
      text.u8(0xf0 | (code >> 18)).u8(0x80 | ((code >> 12) & 0x3f))
        .u8(0x80 | ((code >> 6) & 0x3f)).u8(0x80 | (code & 0x3f));
    }
    return at;
  }

  #unit(at: number): number {
    const bytes = this.#bytes;
    return (hexDigit(bytes[at]) << 12) | (hexDigit(bytes[at + 1]) << 8) |
      (hexDigit(bytes[at + 2]) << 4) | hexDigit(bytes[at + 3]);
  }
}
