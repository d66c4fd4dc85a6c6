import { ByteWriter, encodeText } from "../bytes/mod.ts";
import type { Ref } from "./data.ts";
import { DiscardWriter } from "./discard_writer.ts";
import { NestedJsonWriter } from "./nested_json_writer.ts";
import { percentEncode } from "./percent.ts";
import { isoDate, numberText } from "./text_forms.ts";

/**
 * Writes a query string: objects as pairs, arrays as their values one after the other. A container
 * as value of a pair, and a dictionary anywhere, is its JSON. Null is `null`, bytes are themselves
 * percent-encoded, dates ISO 8601; class names are left out.
 */
export class QueryWriter extends NestedJsonWriter {
  readonly #out: ByteWriter;
  protected override readonly top: QueryParts;

  constructor(output: ByteWriter = new ByteWriter(256)) {
    super(new ByteWriter(64));
    this.#out = output;
    this.top = new QueryParts(output);
  }

  /** Hands the text over and begins the next one. */
  take(): Uint8Array<ArrayBuffer> {
    this.top.begin();
    this.reset();
    return this.#out.take();
  }

  protected override nests(): boolean {
    return this.top.isNamed;
  }

  protected override onNested(): void {
    const text = this.json.take();
    this.top.string(text, 0, text.length);
  }
}

/** The names and values of a query string, percent-encoded. */
class QueryParts extends DiscardWriter {
  readonly #out: ByteWriter;
  #isFirst = true;
  /** The next value completes a pair. */
  isNamed = false;

  constructor(out: ByteWriter) {
    super();
    this.#out = out;
  }

  /** The next part is the first one. */
  begin(): void {
    this.#isFirst = true;
    this.isNamed = false;
  }

  override null(): void {
    this.#text("null");
  }

  override undefined(): void {
    this.#text("null");
  }

  override boolean(value: boolean): void {
    this.#text(value ? "true" : "false");
  }

  override number(value: number): void {
    this.#text(numberText(value) ?? String(value));
  }

  override bigint(value: bigint): void {
    this.#text(String(value));
  }

  override string(source: Uint8Array, start: number, end: number): void {
    this.#separate();
    percentEncode(this.#out, source, start, end);
  }

  override date(time: number, _zone: number): Ref {
    this.#text(isoDate(time) ?? "null");
    return 0;
  }

  override bytes(source: Uint8Array, start: number, end: number): Ref {
    this.string(source, start, end);
    return 0;
  }

  override xml(source: Uint8Array, start: number, end: number): Ref {
    this.string(source, start, end);
    return 0;
  }

  override property(source: Uint8Array, start: number, end: number): void {
    this.string(source, start, end);
    this.#out.u8(0x3d);
    this.isNamed = true;
  }

  #text(text: string): void {
    const bytes = encodeText(text);
    this.string(bytes, 0, bytes.length);
  }

  /** Puts `&` between parts; the value of a pair follows its name directly. */
  #separate(): void {
    if (this.isNamed) this.isNamed = false;
    else if (this.#isFirst) this.#isFirst = false;
    else this.#out.u8(0x26);
  }
}
