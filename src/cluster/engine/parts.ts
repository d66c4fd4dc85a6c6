import { type ByteReader, ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import { MAX_FRAME } from "../params.ts";

/** Bytes before those of the message in each part. */
export const PART_HEADER = 12;

/**
 * Cuts a message that is longer than the broker takes into parts of at most `size` bytes of it.
 * Each has 32 bits of the message's number, of its length, and of where the part begins in it; the
 * message is 8 bits of type, then the body.
 */
export function* splitMessage(
  number: number,
  type: number,
  body: Uint8Array,
  size: number,
): Generator<Uint8Array> {
  const message = new ByteWriter(1 + body.length).u8(type).bytes(body).view();
  for (let at = 0; at < message.length; at += size) {
    const piece = message.subarray(at, at + size);
    const part = new ByteWriter(PART_HEADER + piece.length);
    yield part.u32(number).u32(message.length).u32(at).bytes(piece).view();
  }
}

/** Puts the parts of one sender's messages together again; they come in order, or are lost. */
export class Assembly {
  #number = -1;
  #length = 0;
  #received = 0;
  #pieces: Uint8Array[] = [];

  /**
   * Takes a part, and returns the message when it is whole. One that misses a part is dropped.
   * @throws ProtocolError when the part is malformed, or of a message longer than any frame
   */
  add(part: ByteReader): Uint8Array | undefined {
    const [number, length, at] = [part.u32(), part.u32(), part.u32()];
    const piece = part.rest();
    if (length > MAX_FRAME || piece.length === 0 || at + piece.length > length) {
      throw new ProtocolError(`${piece.length} bytes at ${at} of a message of ${length}`);
    }
    if (at === 0) this.#begin(number, length);
    if (number !== this.#number || length !== this.#length || at !== this.#received) {
      this.#begin(-1, 0);
      return undefined;
    }
    this.#pieces.push(piece.slice());
    this.#received += piece.length;
    if (this.#received < length) return undefined;
    const whole = new ByteWriter(length);
    for (const bytes of this.#pieces) whole.bytes(bytes);
    this.#begin(-1, 0);
    return whole.view();
  }

  #begin(number: number, length: number): void {
    this.#number = number;
    this.#length = length;
    this.#received = 0;
    this.#pieces = [];
  }
}
