import { decodeText, ProtocolError } from "../bytes/mod.ts";
import { nameText } from "./name_cache.ts";
import type { DataInput, DataReader, DataWriter, Ref, VectorKind } from "./data.ts";
import { MAX_VALUES } from "./limits.ts";
import {
  className,
  Dictionary,
  type Value,
  type ValueObject,
  Vector,
  Xml,
  ZonedDate,
} from "./value.ts";

const NONE = new Map<string, never>();

/** An open container: where the next value goes. */
type Frame =
  | { readonly kind: "list"; readonly items: Value[] }
  | { readonly kind: "object"; readonly object: ValueObject; name: string }
  | { readonly kind: "mixed"; readonly map: Map<Value, Value>; key: string | number }
  | { readonly kind: "dictionary"; readonly map: Dictionary; key: Value; keyed: boolean };

/**
 * Builds JavaScript values, in the forms that {@link ValueReader} reads. Objects have no prototype.
 * Text that is not UTF-8 becomes U+FFFD where it is not.
 */
export class ValueWriter implements DataWriter {
  /** The top-level values so far. */
  readonly values: Value[] = [];
  readonly #frames: Frame[] = [];
  #frame: Frame = { kind: "list", items: this.values };
  readonly #refs: Value[] = [];
  #count = 0;
  readonly #externals: ReadonlyMap<string, (input: DataInput) => Value>;

  /** `externals` makes the value of an externalizable class from its body. */
  constructor(externals: ReadonlyMap<string, (input: DataInput) => Value> = NONE) {
    this.#externals = externals;
  }

  null(): void {
    this.#put(null);
  }

  undefined(): void {
    this.#put(undefined);
  }

  boolean(value: boolean): void {
    this.#put(value);
  }

  number(value: number): void {
    this.#put(value);
  }

  bigint(value: bigint): void {
    this.#put(value);
  }

  string(source: Uint8Array, start: number, end: number): void {
    this.#put(nameText(source, start, end));
  }

  date(time: number, zone: number): Ref {
    return this.#keep(zone === 0 ? new Date(time) : new ZonedDate(time, zone));
  }

  bytes(source: Uint8Array, start: number, end: number): Ref {
    return this.#keep(source.slice(start, end));
  }

  xml(source: Uint8Array, start: number, end: number, legacy: boolean): Ref {
    return this.#keep(new Xml(decodeText(source, start, end), legacy));
  }

  beginObject(type?: string): Ref {
    const object: ValueObject = Object.create(null);
    if (type !== undefined && type !== "") object[className] = type;
    return this.#enter(object, { kind: "object", object, name: "" });
  }

  property(source: Uint8Array, start: number, end: number): void {
    const name = nameText(source, start, end);
    const frame = this.#frame;
    if (frame.kind === "object") frame.name = name;
    else if (frame.kind === "mixed") frame.key = name;
  }

  endObject(): void {
    this.#leave();
  }

  beginArray(_length: number): Ref {
    const items: Value[] = [];
    return this.#enter(items, { kind: "list", items });
  }

  endArray(): void {
    this.#leave();
  }

  beginMixed(_length: number): Ref {
    const map = new Map<Value, Value>();
    return this.#enter(map, { kind: "mixed", map, key: "" });
  }

  endNamed(): void {
    if (this.#frame.kind === "mixed") this.#frame.key = 0;
  }

  beginVector(kind: VectorKind, _length: number, fixed: boolean): Ref {
    const vector = new Vector(kind, [], fixed);
    return this.#enter(vector, { kind: "list", items: vector.items });
  }

  beginDictionary(_size: number, weakKeys: boolean): Ref {
    const map = new Dictionary();
    map.weakKeys = weakKeys;
    return this.#enter(map, { kind: "dictionary", map, key: undefined, keyed: false });
  }

  endDictionary(): void {
    this.#leave();
  }

  reference(ref: Ref): boolean {
    if (ref < 1 || ref > this.#refs.length) return false;
    this.#put(this.#refs[ref - 1]);
    return true;
  }

  readExternal(type: string, input: DataInput): Ref | undefined {
    const read = this.#externals.get(type);
    return read === undefined ? undefined : this.#keep(read(input));
  }

  #put(value: Value): void {
    if (++this.#count > MAX_VALUES) {
      throw new ProtocolError(`more than ${MAX_VALUES} values in one message`);
    }
    const frame = this.#frame;
    if (frame.kind === "list") frame.items.push(value);
    else if (frame.kind === "object") frame.object[frame.name] = value;
    else if (frame.kind === "mixed") {
      frame.map.set(frame.key, value);
      if (typeof frame.key === "number") frame.key++;
    } else if (frame.keyed) {
      frame.map.set(frame.key, value);
      frame.keyed = false;
    } else {
      frame.key = value;
      frame.keyed = true;
    }
  }

  #keep(value: Value): Ref {
    this.#put(value);
    return this.#refs.push(value);
  }

  #enter(value: Value, frame: Frame): Ref {
    this.#put(value);
    this.#frames.push(this.#frame);
    this.#frame = frame;
    return this.#refs.push(value);
  }

  #leave(): void {
    const outer = this.#frames.pop();
    if (outer === undefined) throw new RangeError("a container ended that was not begun");
    this.#frame = outer;
  }
}

/** All values that are left in `reader` (or the next `count`), as JavaScript values. */
export function readValues(reader: DataReader, count?: number): Value[] {
  const writer = new ValueWriter();
  reader.read(writer, count);
  return writer.values;
}
