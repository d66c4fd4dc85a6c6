import type { DataReader, DataWriter } from "./data.ts";

/** Bytes without a format as one string, whatever they are. */
export class StringReader implements DataReader {
  readonly isTree = true;
  readonly #bytes: Uint8Array;
  #isRead = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get more(): boolean {
    return !this.#isRead;
  }

  read(writer: DataWriter, count = Infinity): number {
    if (this.#isRead || count < 1) return 0;
    this.#isRead = true;
    writer.string(this.#bytes, 0, this.#bytes.length);
    return 1;
  }
}
