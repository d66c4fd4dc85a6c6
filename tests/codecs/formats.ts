import {
  Amf0Reader,
  Amf0Writer,
  Amf3Reader,
  Amf3Writer,
  type DataReader,
  type DataWriter,
  JsonReader,
  JsonWriter,
  QueryReader,
  QueryWriter,
  XmlReader,
  XmlRpcReader,
  XmlRpcWriter,
  XmlWriter,
} from "../../src/codecs/mod.ts";

export interface Format {
  readonly name: string;
  reader(bytes: Uint8Array): DataReader;
  writer(): DataWriter & { take(): Uint8Array };
}

/** Every format, for the tests that hold for all of them. */
export const formats: readonly Format[] = [
  { name: "AMF0", reader: (bytes) => new Amf0Reader(bytes), writer: () => new Amf0Writer() },
  {
    name: "AMF0 alone",
    reader: (bytes) => new Amf0Reader(bytes),
    writer: () => new Amf0Writer(undefined, "never"),
  },
  {
    name: "AMF0 with AMF3",
    reader: (bytes) => new Amf0Reader(bytes),
    writer: () => new Amf0Writer(undefined, "preferred"),
  },
  { name: "AMF3", reader: (bytes) => new Amf3Reader(bytes), writer: () => new Amf3Writer() },
  { name: "JSON", reader: (bytes) => new JsonReader(bytes), writer: () => new JsonWriter() },
  { name: "Query", reader: (bytes) => new QueryReader(bytes), writer: () => new QueryWriter() },
  { name: "XML-RPC", reader: (bytes) => new XmlRpcReader(bytes), writer: () => new XmlRpcWriter() },
  { name: "XML", reader: (bytes) => new XmlReader(bytes), writer: () => new XmlWriter() },
];
