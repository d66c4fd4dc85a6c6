import { ProtocolError } from "../../bytes/mod.ts";
import { Amf0Reader, readValues, type Value } from "../../codecs/mod.ts";
import type { MediaMessage } from "../../media/mod.ts";

/** The named values of `onMetaData`; none of what cannot be read. */
export function metadataOf(message: MediaMessage): Map<string, Value> {
  try {
    const [value] = readValues(new Amf0Reader(message.payload), 1);
    const pairs = value instanceof Map ? [...value] : Object.entries(value ?? {});
    return new Map(pairs.filter((pair): pair is [string, Value] => typeof pair[0] === "string"));
  } catch (error) {
    if (error instanceof ProtocolError) return new Map();
    throw error;
  }
}
