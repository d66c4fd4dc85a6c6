import { ByteWriter } from "../bytes/mod.ts";
import { writeValues } from "../codecs/mod.ts";
import { amfWriter, type FlashMessage } from "./command.ts";
import { MessageType } from "./message_type.ts";

/** What `onStatus` of a player is told in order with the media: they begin. */
export function dataStart(amf3: boolean): FlashMessage {
  return dataMessage(amf3, "onStatus", { code: "NetStream.Data.Start" });
}

/** What `onPlayStatus` is told when a file was sent, or another one of a playlist comes. */
export function playStatus(
  amf3: boolean,
  code: "NetStream.Play.Complete" | "NetStream.Play.Switch",
  details: { readonly duration: number; readonly bytes: number },
): FlashMessage {
  return dataMessage(amf3, "onPlayStatus", { level: "status", code, ...details });
}

function dataMessage(amf3: boolean, name: string, info: Record<string, unknown>): FlashMessage {
  const out = new ByteWriter(128);
  if (amf3) out.u8(0);
  writeValues(amfWriter(out, amf3), name, info);
  return { type: amf3 ? MessageType.dataAmf3 : MessageType.data, payload: out.take() };
}
