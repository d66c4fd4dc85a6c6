import { BRIEF_SIZE, briefBytes, giveBack, NOTHING } from "./brief.ts";

const encoder = new TextEncoder();
/** Bytes that a writer has at least once it grows. */
const SMALLEST = 32;

/**
 * Appends numbers and bytes to a buffer that grows by doubling. Big-endian unless named LE.
 * {@link view} is valid until the next write; {@link take} hands the bytes over.
 */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  /** Made when it is needed first. */
  #numbers: DataView | undefined;
  #length = 0;
  #isBrief = false;
  /** Something was written behind its end. */
  #isTruncated = false;
  #grows = true;

  constructor(capacity = 64) {
    this.#bytes = capacity === 0 ? NOTHING : new Uint8Array(capacity);
  }

  /**
   * A writer of one message that is sent or read soon: its memory is {@link briefBytes}, which
   * {@link take} hands over without a copy.
   */
  static brief(capacity: number): ByteWriter {
    const writer = new ByteWriter(0);
    writer.#isBrief = true;
    writer.#bytes = briefBytes(capacity);
    return writer;
  }

  /** A writer into `room`, from its start; more than it holds is a RangeError. */
  static into(room: Uint8Array<ArrayBuffer>): ByteWriter {
    const writer = new ByteWriter(0);
    writer.#bytes = room;
    writer.#grows = false;
    return writer;
  }

  get #view(): DataView {
    return this.#numbers ??= viewOf(this.#bytes);
  }

  get length(): number {
    return this.#length;
  }

  /** The buffer that {@link reserve} offsets point into; replaced when it grows. */
  get buffer(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Makes room for `count` more bytes and returns the offset where they start. */
  reserve(count: number): number {
    const start = this.#length;
    const needed = start + count;
    if (needed > this.#bytes.length) {
      if (!this.#grows) throw new RangeError(`${needed} bytes in a room of ${this.#bytes.length}`);
      const size = Math.max(needed, this.#bytes.length * 2, SMALLEST);
      const grown = this.#isBrief ? briefBytes(size) : new Uint8Array(size);
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
      this.#numbers = undefined;
    }
    this.#length = needed;
    return start;
  }

  u8(value: number): this {
    const at = this.reserve(1);
    this.#bytes[at] = value;
    return this;
  }

  i8(value: number): this {
    return this.u8(value);
  }

  u16(value: number): this {
    const at = this.reserve(2);
    this.#view.setUint16(at, value);
    return this;
  }

  u24(value: number): this {
    const at = this.reserve(3);
    this.#bytes[at] = value >>> 16;
    this.#bytes[at + 1] = value >>> 8;
    this.#bytes[at + 2] = value;
    return this;
  }

  u32(value: number): this {
    const at = this.reserve(4);
    this.#view.setUint32(at, value);
    return this;
  }

  u16LE(value: number): this {
    const at = this.reserve(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32LE(value: number): this {
    const at = this.reserve(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  u64(value: bigint): this {
    const at = this.reserve(8);
    this.#view.setBigUint64(at, value);
    return this;
  }

  f32(value: number): this {
    const at = this.reserve(4);
    this.#view.setFloat32(at, value);
    return this;
  }

  f32LE(value: number): this {
    const at = this.reserve(4);
    this.#view.setFloat32(at, value, true);
    return this;
  }

  f64(value: number): this {
    const at = this.reserve(8);
    this.#view.setFloat64(at, value);
    return this;
  }

  f64LE(value: number): this {
    const at = this.reserve(8);
    this.#view.setFloat64(at, value, true);
    return this;
  }

  /** A base-128 number, most significant group first, high bit = more (RFC 7016 §2.1.2). */
  vlu(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`${value} is not a variable-length unsigned number`);
    }
    const count = vluLength(value);
    let at = this.reserve(count) + count;
    let rest = value;
    let more = 0;
    for (let i = 0; i < count; i++) {
      this.#bytes[--at] = (rest % 128) | more;
      rest = Math.floor(rest / 128);
      more = 0x80;
    }
    return this;
  }

  bytes(source: Uint8Array, start = 0, end = source.length): this {
    const count = end - start;
    const at = this.reserve(count);
    if (count < 24) {
      for (let i = 0; i < count; i++) this.#bytes[at + i] = source[start + i]!;
    } else {
      this.#bytes.set(
        start === 0 && end === source.length ? source : source.subarray(start, end),
        at,
      );
    }
    return this;
  }

  /** UTF-8 of a JavaScript string. */
  text(text: string): this {
    const { length } = text;
    const at = this.reserve(length);
    const bytes = this.#bytes;
    let index = 0;
    for (; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) break;
      bytes[at + index] = code;
    }
    if (index === length) return this;
    this.#length = at + index;
    return this.bytes(encoder.encode(index === 0 ? text : text.slice(index)));
  }

  /** The bytes so far, without copying; valid until the next write. */
  view(start = 0): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes;
    return new Uint8Array(bytes.buffer, bytes.byteOffset + start, this.#length - start);
  }

  /** Overwrites a 32-bit number written before, such as a length known only later. */
  setU32(at: number, value: number): void {
    this.#view.setUint32(at, value);
  }

  setU16(at: number, value: number): void {
    this.#view.setUint16(at, value);
  }

  /** Forgets what was written past `length`. */
  truncate(length: number): void {
    if (length < 0 || length > this.#length) {
      throw new RangeError(`cannot truncate ${this.#length} bytes to ${length}`);
    }
    this.#length = length;
    this.#isTruncated = true;
  }

  /** Hands the bytes over, a copy of them unless they are brief, and empties the writer. */
  take(): Uint8Array<ArrayBuffer> {
    if (this.#isBrief && this.#bytes.length <= BRIEF_SIZE) {
      const bytes = this.view();
      if (!this.#isTruncated) giveBack(this.#bytes, this.#length);
      this.#bytes = NOTHING;
      this.#numbers = undefined;
      this.#length = 0;
      return bytes;
    }
    const copy = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return copy;
  }
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** How many bytes {@link ByteWriter.vlu} needs for `value`. */
export function vluLength(value: number): number {
  let count = 1;
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) count++;
  return count;
}
