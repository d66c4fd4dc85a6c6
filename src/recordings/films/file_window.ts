import { ProtocolError } from "../../bytes/mod.ts";
import { readBytes } from "../flv_tags.ts";
import type { ReadableFile } from "../storage.ts";
import { WINDOW } from "./params.ts";

/** Reads of a file at places that follow each other mostly: a part of it is kept. */
export class FileWindow {
  readonly #file: ReadableFile;
  readonly #size: number;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(file: ReadableFile, size = WINDOW) {
    this.#file = file;
    this.#size = size;
  }

  /** Bytes of the file. */
  get end(): number {
    return this.#file.size;
  }

  /** Exactly these bytes, which are the caller's. @throws ProtocolError when the file ends before */
  async read(position: number, length: number): Promise<Uint8Array> {
    const bytes = await this.readUpTo(position, length);
    if (bytes.length < length) {
      throw new ProtocolError(`the file ends within ${length} bytes`, position);
    }
    return bytes;
  }

  /** As many of these bytes as there are. */
  async readUpTo(position: number, length: number): Promise<Uint8Array> {
    const rest = this.#file.rest?.();
    if (rest !== undefined) await rest;
    const from = position - this.#start;
    if (from < 0 || from + length > this.#bytes.length) {
      this.#bytes = await readBytes(this.#file, position, Math.max(length, this.#size));
      this.#start = position;
      return this.#bytes.subarray(0, Math.min(length, this.#bytes.length));
    }
    return this.#bytes.subarray(from, from + length);
  }
}
