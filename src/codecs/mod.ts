/** Data formats, each as one reader and one writer. */
export { Amf0 } from "./amf0_types.ts";
export { Amf0Reader } from "./amf0_reader.ts";
export { Amf0Writer, type Amf3Use } from "./amf0_writer.ts";
export { FLEX_TYPES as flexTypes } from "./amf3_types.ts";
export { Amf3Reader } from "./amf3_reader.ts";
export { Amf3Writer } from "./amf3_writer.ts";
export { growthLimit, repeatsTooMuch } from "./budget.ts";
export { DiscardWriter } from "./discard_writer.ts";
export { firstText } from "./first_text.ts";
export { JsonReader } from "./json_reader.ts";
export { JsonWriter } from "./json_writer.ts";
export { COPY_BUDGET, COPY_COST } from "./limits.ts";
export { readMended } from "./mending_writer.ts";
export { NestedJsonWriter } from "./nested_json_writer.ts";
export { treeSize } from "./tree_size.ts";
export { QueryReader } from "./query_reader.ts";
export { QueryWriter } from "./query_writer.ts";
export { XmlReader } from "./xml_reader.ts";
export { XmlWriter } from "./xml_writer.ts";
export { type XmlRpcKind, XmlRpcReader } from "./xml_rpc_reader.ts";
export { XmlRpcWriter } from "./xml_rpc_writer.ts";
export type { DataInput, DataOutput, DataReader, DataWriter, Ref, VectorKind } from "./data.ts";
export {
  className,
  Dictionary,
  isValueObject,
  type Value,
  type ValueObject,
  Vector,
  Xml,
  ZonedDate,
} from "./value.ts";
export { StringReader } from "./string_reader.ts";
export { ValueReader, writeValues } from "./value_reader.ts";
export { readValues, ValueWriter } from "./value_writer.ts";
