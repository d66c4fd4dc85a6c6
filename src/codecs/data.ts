/**
 * The data layer's two halves. A {@link DataReader} walks one format and drives any
 * {@link DataWriter}; no tree is built in between, so every reader works with every writer.
 */

/**
 * Names a container that a writer began, so that a later {@link DataWriter.reference} can repeat it.
 * 0 means that the writer keeps no references.
 */
export type Ref = number;

/** Element type of an AMF3 vector; an object vector carries its class name ("" for any). */
export type VectorKind = "int" | "uint" | "double" | { readonly object: string };

/**
 * Receives values in order. Containers nest: between `beginObject` and `endObject` every value
 * follows a `property`; an array's `length` elements follow `beginArray` directly.
 * Byte ranges are only valid during the call: a writer copies what it keeps.
 */
export interface DataWriter {
  null(): void;
  undefined(): void;
  boolean(value: boolean): void;
  number(value: number): void;
  /** A whole number of up to 64 bits that a double cannot hold exactly. */
  bigint(value: bigint): void;
  /** Text: UTF-8 when it is text at all, passed through unchanged when it is not. */
  string(source: Uint8Array, start: number, end: number): void;
  /** Milliseconds since the Unix epoch (UTC); `zone` in minutes, kept only by AMF0. */
  date(time: number, zone: number): Ref;
  /** A ByteArray. */
  bytes(source: Uint8Array, start: number, end: number): Ref;
  /** An XML document as text: `legacy` is AMF's XMLDocument, otherwise E4X's XML. */
  xml(source: Uint8Array, start: number, end: number, legacy: boolean): Ref;

  /**
   * An object with named values, with its class name when it is a typed one, and how many there
   * are when the reader knows it.
   */
  beginObject(type?: string, size?: number): Ref;
  /** The name of the value that follows. */
  property(source: Uint8Array, start: number, end: number): void;
  endObject(): void;

  beginArray(length: number): Ref;
  endArray(): void;

  /**
   * An array with a named part: properties with their values, then `endNamed`, then `length`
   * elements, then `endArray`. With no elements it is AMF's associative (ECMA) array.
   */
  beginMixed(length: number): Ref;
  endNamed(): void;

  /** A vector of `length` elements, ended by `endArray`. */
  beginVector(kind: VectorKind, length: number, fixed: boolean): Ref;

  /** A dictionary: `size` keys of any type, each followed by its value. */
  beginDictionary(size: number, weakKeys: boolean): Ref;
  endDictionary(): void;

  /**
   * Repeats a container (or date, bytes, XML) written before in this message.
   * False when the format has no references: the reader then writes a copy, or null for a cycle.
   */
  reference(ref: Ref): boolean;

  /**
   * An externalizable object on its way in: the writer reads the body itself from `input`.
   * Undefined when it does not know the type; absent when it knows none.
   */
  readExternal?(type: string, input: DataInput): Ref | undefined;
  /** An externalizable object on its way out: `produce` writes the body. Absent when unsupported. */
  writeExternal?(type: string, produce: (output: DataOutput) => void): Ref;
}

/** One format's values, read front to back. Malformed input throws ProtocolError. */
export interface DataReader {
  /** True while another top-level value can be read. */
  readonly more: boolean;
  /** True when no container is ever repeated: the writer's references are not asked for. */
  readonly isTree?: boolean;
  /** Drives `writer` with up to `count` top-level values (default: all); returns how many. */
  read(writer: DataWriter, count?: number): number;
}

/** AS3's IDataInput, for the body of an externalizable object. */
export interface DataInput {
  endian: "bigEndian" | "littleEndian";
  readonly bytesAvailable: number;
  readBoolean(): boolean;
  readByte(): number;
  readUnsignedByte(): number;
  readShort(): number;
  readUnsignedShort(): number;
  readInt(): number;
  readUnsignedInt(): number;
  readFloat(): number;
  readDouble(): number;
  /** 16-bit length, then that many bytes of UTF-8. */
  readUTF(): Uint8Array;
  readUTFBytes(length: number): Uint8Array;
  readMultiByte(length: number, charset: string): Uint8Array;
  readBytes(length: number): Uint8Array;
  /** Drives `writer` with the next `count` AMF values; returns how many there were. */
  readAMF(writer: DataWriter, count: number): number;
}

/** AS3's IDataOutput, for the body of an externalizable object. */
export interface DataOutput {
  endian: "bigEndian" | "littleEndian";
  writeBoolean(value: boolean): void;
  writeByte(value: number): void;
  writeShort(value: number): void;
  writeInt(value: number): void;
  writeUnsignedInt(value: number): void;
  writeFloat(value: number): void;
  writeDouble(value: number): void;
  writeUTF(text: Uint8Array): void;
  writeUTFBytes(text: Uint8Array): void;
  writeMultiByte(text: Uint8Array, charset: string): void;
  writeBytes(bytes: Uint8Array, offset?: number, length?: number): void;
  /** Writes all values of `reader` as AMF, sharing the message's reference tables. */
  writeAMF(reader: DataReader): void;
}
