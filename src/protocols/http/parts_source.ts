import type { OpenFile } from "../../net/mod.ts";
import type { ByteRange } from "./ranges.ts";
import type { BodySource } from "./wire/response.ts";

/** Bytes in memory, or a range of the open file. */
export type Part = Uint8Array | ByteRange;

/** Bytes of one read of a file. */
const READ_SIZE = 131_072;

/** A body of known length from memory and from a file, which is read one piece ahead. */
export class PartsSource implements BodySource {
  readonly length: number;
  readonly #parts: Part[];
  readonly #file: OpenFile | undefined;
  /** Bytes of the first part that were taken. */
  #at = 0;
  /** What was read and not yet taken. */
  #ready: Uint8Array | undefined;
  #isReading = false;
  #isClosed = false;
  #wake: () => void = () => {};
  #end: (failure?: string) => void = () => {};

  /** @param file what ranges are ranges of; closed with the source */
  constructor(parts: readonly Part[], file?: OpenFile) {
    this.#parts = parts.filter((part) => sizeOf(part) > 0);
    this.#file = file;
    this.length = parts.reduce((sum, part) => sum + sizeOf(part), 0);
  }

  get more(): boolean {
    return this.#ready !== undefined || this.#parts[0] instanceof Uint8Array;
  }

  start(wake: () => void, end: (failure?: string) => void): void {
    this.#wake = wake;
    this.#end = end;
    if (this.#parts.length === 0) this.#finish();
    else wake();
  }

  takeBytes(wanted: number): Uint8Array | undefined {
    const [part] = this.#parts;
    if (part === undefined || this.#isClosed) return undefined;
    if (part instanceof Uint8Array) {
      const piece = part.subarray(this.#at, this.#at + wanted);
      this.#advance(part, piece.length);
      this.#readAhead();
      return piece;
    }
    const piece = this.#ready;
    this.#ready = undefined;
    if (piece !== undefined) this.#advance(part, piece.length);
    this.#readAhead();
    return piece;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.#isReading) this.#file?.close();
  }

  #advance(part: Part, count: number): void {
    this.#at += count;
    if (this.#at < sizeOf(part)) return;
    this.#at = 0;
    this.#parts.shift();
    if (this.#parts.length === 0) this.#finish();
  }

  /** A read that is under way when the source is closed closes the file itself. */
  async #readAhead(): Promise<void> {
    const [part] = this.#parts;
    if (part === undefined || part instanceof Uint8Array) return;
    if (this.#file === undefined || this.#isReading || this.#isClosed) return;
    this.#isReading = true;
    let failure: string | undefined;
    try {
      const from = part.start + this.#at;
      const buffer = new Uint8Array(Math.min(READ_SIZE, part.end - from));
      const count = await this.#file.read(from, buffer);
      if (count === 0) failure = "the file became shorter";
      else this.#ready = buffer.subarray(0, count);
    } catch (error) {
      failure = String(error);
    }
    this.#isReading = false;
    if (this.#isClosed) return this.#file.close();
    if (failure === undefined) return this.#wake();
    this.close();
    this.#end(failure);
  }

  #finish(): void {
    this.close();
    this.#end();
  }
}

function sizeOf(part: Part): number {
  return part instanceof Uint8Array ? part.length : part.end - part.start;
}
