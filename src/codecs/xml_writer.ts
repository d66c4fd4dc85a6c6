import { ByteWriter, encodeText, equalBytes } from "../bytes/mod.ts";
import type { DataWriter, Ref, VectorKind } from "./data.ts";
import { isoDate, numberText, toBase64 } from "./text_forms.ts";
import { type OutputNode, writeTop } from "./xml_output.ts";
import { xmlName } from "./xml_text.ts";

interface Frame {
  readonly node: OutputNode;
  /** In its named part. */
  naming: boolean;
  /** The name that awaits its value. */
  property: Uint8Array | undefined;
  /** Names for its elements by turns: those of an array that has a name, or of a dictionary. */
  readonly items: readonly Uint8Array[];
  count: number;
}

const NAME = encodeText("__name");
const SPACE = encodeText("__space");
const DICTIONARY = [encodeText("key"), encodeText("value")];

function frameOf(name: Uint8Array | undefined, naming: boolean, items: Uint8Array[] = []): Frame {
  const node = { name, keyed: true, attributes: new Map(), children: [], space: undefined };
  return { node, naming, property: undefined, items, count: 0 };
}

/**
 * Writes the tree of {@link XmlReader} back as it was read, but for the form of escapes, of quotes
 * and of white space in tags. Other values find a form too: named scalars are attributes, named
 * containers elements (a named array one for each of its values), a typed object without name an
 * element named by its class, any other container its content alone; scalars of the top stand in
 * `<value>`, and null is nothing. Names that XML cannot have are bent into some.
 */
export class XmlWriter implements DataWriter {
  readonly #out: ByteWriter;
  #frames: Frame[] = [];
  #frame: Frame = frameOf(undefined, false);

  constructor(output: ByteWriter = new ByteWriter(256)) {
    this.#out = output;
  }

  /** Hands the text over and begins the next one. */
  take(): Uint8Array<ArrayBuffer> {
    const top = this.#frames[0] ?? this.#frame;
    this.#frames = [];
    this.#frame = frameOf(undefined, false);
    writeTop(this.#out, top.node);
    return this.#out.take();
  }

  null(): void {
    const frame = this.#frame;
    if (!frame.naming && frame.items.length > 0) this.#add(frameOf(this.#name(), false).node);
    frame.property = undefined;
  }

  undefined(): void {
    this.null();
  }

  boolean(value: boolean): void {
    this.#text(encodeText(value ? "true" : "false"));
  }

  number(value: number): void {
    this.#text(encodeText(numberText(value) ?? String(value)));
  }

  bigint(value: bigint): void {
    this.#text(encodeText(String(value)));
  }

  string(source: Uint8Array, start: number, end: number): void {
    this.#text(source.slice(start, end));
  }

  date(time: number, _zone: number): Ref {
    this.#text(encodeText(isoDate(time) ?? ""));
    return 0;
  }

  bytes(source: Uint8Array, start: number, end: number): Ref {
    this.#text(encodeText(toBase64(source, start, end)));
    return 0;
  }

  xml(source: Uint8Array, start: number, end: number, _legacy: boolean): Ref {
    this.string(source, start, end);
    return 0;
  }

  beginObject(type = ""): Ref {
    return this.#begin(frameOf(this.#name() ?? (type === "" ? undefined : encodeText(type)), true));
  }

  property(source: Uint8Array, start: number, end: number): void {
    this.#frame.property = source.slice(start, end);
  }

  endObject(): void {
    this.#end();
  }

  beginArray(_length: number): Ref {
    const name = this.#name();
    return this.#begin(frameOf(undefined, false, name === undefined ? [] : [name]));
  }

  endArray(): void {
    this.#end();
  }

  beginMixed(_length: number): Ref {
    return this.#begin(frameOf(this.#name(), true));
  }

  endNamed(): void {
    this.#frame.naming = false;
  }

  beginVector(_kind: VectorKind, length: number, _fixed: boolean): Ref {
    return this.beginArray(length);
  }

  beginDictionary(_size: number, _weakKeys: boolean): Ref {
    return this.#begin(frameOf(this.#name(), false, DICTIONARY));
  }

  endDictionary(): void {
    this.#end();
  }

  reference(_ref: Ref): boolean {
    return false;
  }

  /** The name that its parent gives to the value that begins. */
  #name(): Uint8Array | undefined {
    const frame = this.#frame;
    if (frame.naming) return frame.property;
    return frame.items[frame.count++ % frame.items.length];
  }

  #text(text: Uint8Array): void {
    const frame = this.#frame;
    const { node, property } = frame;
    if (!frame.naming) {
      const name = this.#name();
      if (name === undefined) return this.#add(text);
      const item = frameOf(name, false).node;
      item.children.push(text);
      this.#add(item);
    } else if (property !== undefined) {
      frame.property = undefined;
      if (equalBytes(property, NAME)) {
        node.name = text;
        node.keyed = false;
      } else if (equalBytes(property, SPACE)) {
        node.space = String.fromCharCode(...text.subarray(0, 4096));
      } else {
        node.attributes.set(xmlName(property), text);
      }
    }
  }

  #add(child: OutputNode | Uint8Array): void {
    this.#frame.node.children.push(child);
  }

  #begin(frame: Frame): Ref {
    this.#add(frame.node);
    this.#frame.property = undefined;
    this.#frames.push(this.#frame);
    this.#frame = frame;
    return 0;
  }

  #end(): void {
    const outer = this.#frames.pop();
    if (outer === undefined) throw new RangeError("a container ended that was not begun");
    this.#frame = outer;
  }
}
