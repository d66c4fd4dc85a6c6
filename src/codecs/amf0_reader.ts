import { ByteReader, decodeText, ProtocolError } from "../bytes/mod.ts";
import { Amf0 } from "./amf0_types.ts";
import { Amf3Reader } from "./amf3_reader.ts";
import { CopyBudget } from "./budget.ts";
import type { DataReader, DataWriter } from "./data.ts";
import { discard } from "./discard_writer.ts";
import { MAX_DEPTH } from "./limits.ts";
import { ReferenceTable } from "./reference_table.ts";

/**
 * Reads AMF0 (AMF0 specification, 2007), the values of one message: its references are this
 * message's own, and the AMF3 values behind marker 0x11 share one set of AMF3 tables.
 *
 * An ECMA array is a mixed array: the keys "0", "1", … that come in this order are its elements,
 * all others its named part. `unsupported` reads as undefined.
 */
export class Amf0Reader implements DataReader {
  readonly #in: ByteReader;
  readonly #references = new ReferenceTable();
  readonly #budget: CopyBudget;
  readonly #onFault: ((fault: ProtocolError) => void) | undefined;
  #amf3: Amf3Reader | undefined;
  /** Up to here every ECMA array is known to have no elements. */
  #plainUntil = 0;
  /** A discarded ECMA array had an element. */
  #isIndexed = false;

  /**
   * @param input the message, or a reader that stands where its values begin
   * @param onFault takes a value that says nothing but whose end is known (a reserved marker, a
   *   reference to nothing), which is then undefined; without it such a value ends the reading
   */
  constructor(input: Uint8Array | ByteReader, onFault?: (fault: ProtocolError) => void) {
    this.#onFault = onFault;
    this.#in = input instanceof ByteReader ? input : new ByteReader(input);
    this.#budget = new CopyBudget(this.#in.remaining);
  }

  get more(): boolean {
    return this.#in.remaining > 0;
  }

  read(writer: DataWriter, count = Infinity): number {
    let done = 0;
    for (; done < count && this.more; done++) this.#value(writer, 0);
    return done;
  }

  #value(writer: DataWriter, depth: number): void {
    const input = this.#in;
    const start = input.offset;
    const marker = input.u8();
    switch (marker) {
      case Amf0.number:
        return writer.number(input.f64());
      case Amf0.boolean:
        return writer.boolean(input.u8() !== 0);
      case Amf0.string: {
        const length = input.u16();
        const at = input.advance(length);
        return writer.string(input.bytes, at, at + length);
      }
      case Amf0.object:
        return this.#object(writer, start, depth, undefined);
      case Amf0.typedObject: {
        const length = input.u16();
        const at = input.advance(length);
        return this.#object(writer, start, depth, decodeText(input.bytes, at, at + length));
      }
      case Amf0.null:
        return writer.null();
      case Amf0.undefined:
      case Amf0.unsupported:
        return writer.undefined();
      case Amf0.reference: {
        const index = input.u16();
        if (this.#onFault && index >= this.#references.length) {
          this.#onFault(new ProtocolError(`reference ${index} is out of range`, start));
          return writer.undefined();
        }
        return this.#references.repeat(index, input, writer, this.#budget, () => {
          this.#value(writer, depth);
        });
      }
      case Amf0.movieClip:
      case Amf0.recordSet:
        if (!this.#onFault) throw reserved(marker, start);
        this.#onFault(reserved(marker, start));
        return writer.undefined();
      case Amf0.ecmaArray:
        return this.#ecmaArray(writer, start, depth);
      case Amf0.strictArray:
        return this.#strictArray(writer, start, depth);
      case Amf0.date: {
        const time = input.f64();
        writer.date(time, input.i16());
        return;
      }
      case Amf0.longString: {
        const length = input.u32();
        const at = input.advance(length);
        return writer.string(input.bytes, at, at + length);
      }
      case Amf0.xmlDocument: {
        const length = input.u32();
        const at = input.advance(length);
        writer.xml(input.bytes, at, at + length, true);
        return;
      }
      case Amf0.amf3:
        this.#amf3 ??= new Amf3Reader(input, this.#budget);
        return this.#amf3.value(writer, depth);
      default:
        throw reserved(marker, start);
    }
  }

  #open(start: number, depth: number): number {
    if (depth >= MAX_DEPTH) throw new ProtocolError(`more than ${MAX_DEPTH} levels deep`, start);
    return this.#references.open(start);
  }

  /** True at the empty name and the marker that end an object, which are then consumed. */
  #isEnded(): boolean {
    const input = this.#in;
    const { bytes, offset } = input;
    if (input.remaining < 3) throw new ProtocolError("an object does not end", offset);
    if (bytes[offset] !== 0 || bytes[offset + 1] !== 0 || bytes[offset + 2] !== Amf0.objectEnd) {
      return false;
    }
    input.offset = offset + 3;
    return true;
  }

  #object(writer: DataWriter, start: number, depth: number, type: string | undefined): void {
    const input = this.#in;
    const index = this.#open(start, depth);
    this.#references.name(index, writer.beginObject(type));
    while (!this.#isEnded()) {
      const length = input.u16();
      const at = input.advance(length);
      writer.property(input.bytes, at, at + length);
      this.#value(writer, depth + 1);
    }
    writer.endObject();
    this.#references.close(index, input.offset);
  }

  #strictArray(writer: DataWriter, start: number, depth: number): void {
    const input = this.#in;
    const index = this.#open(start, depth);
    const length = input.u32();
    if (length > input.remaining) {
      throw new ProtocolError(`an array of ${length} in ${input.remaining} bytes`, start);
    }
    this.#references.name(index, writer.beginArray(length));
    for (let at = 0; at < length; at++) this.#value(writer, depth + 1);
    writer.endArray();
    this.#references.close(index, input.offset);
  }

  /** The count of an ECMA array is a hint that encoders fill in at will: only its end counts. */
  #ecmaArray(writer: DataWriter, start: number, depth: number): void {
    const input = this.#in;
    const index = this.#open(start, depth);
    input.u32();
    const body = input.offset;
    const length = writer === discard || body < this.#plainUntil ? 0 : this.#scan(depth);
    this.#references.name(index, writer.beginMixed(length));
    this.#pairs(writer, depth, length, false);
    writer.endNamed();
    if (length > 0) {
      input.offset = body;
      this.#pairs(writer, depth, length, true);
    }
    writer.endArray();
    this.#references.close(index, input.offset);
  }

  /** Writes one part of an ECMA array: the `length` elements, or the names. Reads to its end. */
  #pairs(writer: DataWriter, depth: number, length: number, elements: boolean): void {
    const input = this.#in;
    let element = 0;
    while (!this.#isEnded()) {
      const size = input.u16();
      const at = input.advance(size);
      const isElement = element < length && isIndex(input.bytes, at, at + size, element);
      let to = isElement === elements ? writer : discard;
      if (isElement) element++;
      else if (writer === discard) this.#isIndexed ||= isIndex(input.bytes, at, at + size, 0);
      else if (!elements) {
        // An index that comes again after its element is neither.
        if (element > 0 && isBelow(input.bytes, at, at + size, element)) to = discard;
        else writer.property(input.bytes, at, at + size);
      }
      this.#value(to, depth + 1);
    }
  }

  /**
   * Reads an ECMA array ahead, to tell how many elements it has; leaves the input where it was.
   * One that holds an externalizable object, whose end only the writer knows, has none, nor has one
   * that is broken: its writer gets what comes before the fault.
   */
  #scan(depth: number): number {
    const input = this.#in;
    const body = input.offset;
    let count = 0;
    this.#isIndexed = false;
    try {
      while (!this.#isEnded()) {
        const size = input.u16();
        const at = input.advance(size);
        if (isIndex(input.bytes, at, at + size, count)) count++;
        this.#value(discard, depth + 1);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      count = 0;
    }
    this.#budget.spend(input.offset - body, body);
    if (count === 0 && !this.#isIndexed) this.#plainUntil = input.offset;
    input.offset = body;
    return count;
  }
}

function reserved(marker: number, at: number): ProtocolError {
  return new ProtocolError(`0x${marker.toString(16)} is no AMF0 type`, at);
}

/** True when the bytes are the decimal form of `index`. */
function isIndex(bytes: Uint8Array, start: number, end: number, index: number): boolean {
  if (end - start > 10 || bytes[start] !== 48 + Number(String(index)[0])) return false;
  return decodeText(bytes, start, end) === String(index);
}

/** True when the bytes are the decimal form of a whole number from 0 to `bound` - 1. */
function isBelow(bytes: Uint8Array, start: number, end: number, bound: number): boolean {
  const index = end - start <= 10 ? Number(decodeText(bytes, start, end)) : NaN;
  return index < bound && isIndex(bytes, start, end, index);
}
