import { ByteReader, decodeText, ProtocolError } from "../bytes/mod.ts";
import { Amf3, FLEX_TYPES } from "./amf3_types.ts";
import { AmfInput } from "./amf_input.ts";
import { CopyBudget } from "./budget.ts";
import type { DataReader, DataWriter, VectorKind } from "./data.ts";
import { MAX_DEPTH } from "./limits.ts";
import { lastAtMost, ReferenceTable } from "./reference_table.ts";

/** Names shorter than this are repeated for free, as their reference costs about as much. */
const FREE_REPEAT = 32;

/** What an object's class says about its values (§3.12). */
interface Traits {
  readonly type: string;
  readonly external: boolean;
  readonly dynamic: boolean;
  /** Start and end of each sealed member's name, in turn. */
  readonly names: readonly number[];
  /** Where the traits end in the input. */
  readonly end: number;
  /** Bytes of all names. */
  readonly size: number;
}

/** An externalizable object of an unknown class: its end cannot be found. */
export class UnknownExternal extends ProtocolError {}

/**
 * Reads AMF3 (AMF3 specification, 2013), the values of one message, with one set of string, traits
 * and object tables. An array with names is a mixed array. ArrayCollection, ArrayList and
 * ObjectProxy of Flex are typed objects with `source` or `object`, unless the writer reads them
 * itself; other externalizable classes are the writer's to read, or an error.
 */
export class Amf3Reader implements DataReader {
  readonly #in: ByteReader;
  readonly #budget: CopyBudget;
  readonly #references = new ReferenceTable();
  readonly #stringStarts: number[] = [];
  readonly #stringEnds: number[] = [];
  readonly #traitsStarts: number[] = [];
  readonly #traits: Traits[] = [];
  /** Range of the string that was read last. */
  #start = 0;
  #end = 0;

  /** `input` is the message, or a reader that stands where its values begin. */
  constructor(input: Uint8Array | ByteReader, budget?: CopyBudget) {
    this.#in = input instanceof ByteReader ? input : new ByteReader(input);
    this.#budget = budget ?? new CopyBudget(this.#in.remaining);
  }

  get more(): boolean {
    return this.#in.remaining > 0;
  }

  read(writer: DataWriter, count = Infinity): number {
    let done = 0;
    for (; done < count && this.more; done++) this.value(writer, 0);
    return done;
  }

  /** Reads one value that stands inside of `depth` containers (of AMF0, or an external body). */
  value(writer: DataWriter, depth: number): void {
    const input = this.#in;
    const start = input.offset;
    const marker = input.u8();
    switch (marker) {
      case Amf3.undefined:
        return writer.undefined();
      case Amf3.null:
        return writer.null();
      case Amf3.false:
        return writer.boolean(false);
      case Amf3.true:
        return writer.boolean(true);
      case Amf3.integer:
        return writer.number((this.#u29() << 3) >> 3);
      case Amf3.double:
        return writer.number(input.f64());
      case Amf3.string:
        this.#string();
        return writer.string(input.bytes, this.#start, this.#end);
      default:
        return this.#complex(writer, marker, start, depth);
    }
  }

  #complex(writer: DataWriter, marker: number, start: number, depth: number): void {
    const input = this.#in;
    if (marker > Amf3.dictionary) {
      throw new ProtocolError(`0x${marker.toString(16)} is no AMF3 type`, start);
    }
    const head = this.#u29();
    if ((head & 1) === 0) {
      return this.#references.repeat(head >> 1, input, writer, this.#budget, () => {
        this.value(writer, depth);
      });
    }
    if (depth >= MAX_DEPTH) throw new ProtocolError(`more than ${MAX_DEPTH} levels deep`, start);
    const index = this.#references.open(start);
    switch (marker) {
      case Amf3.date:
        this.#references.name(index, writer.date(input.f64(), 0));
        break;
      case Amf3.byteArray: {
        const at = input.advance(head >> 1);
        this.#references.name(index, writer.bytes(input.bytes, at, input.offset));
        break;
      }
      case Amf3.xml:
      case Amf3.xmlDocument: {
        const at = input.advance(head >> 1);
        const legacy = marker === Amf3.xmlDocument;
        this.#references.name(index, writer.xml(input.bytes, at, input.offset, legacy));
        break;
      }
      case Amf3.array:
        this.#array(writer, index, head >> 1, depth);
        break;
      case Amf3.object:
        this.#object(writer, index, head, depth);
        break;
      case Amf3.dictionary:
        this.#dictionary(writer, index, head >> 1, depth);
        break;
      default:
        this.#vector(writer, index, marker, head >> 1, depth);
    }
    this.#references.close(index, input.offset);
  }

  /** Refuses a container whose `count` parts, of `size` bytes at least, cannot all be there. */
  #fits(count: number, size: number): void {
    const { remaining, offset } = this.#in;
    if (count * size > remaining) {
      throw new ProtocolError(`${count} parts of a container in ${remaining} bytes`, offset);
    }
  }

  #array(writer: DataWriter, index: number, length: number, depth: number): void {
    const input = this.#in;
    this.#fits(length, 1);
    this.#string();
    if (this.#start === this.#end) {
      this.#references.name(index, writer.beginArray(length));
    } else {
      this.#references.name(index, writer.beginMixed(length));
      do {
        writer.property(input.bytes, this.#start, this.#end);
        this.value(writer, depth + 1);
        this.#string();
      } while (this.#start !== this.#end);
      writer.endNamed();
    }
    this.#fits(length, 1);
    for (let at = 0; at < length; at++) this.value(writer, depth + 1);
    writer.endArray();
  }

  #object(writer: DataWriter, index: number, head: number, depth: number): void {
    const input = this.#in;
    const traits = this.#readTraits(head);
    if (traits.external) return this.#external(writer, index, traits.type, depth);
    this.#references.name(index, writer.beginObject(traits.type));
    const { names } = traits;
    for (let at = 0; at < names.length; at += 2) {
      writer.property(input.bytes, names[at]!, names[at + 1]!);
      this.value(writer, depth + 1);
    }
    if (traits.dynamic) {
      for (this.#string(); this.#start !== this.#end; this.#string()) {
        writer.property(input.bytes, this.#start, this.#end);
        this.value(writer, depth + 1);
      }
    }
    writer.endObject();
  }

  #external(writer: DataWriter, index: number, type: string, depth: number): void {
    const input = this.#in;
    const body = new AmfInput(input, (to) => this.value(to, depth + 1));
    const ref = writer.readExternal?.(type, body);
    if (ref !== undefined) return this.#references.name(index, ref);
    const name = FLEX_TYPES.get(type);
    if (name === undefined) {
      throw new UnknownExternal(`no reader for the externalizable type '${type}'`, input.offset);
    }
    this.#references.name(index, writer.beginObject(type));
    const text = flexNames.get(name)!;
    writer.property(text, 0, text.length);
    this.value(writer, depth + 1);
    writer.endObject();
  }

  #dictionary(writer: DataWriter, index: number, size: number, depth: number): void {
    const weakKeys = this.#in.u8() !== 0;
    this.#fits(size, 2);
    this.#references.name(index, writer.beginDictionary(size, weakKeys));
    for (let at = 0; at < size * 2; at++) this.value(writer, depth + 1);
    writer.endDictionary();
  }

  #vector(
    writer: DataWriter,
    index: number,
    marker: number,
    length: number,
    depth: number,
  ): void {
    const input = this.#in;
    const fixed = input.u8() !== 0;
    let kind: VectorKind;
    if (marker === Amf3.vectorObject) {
      this.#string();
      kind = { object: decodeText(input.bytes, this.#start, this.#end) };
    } else {
      kind = marker === Amf3.vectorInt ? "int" : marker === Amf3.vectorUint ? "uint" : "double";
    }
    this.#fits(length, kind === "double" ? 8 : typeof kind === "string" ? 4 : 1);
    this.#references.name(index, writer.beginVector(kind, length, fixed));
    for (let at = 0; at < length; at++) {
      if (kind === "int") writer.number(input.i32());
      else if (kind === "uint") writer.number(input.u32());
      else if (kind === "double") writer.number(input.f64());
      else this.value(writer, depth + 1);
    }
    writer.endArray();
  }

  #readTraits(head: number): Traits {
    const input = this.#in;
    if ((head & 2) === 0) {
      const traits = this.#traits[head >> 2];
      if (traits === undefined) {
        throw new ProtocolError(`traits ${head >> 2} of ${this.#traits.length}`, input.offset);
      }
      if (traits.size > FREE_REPEAT) this.#budget.spend(traits.size, input.offset);
      return traits;
    }
    const start = input.offset;
    const last = this.#traits.length - 1;
    if (last >= 0 && start <= this.#traitsStarts[last]!) {
      const traits = this.#traits[lastAtMost(this.#traitsStarts, start)]!;
      input.offset = traits.end;
      return traits;
    }
    this.#string();
    let size = this.#end - this.#start;
    const type = decodeText(input.bytes, this.#start, this.#end);
    const external = (head & 4) !== 0;
    const names: number[] = [];
    const count = external ? 0 : head >> 4;
    this.#fits(count, 1);
    for (let at = 0; at < count; at++) {
      this.#string();
      size += this.#end - this.#start;
      names.push(this.#start, this.#end);
    }
    const dynamic = (head & 8) !== 0;
    const traits = { type, external, dynamic, names, end: input.offset, size };
    this.#traitsStarts.push(start);
    this.#traits.push(traits);
    return traits;
  }

  /** Reads a string into {@link #start} and {@link #end} (U29S-ref or inline, §3.8). */
  #string(): void {
    const input = this.#in;
    const head = this.#u29();
    if ((head & 1) === 0) {
      const index = head >> 1;
      const start = this.#stringStarts[index];
      if (start === undefined) {
        const known = this.#stringStarts.length;
        throw new ProtocolError(`string ${index} is out of range, ${known} known`, input.offset);
      }
      this.#start = start;
      this.#end = this.#stringEnds[index]!;
      if (this.#end - start > FREE_REPEAT) this.#budget.spend(this.#end - start, input.offset);
      return;
    }
    const start = input.advance(head >> 1);
    this.#start = start;
    this.#end = input.offset;
    const last = this.#stringStarts.length - 1;
    if (head > 1 && (last < 0 || start > this.#stringStarts[last]!)) {
      this.#stringStarts.push(start);
      this.#stringEnds.push(input.offset);
    }
  }

  /** 29 bits: up to three groups of 7, then a whole byte (§1.3.1). */
  #u29(): number {
    const input = this.#in;
    let byte = input.u8();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    byte = input.u8();
    if (byte < 0x80) return (value << 7) | byte;
    value = (value << 7) | (byte & 0x7f);
    byte = input.u8();
    if (byte < 0x80) return (value << 7) | byte;
    return (value << 15) | ((byte & 0x7f) << 8) | input.u8();
  }
}

const flexNames: ReadonlyMap<string, Uint8Array> = new Map(
  [...FLEX_TYPES.values()].map((name) => [name, new TextEncoder().encode(name)]),
);
