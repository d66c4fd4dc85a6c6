import type { ByteWriter } from "../bytes/mod.ts";
import { toCharset } from "./charset.ts";
import type { DataOutput, DataReader, DataWriter } from "./data.ts";

/** Where the body of an externalizable object is written: into its message. */
export class AmfOutput implements DataOutput {
  endian: "bigEndian" | "littleEndian" = "bigEndian";
  readonly #out: ByteWriter;
  readonly #writer: DataWriter;

  constructor(output: ByteWriter, writer: DataWriter) {
    this.#out = output;
    this.#writer = writer;
  }

  get #little(): boolean {
    return this.endian === "littleEndian";
  }

  writeBoolean(value: boolean): void {
    this.#out.u8(value ? 1 : 0);
  }

  writeByte(value: number): void {
    this.#out.u8(value);
  }

  writeShort(value: number): void {
    if (this.#little) this.#out.u16LE(value);
    else this.#out.u16(value);
  }

  writeInt(value: number): void {
    if (this.#little) this.#out.u32LE(value);
    else this.#out.u32(value);
  }

  writeUnsignedInt(value: number): void {
    this.writeInt(value);
  }

  writeFloat(value: number): void {
    if (this.#little) this.#out.f32LE(value);
    else this.#out.f32(value);
  }

  writeDouble(value: number): void {
    if (this.#little) this.#out.f64LE(value);
    else this.#out.f64(value);
  }

  writeUTF(text: Uint8Array): void {
    if (text.length > 0xffff) throw new RangeError(`${text.length} bytes of UTF, 65535 at most`);
    this.writeShort(text.length);
    this.#out.bytes(text);
  }

  writeUTFBytes(text: Uint8Array): void {
    this.#out.bytes(text);
  }

  writeMultiByte(text: Uint8Array, charset: string): void {
    this.#out.bytes(toCharset(text, charset));
  }

  writeBytes(bytes: Uint8Array, from = 0, count = bytes.length - from): void {
    const [offset, length] = [from >>> 0, count >>> 0];
    if (offset + length > bytes.length) {
      throw new RangeError(`range ${offset}+${length} is outside of ${bytes.length} bytes`);
    }
    this.#out.bytes(bytes, offset, offset + length);
  }

  writeAMF(reader: DataReader): void {
    reader.read(this.#writer);
  }
}
