import { ByteWriter } from "../../bytes/mod.ts";
import { DiscardWriter, type JsonWriter, NestedJsonWriter, type Ref } from "../../codecs/mod.ts";

/** Strings and bytes as they are, side by side; what has a structure is JSON. */
export class RawWriter extends NestedJsonWriter {
  readonly #out: ByteWriter;
  protected override readonly top: RawValues;

  constructor() {
    const out = ByteWriter.brief(256);
    super(out);
    this.#out = out;
    this.top = new RawValues(out, this.json);
  }

  take(): Uint8Array<ArrayBuffer> {
    return this.#out.take();
  }

  protected override nests(): boolean {
    return true;
  }

  /** The next value on top stands beside this one, without a comma. */
  protected override onNested(): void {
    this.json.finish();
  }
}

/** Values outside of containers; null is nothing. */
class RawValues extends DiscardWriter {
  readonly #out: ByteWriter;
  readonly #json: JsonWriter;

  constructor(out: ByteWriter, json: JsonWriter) {
    super();
    this.#out = out;
    this.#json = json;
  }

  override boolean(value: boolean): void {
    this.#json.boolean(value);
    this.#json.finish();
  }

  override number(value: number): void {
    this.#json.number(value);
    this.#json.finish();
  }

  override bigint(value: bigint): void {
    this.#json.bigint(value);
    this.#json.finish();
  }

  override string(source: Uint8Array, start: number, end: number): void {
    this.#out.bytes(source, start, end);
  }

  override date(time: number, zone: number): Ref {
    this.#json.date(time, zone);
    this.#json.finish();
    return 0;
  }

  override bytes(source: Uint8Array, start: number, end: number): Ref {
    this.#out.bytes(source, start, end);
    return 0;
  }

  override xml(source: Uint8Array, start: number, end: number): Ref {
    this.#out.bytes(source, start, end);
    return 0;
  }
}
