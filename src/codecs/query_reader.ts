import { canonicalValue } from "../base/mod.ts";
import { ByteWriter, decodeText } from "../bytes/mod.ts";
import type { DataReader, DataWriter } from "./data.ts";
import { percentDecode } from "./percent.ts";

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
/** Bytes up to which a value may be a number. */
const LONGEST = 24;

/**
 * Reads a query string or a form: each run of pairs is one object, a part without `=` one value.
 * Numbers and booleans are what {@link canonicalValue} takes for one. Any bytes are a query string:
 * it throws nothing.
 */
export class QueryReader implements DataReader {
  readonly isTree = true;
  readonly #bytes: Uint8Array;
  readonly #scratch = new ByteWriter(64);
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#skip();
  }

  get more(): boolean {
    return this.#at < this.#bytes.length;
  }

  read(writer: DataWriter, count = Infinity): number {
    let done = 0;
    for (; done < count && this.more; done++) {
      const end = this.#partEnd();
      if (this.#equals(end) < 0) {
        this.#value(writer, this.#at, end);
        this.#next(end);
      } else {
        this.#pairs(writer, end);
      }
    }
    return done;
  }

  #pairs(writer: DataWriter, end: number): void {
    writer.beginObject();
    let equals = this.#equals(end);
    while (equals >= 0) {
      this.#decode(this.#at, equals);
      writer.property(this.#scratch.buffer, 0, this.#scratch.length);
      this.#value(writer, equals + 1, end);
      this.#next(end);
      end = this.#partEnd();
      equals = this.#equals(end);
    }
    writer.endObject();
  }

  #value(writer: DataWriter, start: number, end: number): void {
    this.#decode(start, end);
    const { buffer, length } = this.#scratch;
    // Longer than any number: not worth the decoding.
    if (length <= LONGEST) {
      const value = canonicalValue(decodeText(buffer, 0, length));
      if (typeof value === "number") return writer.number(value);
      if (typeof value === "boolean") return writer.boolean(value);
      if (typeof value === "bigint") return writer.bigint(value);
    }
    writer.string(buffer, 0, length);
  }

  #decode(start: number, end: number): void {
    this.#scratch.truncate(0);
    percentDecode(this.#scratch, this.#bytes, start, end);
  }

  /** Where the part ends at which the input stands. */
  #partEnd(): number {
    const end = this.#bytes.indexOf(AMPERSAND, this.#at);
    return end < 0 ? this.#bytes.length : end;
  }

  /** Where the `=` of the part is that ends at `end`; -1 without one. */
  #equals(end: number): number {
    for (let at = this.#at; at < end; at++) if (this.#bytes[at] === EQUALS) return at;
    return -1;
  }

  #next(end: number): void {
    this.#at = end;
    this.#skip();
  }

  /** Moves past separators: between two of them there is nothing. */
  #skip(): void {
    while (this.#bytes[this.#at] === AMPERSAND) this.#at++;
  }
}
