import type { ByteWriter } from "../bytes/mod.ts";
import type { DataWriter, Ref, VectorKind } from "./data.ts";
import { ForwardingWriter } from "./forwarding_writer.ts";
import { JsonWriter } from "./json_writer.ts";

/** Writes values of a text form that has no structure: what has one is JSON within it. */
export abstract class NestedJsonWriter extends ForwardingWriter {
  protected readonly json: JsonWriter;
  /** Containers open in {@link json}. */
  #depth = 0;

  /** @param output where the JSON goes */
  constructor(output: ByteWriter) {
    super();
    this.json = new JsonWriter(output, false);
  }

  /** Takes what is no JSON: values on top, and the names before them. */
  protected abstract readonly top: DataWriter;

  /** Whether a container on top is JSON; else its values are values on top. */
  protected abstract nests(): boolean;

  /** The outermost container is whole. */
  protected abstract onNested(): void;

  /** Forgets what is open. */
  protected reset(): void {
    this.#depth = 0;
  }

  protected override target(): DataWriter {
    return this.#depth > 0 ? this.json : this.top;
  }

  override reference(_ref: Ref): boolean {
    return false;
  }

  property(source: Uint8Array, start: number, end: number): void {
    this.target().property(source, start, end);
  }

  beginObject(type?: string): Ref {
    return this.#begin() ? this.json.beginObject(type) : 0;
  }

  endObject(): void {
    if (this.#depth > 0) this.#end(this.json.endObject());
  }

  beginArray(length: number): Ref {
    return this.#begin() ? this.json.beginArray(length) : 0;
  }

  endArray(): void {
    if (this.#depth > 0) this.#end(this.json.endArray());
  }

  beginMixed(length: number): Ref {
    return this.#begin() ? this.json.beginMixed(length) : 0;
  }

  endNamed(): void {
    if (this.#depth > 0) this.json.endNamed();
  }

  beginVector(kind: VectorKind, length: number, fixed: boolean): Ref {
    return this.#begin() ? this.json.beginVector(kind, length, fixed) : 0;
  }

  /** Its keys are of any type: it is JSON wherever it stands. */
  beginDictionary(size: number, weakKeys: boolean): Ref {
    this.#depth++;
    return this.json.beginDictionary(size, weakKeys);
  }

  endDictionary(): void {
    this.#end(this.json.endDictionary());
  }

  #begin(): boolean {
    const isNested = this.#depth > 0 || this.nests();
    if (isNested) this.#depth++;
    return isNested;
  }

  #end(_ended: void): void {
    if (--this.#depth === 0) this.onNested();
  }
}
