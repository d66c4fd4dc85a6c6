import { ByteWriter } from "../bytes/mod.ts";
import { className, readValues, type Value, ValueReader, writeValues } from "../codecs/mod.ts";
import { dataReader, type MediaMessage } from "../hub/mod.ts";
import { amfWriter, type FlashMessage } from "./command.ts";
import { MessageType } from "./message_type.ts";

/**
 * A publication's data message as a player of object encoding 0 or 3 reads it. Metadata is an
 * associative array, which every player takes: AMF0's ECMA array.
 * @throws ProtocolError when the publisher's bytes are not in their format
 */
export function encodeData(message: MediaMessage, amf3: boolean): FlashMessage {
  const out = new ByteWriter(message.payload.length + message.name.length + 16);
  if (amf3) out.u8(0);
  const writer = amfWriter(out, amf3);
  writeValues(writer, message.name);
  const reader = dataReader(message) ?? new ValueReader([message.payload]);
  if (message.role === "config") {
    new ValueReader(readValues(reader).map(associative)).read(writer);
  } else {
    reader.read(writer);
  }
  return { type: amf3 ? MessageType.dataAmf3 : MessageType.data, payload: out.take() };
}

/** A plain object as an associative array; any other value as it is. */
function associative(value: Value): Value {
  const isPlain = typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === null && !(className in value);
  return isPlain ? new Map<Value, Value>(Object.entries(value)) : value;
}

/** What players ask before they let a page read samples of the stream. */
export function sampleAccess(audio: boolean, video: boolean): FlashMessage {
  const out = new ByteWriter(32);
  writeValues(amfWriter(out, false), "|RtmpSampleAccess", audio, video);
  return { type: MessageType.data, payload: out.take() };
}
