import { ByteWriter } from "../../bytes/mod.ts";
import { type DataWriter, JsonWriter, type Ref, type VectorKind } from "../../codecs/mod.ts";

/** Strings and bytes as they are, side by side; what has a structure is JSON. */
export class RawWriter implements DataWriter {
  readonly #out = ByteWriter.brief(256);
  readonly #json = new JsonWriter(this.#out, false);
  #depth = 0;

  take(): Uint8Array<ArrayBuffer> {
    return this.#out.take();
  }

  null(): void {
    if (this.#depth > 0) this.#json.null();
  }

  undefined(): void {
    this.null();
  }

  boolean(value: boolean): void {
    this.#json.boolean(value);
    this.#after();
  }

  number(value: number): void {
    this.#json.number(value);
    this.#after();
  }

  bigint(value: bigint): void {
    this.#json.bigint(value);
    this.#after();
  }

  string(source: Uint8Array, start: number, end: number): void {
    if (this.#depth > 0) this.#json.string(source, start, end);
    else this.#out.bytes(source, start, end);
  }

  date(time: number, zone: number): Ref {
    this.#json.date(time, zone);
    this.#after();
    return 0;
  }

  bytes(source: Uint8Array, start: number, end: number): Ref {
    if (this.#depth > 0) this.#json.bytes(source, start, end);
    else this.#out.bytes(source, start, end);
    return 0;
  }

  xml(source: Uint8Array, start: number, end: number, _legacy: boolean): Ref {
    this.string(source, start, end);
    return 0;
  }

  beginObject(type?: string): Ref {
    this.#depth++;
    return this.#json.beginObject(type);
  }

  property(source: Uint8Array, start: number, end: number): void {
    this.#json.property(source, start, end);
  }

  endObject(): void {
    this.#json.endObject();
    this.#end();
  }

  beginArray(length: number): Ref {
    this.#depth++;
    return this.#json.beginArray(length);
  }

  endArray(): void {
    this.#json.endArray();
    this.#end();
  }

  beginMixed(length: number): Ref {
    this.#depth++;
    return this.#json.beginMixed(length);
  }

  endNamed(): void {
    this.#json.endNamed();
  }

  beginVector(kind: VectorKind, length: number, fixed: boolean): Ref {
    this.#depth++;
    return this.#json.beginVector(kind, length, fixed);
  }

  beginDictionary(size: number, weakKeys: boolean): Ref {
    this.#depth++;
    return this.#json.beginDictionary(size, weakKeys);
  }

  endDictionary(): void {
    this.#json.endDictionary();
    this.#end();
  }

  reference(): boolean {
    return false;
  }

  #end(): void {
    this.#depth--;
    this.#after();
  }

  /** The next value on top stands beside this one, without a comma. */
  #after(): void {
    if (this.#depth === 0) this.#json.finish();
  }
}
