import { ProtocolError } from "./error.ts";

/**
 * Reads a byte range front to back. Every read checks its bounds first and throws
 * {@link ProtocolError} with the offset when the input is too short. Big-endian unless named LE.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  /** Made when it is first needed: most readers of packets never do. */
  #lazyView: DataView | undefined;
  /** Offset of the next byte, in bytes from the start of {@link bytes}. */
  offset: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    if (start < 0 || end > bytes.length || start > end) {
      throw new RangeError(`range ${start}..${end} is outside of ${bytes.length} bytes`);
    }
    this.bytes = bytes;
    this.offset = start;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  /** Moves past `count` bytes and returns the offset of the first one. */
  advance(count: number): number {
    const start = this.offset;
    if (count < 0 || count > this.end - start) {
      throw new ProtocolError(`${count} bytes wanted, ${this.end - start} left`, start);
    }
    this.offset = start + count;
    return start;
  }

  u8(): number {
    return this.bytes[this.advance(1)]!;
  }

  i8(): number {
    return this.#view.getInt8(this.advance(1));
  }

  u16(): number {
    const at = this.advance(2);
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  i16(): number {
    return this.#view.getInt16(this.advance(2));
  }

  u24(): number {
    const at = this.advance(3);
    return (this.bytes[at]! << 16) | (this.bytes[at + 1]! << 8) | this.bytes[at + 2]!;
  }

  u32(): number {
    return this.#view.getUint32(this.advance(4));
  }

  i32(): number {
    return this.#view.getInt32(this.advance(4));
  }

  u16LE(): number {
    return this.#view.getUint16(this.advance(2), true);
  }

  i16LE(): number {
    return this.#view.getInt16(this.advance(2), true);
  }

  u32LE(): number {
    return this.#view.getUint32(this.advance(4), true);
  }

  i32LE(): number {
    return this.#view.getInt32(this.advance(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.advance(8));
  }

  f32(): number {
    return this.#view.getFloat32(this.advance(4));
  }

  f32LE(): number {
    return this.#view.getFloat32(this.advance(4), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.advance(8));
  }

  f64LE(): number {
    return this.#view.getFloat64(this.advance(8), true);
  }

  /**
   * A base-128 number, most significant group first, high bit = more (RFC 7016 §2.1.2).
   * Values past 2^53 - 1 are refused.
   */
  vlu(): number {
    const start = this.offset;
    let value = 0;
    for (let count = 0; count < 8; count++) {
      const byte = this.u8();
      value = value * 128 + (byte & 0x7f);
      if (value > Number.MAX_SAFE_INTEGER) break;
      if ((byte & 0x80) === 0) return value;
    }
    throw new ProtocolError("variable-length number is too large", start);
  }

  /** A view (not a copy) of the next `count` bytes. */
  view(count: number): Uint8Array {
    const start = this.advance(count);
    return this.bytes.subarray(start, start + count);
  }

  /** A view of all that is left. */
  rest(): Uint8Array {
    return this.view(this.remaining);
  }

  get #view(): DataView {
    const { buffer, byteOffset, byteLength } = this.bytes;
    return this.#lazyView ??= new DataView(buffer, byteOffset, byteLength);
  }
}
