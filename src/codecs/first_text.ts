import { decodeText } from "../bytes/mod.ts";
import type { DataReader, Ref } from "./data.ts";
import { DiscardWriter } from "./discard_writer.ts";

/** Keeps the first value when it is text; whatever else comes is passed over. */
class FirstText extends DiscardWriter {
  text: string | undefined;
  #isFirst = true;

  override string(source: Uint8Array, start: number, end: number): void {
    if (this.#isFirst) this.text = decodeText(source, start, end);
  }
  override beginObject(): Ref {
    return this.#begin();
  }
  override beginArray(): Ref {
    return this.#begin();
  }
  override beginMixed(): Ref {
    return this.#begin();
  }
  override beginVector(): Ref {
    return this.#begin();
  }
  override beginDictionary(): Ref {
    return this.#begin();
  }
  override reference(): boolean {
    return true;
  }
  #begin(): Ref {
    this.#isFirst = false;
    return 1;
  }
}

/** Reads one value: its text, undefined when it is none, without a tree of what it is. */
export function firstText(reader: DataReader): string | undefined {
  const first = new FirstText();
  reader.read(first, 1);
  return first.text;
}
