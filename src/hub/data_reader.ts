import { Amf0Reader, Amf3Reader, type DataReader, JsonReader } from "../codecs/mod.ts";
import type { MediaMessage } from "./media_message.ts";

/** The values of a publication's data message; undefined for bytes without a format. */
export function dataReader(
  { format, payload }: Pick<MediaMessage, "format" | "payload">,
): DataReader | undefined {
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
