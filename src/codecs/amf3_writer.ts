import { ByteWriter, encodeText, ProtocolError } from "../bytes/mod.ts";
import {
  Amf3,
  FLEX_TYPES,
  MAX_AMF3_INTEGER,
  MAX_AMF3_LENGTH,
  MIN_AMF3_INTEGER,
} from "./amf3_types.ts";
import { AmfOutput } from "./amf_output.ts";
import type { DataOutput, DataWriter, Ref, VectorKind } from "./data.ts";
import { StringTable } from "./string_table.ts";

/** State of the message at one point, to return to. */
interface Mark {
  readonly length: number;
  readonly strings: number;
  readonly traits: number;
  readonly objects: number;
  readonly refs: number;
}

/** An open container; kept and used again for later ones at its depth. */
interface Frame {
  /** Elements of a vector come without marker. */
  raw: "" | "int" | "uint" | "double";
  /** Class of an externalizable of Flex, until its first property tells how it is written. */
  pending: string;
  /** Its body is written: nothing may follow. */
  external: boolean;
  /** Where the property began that the format cannot hold: its value is taken back. */
  drop: Mark | undefined;
}

function newFrame(): Frame {
  return { raw: "", pending: "", external: false, drop: undefined };
}

/**
 * Writes AMF3 (AMF3 specification, 2013), the values of one message; {@link take} ends it. Objects
 * have all their members dynamic, with their class name. A property with an empty name is left out,
 * since an empty name ends an object.
 */
export class Amf3Writer implements DataWriter {
  readonly #out: ByteWriter;
  readonly #strings: StringTable;
  /** Class name, with "\0" before an externalizable one's. */
  readonly #traits = new Map<string, number>();
  /** Keys of {@link #traits}, in order. */
  readonly #traitKeys: string[] = [];
  #objects = 0;
  /** Object index * 32 + marker of each reference handed out; -1 for one that was taken back. */
  readonly #refs: number[] = [];
  readonly #frames: Frame[] = [newFrame()];
  #depth = 0;
  #frame: Frame = this.#frames[0]!;

  constructor(output: ByteWriter = new ByteWriter(256)) {
    this.#out = output;
    this.#strings = new StringTable(output);
  }

  /** The message so far, valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#out.view();
  }

  /** Hands the message over and begins the next one, with empty tables. */
  take(): Uint8Array<ArrayBuffer> {
    this.reset();
    return this.#out.take();
  }

  /** Begins the next message: empties the tables. */
  reset(): void {
    this.#depth = 0;
    this.#frame = this.#frames[0]!;
    this.#strings.truncate(0);
    this.#traits.clear();
    this.#traitKeys.length = 0;
    this.#objects = 0;
    this.#refs.length = 0;
  }

  null(): void {
    this.#marker(Amf3.null);
  }

  undefined(): void {
    this.#marker(Amf3.undefined);
  }

  boolean(value: boolean): void {
    this.#marker(value ? Amf3.true : Amf3.false);
  }

  number(value: number): void {
    const { raw } = this.#frame;
    if (raw !== "") {
      if (raw === "double") this.#out.f64(value);
      else this.#out.u32(value);
    } else if (
      (value | 0) === value && value >= MIN_AMF3_INTEGER && value <= MAX_AMF3_INTEGER &&
      !Object.is(value, -0)
    ) {
      this.#out.u8(Amf3.integer);
      this.#u29(value & 0x1fffffff);
    } else {
      this.#out.u8(Amf3.double).f64(value);
    }
  }

  bigint(value: bigint): void {
    this.number(Number(value));
  }

  string(source: Uint8Array, start: number, end: number): void {
    this.#marker(Amf3.string);
    this.#string(source, start, end);
  }

  date(time: number, _zone: number): Ref {
    const ref = this.#begin(Amf3.date);
    this.#out.u8(1).f64(time);
    return ref;
  }

  bytes(source: Uint8Array, start: number, end: number): Ref {
    const ref = this.#begin(Amf3.byteArray);
    this.#length(end - start);
    this.#out.bytes(source, start, end);
    return ref;
  }

  xml(source: Uint8Array, start: number, end: number, legacy: boolean): Ref {
    const ref = this.#begin(legacy ? Amf3.xmlDocument : Amf3.xml);
    this.#length(end - start);
    this.#out.bytes(source, start, end);
    return ref;
  }

  beginObject(type = ""): Ref {
    const ref = this.#begin(Amf3.object);
    const frame = this.#enter();
    if (FLEX_TYPES.has(type)) frame.pending = type;
    else this.#writeTraits(type, false);
    return ref;
  }

  property(source: Uint8Array, start: number, end: number): void {
    const frame = this.#frame;
    if (frame.drop !== undefined) this.#takeBack(frame);
    if (frame.pending !== "") {
      const type = frame.pending;
      frame.pending = "";
      frame.external = isName(FLEX_TYPES.get(type)!, source, start, end);
      this.#writeTraits(type, frame.external);
      if (frame.external) return;
    }
    if (start === end || frame.external) frame.drop = this.#mark();
    this.#string(source, start, end);
  }

  endObject(): void {
    const frame = this.#frame;
    if (frame.drop !== undefined) this.#takeBack(frame);
    if (frame.pending !== "") {
      this.#writeTraits(frame.pending, true);
      this.#out.u8(Amf3.null);
    } else if (!frame.external) {
      this.#out.u8(1);
    }
    this.#leave();
  }

  beginArray(length: number): Ref {
    const ref = this.#begin(Amf3.array);
    this.#length(length);
    this.#out.u8(1);
    this.#enter();
    return ref;
  }

  endArray(): void {
    this.#leave();
  }

  beginMixed(length: number): Ref {
    const ref = this.#begin(Amf3.array);
    this.#length(length);
    this.#enter();
    return ref;
  }

  endNamed(): void {
    if (this.#frame.drop !== undefined) this.#takeBack(this.#frame);
    this.#out.u8(1);
  }

  beginVector(kind: VectorKind, length: number, fixed: boolean): Ref {
    const ref = this.#begin(vectorMarker(kind));
    this.#length(length);
    this.#out.u8(fixed ? 1 : 0);
    if (typeof kind !== "string") {
      const type = encodeText(kind.object);
      this.#string(type, 0, type.length);
    }
    this.#enter().raw = typeof kind === "string" ? kind : "";
    return ref;
  }

  beginDictionary(size: number, weakKeys: boolean): Ref {
    const ref = this.#begin(Amf3.dictionary);
    this.#length(size);
    this.#out.u8(weakKeys ? 1 : 0);
    this.#enter();
    return ref;
  }

  endDictionary(): void {
    this.#leave();
  }

  reference(ref: Ref): boolean {
    const known = this.#refs[ref - 1];
    if (known === undefined || known < 0) return false;
    this.#marker(known & 31);
    this.#u29((known >> 5) << 1);
    return true;
  }

  /** True when {@link reference} can repeat `ref`. */
  knows(ref: Ref): boolean {
    return (this.#refs[ref - 1] ?? -1) >= 0;
  }

  /** The values of the body go to `writer`: the one that the caller's references are from. */
  writeExternal(
    type: string,
    produce: (output: DataOutput) => void,
    writer: DataWriter = this,
  ): Ref {
    const ref = this.#begin(Amf3.object);
    this.#writeTraits(type, true);
    this.#enter();
    produce(new AmfOutput(this.#out, writer));
    this.#leave();
    return ref;
  }

  #marker(marker: number): void {
    if (this.#frame.raw !== "") throw new ProtocolError("a vector of numbers holds numbers only");
    this.#out.u8(marker);
  }

  /** Begins a value that can be referred to. */
  #begin(marker: number): Ref {
    this.#marker(marker);
    return this.#refs.push((this.#objects++ << 5) | marker);
  }

  #enter(): Frame {
    let frame = this.#frames[++this.#depth];
    if (frame === undefined) {
      frame = newFrame();
      this.#frames.push(frame);
    } else {
      frame.raw = frame.pending = "";
      frame.external = false;
      frame.drop = undefined;
    }
    this.#frame = frame;
    return frame;
  }

  #leave(): void {
    if (this.#depth === 0) throw new RangeError("a container ended that was not begun");
    this.#frame = this.#frames[--this.#depth]!;
  }

  #mark(): Mark {
    return {
      length: this.#out.length,
      strings: this.#strings.length,
      traits: this.#traits.size,
      objects: this.#objects,
      refs: this.#refs.length,
    };
  }

  #takeBack(frame: Frame): void {
    const mark = frame.drop!;
    frame.drop = undefined;
    this.#out.truncate(mark.length);
    this.#strings.truncate(mark.strings);
    for (const key of this.#traitKeys.splice(mark.traits)) this.#traits.delete(key);
    this.#objects = mark.objects;
    for (let at = mark.refs; at < this.#refs.length; at++) this.#refs[at] = -1;
  }

  #writeTraits(type: string, external: boolean): void {
    const key = external ? `\0${type}` : type;
    const known = this.#traits.get(key);
    if (known !== undefined) return this.#u29((known << 2) | 1);
    this.#traits.set(key, this.#traitKeys.push(key) - 1);
    this.#out.u8(external ? 0x07 : 0x0b);
    const name = encodeText(type);
    this.#string(name, 0, name.length);
  }

  #string(source: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (size === 0) {
      this.#out.u8(1);
      return;
    }
    const at = this.#out.length + (size < 0x40 ? 1 : size < 0x2000 ? 2 : size < 0x100000 ? 3 : 4);
    const known = this.#strings.findOrAdd(source, start, end, at);
    if (known >= 0) return this.#u29(known << 1);
    this.#length(size);
    this.#out.bytes(source, start, end);
  }

  /** A length, with the flag that says: here it is, not a reference. */
  #length(length: number): void {
    if (length > MAX_AMF3_LENGTH) throw new ProtocolError(`${length} is too long for AMF3`);
    this.#u29((length << 1) | 1);
  }

  #u29(value: number): void {
    const out = this.#out;
    if (value < 0x80) out.u8(value);
    else if (value < 0x4000) out.u16((((value >> 7) | 0x80) << 8) | (value & 0x7f));
    else if (value < 0x200000) {
      out.u24(
        (((value >> 14) | 0x80) << 16) | ((((value >> 7) & 0x7f) | 0x80) << 8) | (value & 0x7f),
      );
    } else {
      out.u24(
        (((value >> 22) | 0x80) << 16) | ((((value >> 15) & 0x7f) | 0x80) << 8) |
          (((value >> 8) & 0x7f) | 0x80),
      ).u8(value);
    }
  }
}

function vectorMarker(kind: VectorKind): number {
  if (typeof kind !== "string") return Amf3.vectorObject;
  return kind === "int" ? Amf3.vectorInt : kind === "uint" ? Amf3.vectorUint : Amf3.vectorDouble;
}

/** True when the bytes are those of an ASCII `name`. */
function isName(name: string, source: Uint8Array, start: number, end: number): boolean {
  if (end - start !== name.length) return false;
  for (let at = 0; at < name.length; at++) {
    if (source[start + at] !== name.charCodeAt(at)) return false;
  }
  return true;
}
