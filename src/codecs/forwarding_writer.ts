import type { DataWriter, Ref, VectorKind } from "./data.ts";

/** Passes values on to another writer; a subclass says to which, and changes what it wants. */
export abstract class ForwardingWriter implements DataWriter {
  /** The writer of the value that comes now. */
  protected abstract target(): DataWriter;

  null(): void {
    this.target().null();
  }

  undefined(): void {
    this.target().undefined();
  }

  boolean(value: boolean): void {
    this.target().boolean(value);
  }

  number(value: number): void {
    this.target().number(value);
  }

  bigint(value: bigint): void {
    this.target().bigint(value);
  }

  string(source: Uint8Array, start: number, end: number): void {
    this.target().string(source, start, end);
  }

  date(time: number, zone: number): Ref {
    return this.target().date(time, zone);
  }

  bytes(source: Uint8Array, start: number, end: number): Ref {
    return this.target().bytes(source, start, end);
  }

  xml(source: Uint8Array, start: number, end: number, legacy: boolean): Ref {
    return this.target().xml(source, start, end, legacy);
  }

  reference(ref: Ref): boolean {
    return this.target().reference(ref);
  }

  abstract property(source: Uint8Array, start: number, end: number): void;
  abstract beginObject(type?: string, size?: number): Ref;
  abstract endObject(): void;
  abstract beginArray(length: number): Ref;
  abstract endArray(): void;
  abstract beginMixed(length: number): Ref;
  abstract endNamed(): void;
  abstract beginVector(kind: VectorKind, length: number, fixed: boolean): Ref;
  abstract beginDictionary(size: number, weakKeys: boolean): Ref;
  abstract endDictionary(): void;
}
