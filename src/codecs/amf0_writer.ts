import { ByteWriter, encodeText, ProtocolError } from "../bytes/mod.ts";
import { Amf0, MAX_AMF0_REFERENCES } from "./amf0_types.ts";
import { FLEX_TYPES } from "./amf3_types.ts";
import { Amf3Writer } from "./amf3_writer.ts";
import type { DataOutput, DataWriter, Ref, VectorKind } from "./data.ts";

/**
 * When a value goes as AMF3 behind marker 0x11: never (bytes are then a string, vectors strict
 * arrays, dictionaries strict arrays of keys and values in turn, externalizable objects null);
 * where AMF0 lacks the type; for everything that AMF3 can refer to, as peers of object encoding 3
 * expect it; or always.
 */
export type Amf3Use = "never" | "needed" | "preferred" | "always";

/** An open container; kept and used again for later ones at its depth. */
interface Frame {
  /** Index of the next element of an ECMA array; -1 where values need no index. */
  element: number;
  /** Names written into it so far. */
  names: number;
  /** Where the count of an ECMA array is filled in at its end; -1 for other containers. */
  countAt: number;
}

/**
 * Writes AMF0 (AMF0 specification, 2007), the values of one message; {@link take} ends it. A mixed
 * array is an ECMA array: its named part, then its elements with their index as name.
 */
export class Amf0Writer implements DataWriter {
  readonly #out: ByteWriter;
  readonly #frames: Frame[] = [{ element: -1, names: 0, countAt: -1 }];
  #depth = 0;
  #frame: Frame = this.#frames[0]!;
  #references = 0;
  readonly #use: Amf3Use;
  /** Writes the AMF3 parts of the message, into the same output. */
  #amf3: Amf3Writer | undefined;
  /** {@link #amf3} while one of its containers is open: then all goes to it. */
  #inner: Amf3Writer | undefined;
  #innerDepth = 0;

  /** `output` may hold something before the message, such as a header. */
  constructor(output: ByteWriter = new ByteWriter(256), amf3: Amf3Use = "needed") {
    this.#out = output;
    this.#use = amf3;
  }

  /** The output so far, valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#out.view();
  }

  /** Hands the output over and begins the next message. */
  take(): Uint8Array<ArrayBuffer> {
    this.reset();
    return this.#out.take();
  }

  /** Begins the next message: empties the reference tables. */
  reset(): void {
    this.#references = 0;
    this.#depth = 0;
    this.#frame = this.#frames[0]!;
    this.#amf3?.reset();
    this.#inner = undefined;
    this.#innerDepth = 0;
  }

  null(): void {
    const amf3 = this.#scalars;
    if (amf3 !== undefined) return amf3.null();
    this.#marker(Amf0.null);
  }

  undefined(): void {
    const amf3 = this.#scalars;
    if (amf3 !== undefined) return amf3.undefined();
    this.#marker(Amf0.undefined);
  }

  boolean(value: boolean): void {
    const amf3 = this.#scalars;
    if (amf3 !== undefined) return amf3.boolean(value);
    this.#marker(Amf0.boolean);
    this.#out.u8(value ? 1 : 0);
  }

  number(value: number): void {
    const amf3 = this.#scalars;
    if (amf3 !== undefined) return amf3.number(value);
    this.#marker(Amf0.number);
    this.#out.f64(value);
  }

  bigint(value: bigint): void {
    this.number(Number(value));
  }

  string(source: Uint8Array, start: number, end: number): void {
    const amf3 = this.#scalars;
    if (amf3 !== undefined) return amf3.string(source, start, end);
    const length = end - start;
    if (length <= 0xffff) {
      this.#marker(Amf0.string);
      this.#out.u16(length).bytes(source, start, end);
    } else {
      this.#marker(Amf0.longString);
      this.#out.u32(length).bytes(source, start, end);
    }
  }

  date(time: number, zone: number): Ref {
    const amf3 = this.#amf3For(false);
    if (amf3 !== undefined) return -amf3.date(time, zone);
    this.#marker(Amf0.date);
    this.#out.f64(time).u16(zone);
    return 0;
  }

  bytes(source: Uint8Array, start: number, end: number): Ref {
    const amf3 = this.#amf3For(true);
    if (amf3 !== undefined) return -amf3.bytes(source, start, end);
    this.string(source, start, end);
    return 0;
  }

  xml(source: Uint8Array, start: number, end: number, legacy: boolean): Ref {
    const amf3 = this.#amf3For(false);
    if (amf3 !== undefined) return -amf3.xml(source, start, end, legacy);
    this.#marker(Amf0.xmlDocument);
    this.#out.u32(end - start).bytes(source, start, end);
    return 0;
  }

  beginObject(type = ""): Ref {
    const amf3 = this.#amf3For(FLEX_TYPES.has(type));
    if (amf3 !== undefined) return this.#enter(amf3, amf3.beginObject(type));
    if (type === "") {
      this.#marker(Amf0.object);
    } else {
      this.#marker(Amf0.typedObject);
      const name = encodeText(type);
      this.#name(name, 0, name.length);
    }
    return this.#begin(-1);
  }

  property(source: Uint8Array, start: number, end: number): void {
    if (this.#inner !== undefined) return this.#inner.property(source, start, end);
    this.#frame.names++;
    this.#name(source, start, end);
  }

  endObject(): void {
    if (this.#inner !== undefined) {
      this.#inner.endObject();
      return this.#leave();
    }
    this.#out.u24(Amf0.objectEnd);
    this.#end();
  }

  beginArray(length: number): Ref {
    const amf3 = this.#amf3For(false);
    if (amf3 !== undefined) return this.#enter(amf3, amf3.beginArray(length));
    this.#marker(Amf0.strictArray);
    this.#out.u32(length);
    return this.#begin(-1);
  }

  endArray(): void {
    if (this.#inner !== undefined) {
      this.#inner.endArray();
      return this.#leave();
    }
    const { element, names, countAt } = this.#frame;
    if (countAt >= 0) {
      this.#out.setU32(countAt, names + element);
      this.#out.u24(Amf0.objectEnd);
    }
    this.#end();
  }

  beginMixed(length: number): Ref {
    const amf3 = this.#amf3For(false);
    if (amf3 !== undefined) return this.#enter(amf3, amf3.beginMixed(length));
    this.#marker(Amf0.ecmaArray);
    return this.#begin(this.#out.reserve(4));
  }

  endNamed(): void {
    if (this.#inner !== undefined) return this.#inner.endNamed();
    this.#frame.element = 0;
  }

  beginVector(kind: VectorKind, length: number, fixed: boolean): Ref {
    const amf3 = this.#amf3For(true);
    if (amf3 !== undefined) return this.#enter(amf3, amf3.beginVector(kind, length, fixed));
    return this.beginArray(length);
  }

  beginDictionary(size: number, weakKeys: boolean): Ref {
    const amf3 = this.#amf3For(true);
    if (amf3 !== undefined) return this.#enter(amf3, amf3.beginDictionary(size, weakKeys));
    return this.beginArray(size * 2);
  }

  endDictionary(): void {
    if (this.#inner === undefined) return this.endArray();
    this.#inner.endDictionary();
    this.#leave();
  }

  reference(ref: Ref): boolean {
    if (ref < 0) {
      // An object of the AMF3 tables can be told in AMF0 too, behind the marker of a value.
      const amf3 = this.#inner ?? this.#amf3;
      if (amf3 === undefined || !amf3.knows(-ref)) return false;
      if (this.#inner === undefined) this.#marker(Amf0.amf3);
      return amf3.reference(-ref);
    }
    if (this.#inner !== undefined || ref > this.#references || ref > MAX_AMF0_REFERENCES) {
      return false;
    }
    this.#marker(Amf0.reference);
    this.#out.u16(ref - 1);
    return true;
  }

  writeExternal(type: string, produce: (output: DataOutput) => void): Ref {
    const amf3 = this.#amf3For(true);
    if (amf3 === undefined) {
      this.#marker(Amf0.null);
      return 0;
    }
    this.#inner = amf3;
    this.#innerDepth++;
    const ref = amf3.writeExternal(type, produce, this);
    this.#leave();
    return -ref;
  }

  /** Where values go that AMF0 has too and that nothing refers to. */
  get #scalars(): Amf3Writer | undefined {
    return this.#use === "always" ? this.#amf3For(false) : this.#inner;
  }

  /** The AMF3 writer when it takes the next value, which `lacks` a type in AMF0. */
  #amf3For(lacks: boolean): Amf3Writer | undefined {
    if (this.#inner !== undefined) return this.#inner;
    if (this.#use === "never" || (this.#use === "needed" && !lacks)) return undefined;
    this.#marker(Amf0.amf3);
    return this.#amf3 ??= new Amf3Writer(this.#out);
  }

  /** A container of AMF3 is open; its references are negative numbers. */
  #enter(amf3: Amf3Writer, ref: Ref): Ref {
    this.#inner = amf3;
    this.#innerDepth++;
    return -ref;
  }

  #leave(): void {
    if (--this.#innerDepth === 0) this.#inner = undefined;
  }

  /** Begins a value, with its index before it in the elements of an ECMA array. */
  #marker(marker: number): void {
    const frame = this.#frame;
    if (frame.element >= 0) {
      const index = encodeText(String(frame.element++));
      this.#name(index, 0, index.length);
    }
    this.#out.u8(marker);
  }

  #name(source: Uint8Array, start: number, end: number): void {
    if (end - start > 0xffff) {
      throw new ProtocolError(`a name of ${end - start} bytes, 65535 at most`);
    }
    this.#out.u16(end - start).bytes(source, start, end);
  }

  #begin(countAt: number): Ref {
    let frame = this.#frames[++this.#depth];
    if (frame === undefined) {
      frame = { element: -1, names: 0, countAt };
      this.#frames.push(frame);
    } else {
      frame.element = -1;
      frame.names = 0;
      frame.countAt = countAt;
    }
    this.#frame = frame;
    return ++this.#references;
  }

  #end(): void {
    if (this.#depth === 0) throw new RangeError("a container ended that was not begun");
    this.#frame = this.#frames[--this.#depth]!;
  }
}
