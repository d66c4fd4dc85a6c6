import { ProtocolError } from "../bytes/mod.ts";
import type { DataReader, Ref } from "./data.ts";
import { SizeWriter } from "./size_writer.ts";

/** Longest name that every format takes, in bytes: AMF0 has 16 bits for it. */
const MAX_NAME = 0xffff;

/**
 * How large values are in bytes where references are copies, about: what a format without
 * references makes of them. They are read once, however often they are repeated.
 * @throws ProtocolError when they are more than `limit`, or have a name that AMF0 cannot carry
 */
export function treeSize(values: DataReader, limit: number): number {
  const size = new TreeSizeWriter();
  values.read(size);
  if (size.total <= limit) return size.total;
  throw new ProtocolError(`values of ${size.total} bytes without references, ${limit} at most`);
}

class TreeSizeWriter extends SizeWriter {
  /** Of each container that has ended, by its reference. */
  readonly #sizes = new Map<Ref, number>();
  readonly #open: { readonly ref: Ref; readonly start: number }[] = [];

  /** A container inside of itself is written as nothing. */
  override reference(ref: Ref): boolean {
    this.total += this.#sizes.get(ref) ?? 0;
    return true;
  }
  override property(source: Uint8Array, start: number, end: number): void {
    checkName(end - start);
    super.property(source, start, end);
  }
  override date(): Ref {
    return this.#single(this.total, super.date());
  }
  override bytes(source: Uint8Array, start: number, end: number): Ref {
    return this.#single(this.total, super.bytes(source, start, end));
  }
  override xml(source: Uint8Array, start: number, end: number): Ref {
    return this.#single(this.total, super.xml(source, start, end));
  }
  override beginObject(type = ""): Ref {
    checkName(type.length);
    return this.#begin(this.total, super.beginObject());
  }
  override beginArray(): Ref {
    return this.#begin(this.total, super.beginArray());
  }
  override beginMixed(): Ref {
    return this.#begin(this.total, super.beginMixed());
  }
  override beginVector(): Ref {
    return this.#begin(this.total, super.beginVector());
  }
  override beginDictionary(): Ref {
    return this.#begin(this.total, super.beginDictionary());
  }
  override endObject(): void {
    this.#end();
  }
  override endArray(): void {
    this.#end();
  }
  override endDictionary(): void {
    this.#end();
  }

  #single(start: number, ref: Ref): Ref {
    this.#sizes.set(ref, this.total - start);
    return ref;
  }

  #begin(start: number, ref: Ref): Ref {
    this.#open.push({ ref, start });
    return ref;
  }

  #end(): void {
    const container = this.#open.pop();
    if (container !== undefined) this.#sizes.set(container.ref, this.total - container.start);
  }
}

function checkName(length: number): void {
  if (length > MAX_NAME) throw new ProtocolError(`a name of ${length} bytes, ${MAX_NAME} at most`);
}
