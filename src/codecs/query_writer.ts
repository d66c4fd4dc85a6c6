import { ByteWriter, encodeText } from "../bytes/mod.ts";
import type { DataWriter, Ref, VectorKind } from "./data.ts";
import { JsonWriter } from "./json_writer.ts";
import { percentEncode } from "./percent.ts";
import { isoDate, numberText } from "./text_forms.ts";

/**
 * Writes a query string: objects as pairs, arrays as their values one after the other. A container
 * as value of a pair, and a dictionary anywhere, is its JSON. Null is `null`, bytes are themselves
 * percent-encoded, dates ISO 8601; class names are left out.
 */
export class QueryWriter implements DataWriter {
  readonly #out: ByteWriter;
  /** True when the next value completes a pair. */
  #named = false;
  #first = true;
  #json: JsonWriter | undefined;
  readonly #nested = new ByteWriter(64);
  /** Containers open in {@link #json}. */
  #depth = 0;

  constructor(output: ByteWriter = new ByteWriter(256)) {
    this.#out = output;
  }

  /** Hands the text over and begins the next one. */
  take(): Uint8Array<ArrayBuffer> {
    this.#first = true;
    this.#named = false;
    this.#depth = 0;
    return this.#out.take();
  }

  null(): void {
    if (this.#depth > 0) this.#inner.null();
    else this.#text("null");
  }

  undefined(): void {
    this.null();
  }

  boolean(value: boolean): void {
    if (this.#depth > 0) this.#inner.boolean(value);
    else this.#text(value ? "true" : "false");
  }

  number(value: number): void {
    if (this.#depth > 0) this.#inner.number(value);
    else this.#text(numberText(value) ?? String(value));
  }

  bigint(value: bigint): void {
    if (this.#depth > 0) this.#inner.bigint(value);
    else this.#text(String(value));
  }

  string(source: Uint8Array, start: number, end: number): void {
    if (this.#depth > 0) return this.#inner.string(source, start, end);
    this.#separate();
    percentEncode(this.#out, source, start, end);
  }

  date(time: number, zone: number): Ref {
    if (this.#depth > 0) return this.#inner.date(time, zone);
    this.#text(isoDate(time) ?? "null");
    return 0;
  }

  bytes(source: Uint8Array, start: number, end: number): Ref {
    if (this.#depth > 0) return this.#inner.bytes(source, start, end);
    this.string(source, start, end);
    return 0;
  }

  xml(source: Uint8Array, start: number, end: number, _legacy: boolean): Ref {
    this.string(source, start, end);
    return 0;
  }

  beginObject(type?: string): Ref {
    return this.#nests(false) ? this.#inner.beginObject(type) : 0;
  }

  property(source: Uint8Array, start: number, end: number): void {
    if (this.#depth > 0) return this.#inner.property(source, start, end);
    this.#separate();
    percentEncode(this.#out, source, start, end);
    this.#out.u8(0x3d);
    this.#named = true;
  }

  endObject(): void {
    if (this.#depth > 0) this.#leave(() => this.#inner.endObject());
  }

  beginArray(length: number): Ref {
    return this.#nests(false) ? this.#inner.beginArray(length) : 0;
  }

  endArray(): void {
    if (this.#depth > 0) this.#leave(() => this.#inner.endArray());
  }

  beginMixed(length: number): Ref {
    return this.#nests(false) ? this.#inner.beginMixed(length) : 0;
  }

  endNamed(): void {
    if (this.#depth > 0) this.#inner.endNamed();
  }

  beginVector(_kind: VectorKind, length: number, _fixed: boolean): Ref {
    return this.beginArray(length);
  }

  beginDictionary(size: number, weakKeys: boolean): Ref {
    this.#nests(true);
    return this.#inner.beginDictionary(size, weakKeys);
  }

  endDictionary(): void {
    this.#leave(() => this.#inner.endDictionary());
  }

  reference(_ref: Ref): boolean {
    return false;
  }

  get #inner(): JsonWriter {
    return this.#json ??= new JsonWriter(this.#nested, false);
  }

  /** True when the container that begins goes to JSON. */
  #nests(always: boolean): boolean {
    if (this.#depth === 0 && !this.#named && !always) return false;
    this.#depth++;
    return true;
  }

  #leave(end: () => void): void {
    end();
    if (--this.#depth > 0) return;
    const text = this.#inner.take();
    this.#separate();
    percentEncode(this.#out, text, 0, text.length);
  }

  #text(text: string): void {
    const bytes = encodeText(text);
    this.string(bytes, 0, bytes.length);
  }

  /** Puts `&` between parts; the value of a pair follows its name directly. */
  #separate(): void {
    if (this.#named) this.#named = false;
    else if (this.#first) this.#first = false;
    else this.#out.u8(0x26);
  }
}
