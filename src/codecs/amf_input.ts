import type { ByteReader } from "../bytes/mod.ts";
import { fromCharset } from "./charset.ts";
import type { DataInput, DataWriter } from "./data.ts";

/** The body of an externalizable object: the message from where it begins. */
export class AmfInput implements DataInput {
  endian: "bigEndian" | "littleEndian" = "bigEndian";
  readonly #in: ByteReader;
  readonly #value: (writer: DataWriter) => void;

  /** `value` drives a writer with the AMF value at which `input` stands. */
  constructor(input: ByteReader, value: (writer: DataWriter) => void) {
    this.#in = input;
    this.#value = value;
  }

  get bytesAvailable(): number {
    return this.#in.remaining;
  }

  get #little(): boolean {
    return this.endian === "littleEndian";
  }

  readBoolean(): boolean {
    return this.#in.u8() !== 0;
  }

  readByte(): number {
    return this.#in.i8();
  }

  readUnsignedByte(): number {
    return this.#in.u8();
  }

  readShort(): number {
    return this.#little ? this.#in.i16LE() : this.#in.i16();
  }

  readUnsignedShort(): number {
    return this.#little ? this.#in.u16LE() : this.#in.u16();
  }

  readInt(): number {
    return this.#little ? this.#in.i32LE() : this.#in.i32();
  }

  readUnsignedInt(): number {
    return this.#little ? this.#in.u32LE() : this.#in.u32();
  }

  readFloat(): number {
    return this.#little ? this.#in.f32LE() : this.#in.f32();
  }

  readDouble(): number {
    return this.#little ? this.#in.f64LE() : this.#in.f64();
  }

  readUTF(): Uint8Array {
    return this.readBytes(this.readUnsignedShort());
  }

  readUTFBytes(length: number): Uint8Array {
    return this.readBytes(length);
  }

  readMultiByte(length: number, charset: string): Uint8Array {
    return fromCharset(this.#in.view(length >>> 0), charset);
  }

  readBytes(length: number): Uint8Array {
    return this.#in.view(length >>> 0).slice();
  }

  readAMF(writer: DataWriter, count: number): number {
    let done = 0;
    for (; done < count && this.#in.remaining > 0; done++) this.#value(writer);
    return done;
  }
}
