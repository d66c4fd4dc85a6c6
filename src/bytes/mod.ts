/** Bytes in and out: bounds-checked reading, growing writing, text and hexadecimal forms. */
export { briefBytes, NOTHING, ownBytes } from "./brief.ts";
export { ByteReader } from "./byte_reader.ts";
export { ByteWriter, vluLength } from "./byte_writer.ts";
export { ProtocolError } from "./error.ts";
export {
  binaryText,
  decodeText,
  encodeText,
  equalBytes,
  fromHex,
  hex,
  isAscii,
  isUtf8,
  ownText,
} from "./text.ts";
