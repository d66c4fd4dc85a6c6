import { ByteWriter, ProtocolError } from "../bytes/mod.ts";
import {
  Amf0Reader,
  Amf0Writer,
  Amf3Reader,
  className,
  type DataReader,
  type DataWriter,
  isValueObject,
  JsonReader,
  readMended,
  readValues,
  type Value,
  ValueReader,
  ValueWriter,
} from "../codecs/mod.ts";
import type { Role } from "./codec.ts";

/** How the bytes of a data message are written. `amf0` may switch to AMF3 within (marker 0x11). */
export type DataFormat = "amf0" | "amf3" | "json" | "raw";

/** Values and how they are written, as a data message has them. */
export interface DataValues {
  readonly format: DataFormat;
  readonly payload: Uint8Array;
}

/** The values of a publication's data message; undefined for bytes without a format. */
export function dataReader({ format, payload }: DataValues): DataReader | undefined {
  switch (format) {
    case "amf0":
      return new Amf0Reader(payload);
    case "amf3":
      return new Amf3Reader(payload);
    case "json":
      return new JsonReader(payload);
    case "raw":
      return undefined;
  }
}

/**
 * Writes what can be read of a data message, well formed: see {@link readMended}. Metadata is an
 * associative array, which every player takes: AMF0's ECMA array.
 */
export function writeData(
  message: DataValues & { readonly role: Role },
  writer: DataWriter,
): void {
  const reader = readerOf(message);
  if (reader === undefined) return;
  if (message.role !== "config") {
    readMended(reader, writer);
    return;
  }
  const values = new ValueWriter();
  readMended(reader, values);
  new ValueReader(values.values.map(associative)).read(writer);
}

/** Metadata as it is kept, and why it is not as it came: in AMF0 then, with what could be read. */
export function wholeMetadata(metadata: DataValues): DataValues & { readonly fault?: string } {
  const fault = faultOf(metadata);
  if (fault === undefined) return metadata;
  const writer = new Amf0Writer(new ByteWriter(metadata.payload.length + 16), "needed");
  writeData({ ...metadata, role: "config" }, writer);
  return { payload: writer.take(), format: "amf0", fault };
}

/** The first value's names and values; none when it has none. */
export function namedData(message: DataValues): ReadonlyMap<string, Value> {
  const reader = dataReader(message);
  const [value] = reader ? readValues(reader, 1) : [];
  const pairs = value instanceof Map
    ? [...value]
    : isValueObject(value)
    ? Object.entries(value)
    : [];
  return new Map(pairs.filter((pair): pair is [string, Value] => typeof pair[0] === "string"));
}

/** Undefined when not even the beginning can be read. */
function readerOf(message: DataValues): DataReader | undefined {
  try {
    // What says nothing, but has an end, takes nothing else with it.
    if (message.format === "amf0") return new Amf0Reader(message.payload, () => {});
    return dataReader(message) ?? new ValueReader([message.payload]);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function faultOf(message: DataValues): string | undefined {
  try {
    dataReader(message)?.read(new ValueWriter());
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
}

/** A plain object as an associative array; any other value as it is. */
function associative(value: Value): Value {
  return isValueObject(value) && !(className in value)
    ? new Map<Value, Value>(Object.entries(value))
    : value;
}
