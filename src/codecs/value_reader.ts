import { ProtocolError } from "../bytes/mod.ts";
import { CopyBudget } from "./budget.ts";
import type { DataOutput, DataReader, DataWriter, Ref } from "./data.ts";
import { MAX_DEPTH } from "./limits.ts";
import { className, Dictionary, type ValueObject, Vector, Xml, ZonedDate } from "./value.ts";

const encoder = new TextEncoder();

const NONE = new Map<string, never>();

/** Where short texts are encoded before the writer copies them; shared, since nothing re-enters. */
const scratch = new Uint8Array(48 * 1024);
let source = scratch;

/** Encodes `text` into {@link source}, from its start, and returns how many bytes it took. */
function encode(text: string): number {
  const length = text.length;
  if (length > 48) {
    source = length * 3 > scratch.length ? encoder.encode(text) : scratch;
    return source === scratch ? encoder.encodeInto(text, scratch).written : source.length;
  }
  source = scratch;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x80) return encoder.encodeInto(text, scratch).written;
    scratch[at] = code;
  }
  return length;
}

/** Drives `writer` with one text. */
function writeText(writer: DataWriter, text: string): void {
  const length = encode(text);
  writer.string(source, 0, length);
}

/** Drives `writer` with one property name. */
export function writeName(writer: DataWriter, name: string): void {
  const length = encode(name);
  writer.property(source, 0, length);
}

/**
 * Reads JavaScript values. Plain objects by their own names, class names under {@link className};
 * arrays; `Date`; `Uint8Array`; a `Map` with text keys (and 0 to n-1) as an associative array, any
 * other `Map` as a dictionary; {@link Vector} and the typed arrays of 32 and 64 bits; {@link Xml}.
 * Functions and symbols are undefined. Shared and cyclic values stay so where the format can; else
 * they are copies, and null for a cycle.
 */
export class ValueReader implements DataReader {
  readonly #values: readonly unknown[];
  #next = 0;
  /** Containers open that are written a second time. */
  #copying = 0;
  #budget: CopyBudget | undefined;
  /** Containers written so far; the value is what the writer called them. */
  readonly #refs = new Map<object, Ref>();
  readonly #open: object[] = [];
  readonly #externals: ReadonlyMap<string, (value: object, output: DataOutput) => void>;

  /** `externals` writes the body of an externalizable class for one of its objects. */
  constructor(
    values: readonly unknown[],
    externals: ReadonlyMap<string, (value: object, output: DataOutput) => void> = NONE,
  ) {
    this.#values = values;
    this.#externals = externals;
  }

  get more(): boolean {
    return this.#next < this.#values.length;
  }

  read(writer: DataWriter, count = Infinity): number {
    let done = 0;
    for (; done < count && this.more; done++) this.#value(writer, this.#values[this.#next++]);
    return done;
  }

  #value(writer: DataWriter, value: unknown): void {
    if (this.#copying > 0) {
      const long = typeof value === "string" || value instanceof Uint8Array;
      this.#budget ??= new CopyBudget(0);
      this.#budget.spend(long ? value.length : 0);
    }
    switch (typeof value) {
      case "string":
        return writeText(writer, value);
      case "number":
        return writer.number(value);
      case "boolean":
        return writer.boolean(value);
      case "bigint":
        return writer.bigint(value);
      case "object":
        return value === null ? writer.null() : this.#object(writer, value);
      default:
        return writer.undefined();
    }
  }

  #object(writer: DataWriter, value: object): void {
    const known = this.#refs.get(value);
    if (known !== undefined) {
      if (known !== 0 && writer.reference(known)) return;
      if (this.#open.includes(value)) return writer.null();
    }
    if (this.#open.length >= MAX_DEPTH) {
      throw new ProtocolError(`more than ${MAX_DEPTH} levels deep`);
    }
    if (known !== undefined) this.#copying++;
    this.#open.push(value);
    this.#container(writer, value);
    this.#open.pop();
    if (known !== undefined) this.#copying--;
  }

  #container(writer: DataWriter, value: object): void {
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      this.#named(writer, value as ValueObject);
    } else if (Array.isArray(value)) {
      this.#refs.set(value, writer.beginArray(value.length));
      this.#items(writer, value);
    } else if (value instanceof Date) {
      const zone = value instanceof ZonedDate ? value.zone : 0;
      this.#refs.set(value, writer.date(value.getTime(), zone));
    } else if (value instanceof Uint8Array) {
      this.#refs.set(value, writer.bytes(value, 0, value.length));
    } else if (value instanceof Map) {
      this.#map(writer, value);
    } else if (value instanceof Xml) {
      const text = encoder.encode(value.text);
      this.#refs.set(value, writer.xml(text, 0, text.length, value.legacy));
    } else if (value instanceof Vector) {
      this.#refs.set(value, writer.beginVector(value.kind, value.items.length, value.fixed));
      this.#items(writer, value.items);
    } else if (value instanceof Int32Array || value instanceof Uint32Array) {
      const kind = value instanceof Int32Array ? "int" : "uint";
      this.#refs.set(value, writer.beginVector(kind, value.length, false));
      this.#items(writer, value);
    } else if (value instanceof Float64Array) {
      this.#refs.set(value, writer.beginVector("double", value.length, false));
      this.#items(writer, value);
    } else {
      this.#named(writer, value as ValueObject);
    }
  }

  #named(writer: DataWriter, object: ValueObject): void {
    const type = object[className];
    const body = type === undefined ? undefined : this.#externals.get(type);
    if (type !== undefined && body !== undefined && writer.writeExternal !== undefined) {
      this.#refs.set(object, writer.writeExternal(type, (output) => body(object, output)));
      return;
    }
    this.#refs.set(object, writer.beginObject(type));
    for (const name of Object.keys(object)) {
      writeName(writer, name);
      this.#value(writer, object[name]);
    }
    writer.endObject();
  }

  #items(writer: DataWriter, items: ArrayLike<unknown>): void {
    for (let at = 0; at < items.length; at++) this.#value(writer, items[at]);
    writer.endArray();
  }

  #map(writer: DataWriter, map: Map<unknown, unknown>): void {
    const length = map instanceof Dictionary ? -1 : elementsOf(map);
    if (length < 0) {
      const weak = map instanceof Dictionary && map.weakKeys;
      this.#refs.set(map, writer.beginDictionary(map.size, weak));
      for (const [key, value] of map) {
        this.#value(writer, key);
        this.#value(writer, value);
      }
      return writer.endDictionary();
    }
    this.#refs.set(map, writer.beginMixed(length));
    for (const [key, value] of map) {
      if (typeof key !== "string") continue;
      writeName(writer, key);
      this.#value(writer, value);
    }
    writer.endNamed();
    for (let at = 0; at < length; at++) this.#value(writer, map.get(at));
    writer.endArray();
  }
}

/** How many elements an associative array has; -1 when the keys are not those of one. */
function elementsOf(map: Map<unknown, unknown>): number {
  let named = 0;
  for (const key of map.keys()) if (typeof key === "string") named++;
  const length = map.size - named;
  for (let at = 0; at < length; at++) if (!map.has(at)) return -1;
  return length;
}

/** Drives `writer` with JavaScript values, which share one reference table. */
export function writeValues(writer: DataWriter, ...values: readonly unknown[]): void {
  new ValueReader(values).read(writer);
}
