import { ByteWriter } from "../bytes/mod.ts";
import { writeValues } from "../codecs/mod.ts";
import { type MediaMessage, writeData } from "../media/mod.ts";
import { amfWriter, type FlashMessage } from "./command.ts";
import { MessageType } from "./message_type.ts";

/** A publication's data message as a player of object encoding 0 or 3 reads it. */
export function encodeData(message: MediaMessage, amf3: boolean): FlashMessage {
  const out = new ByteWriter(message.payload.length + message.name.length + 16);
  if (amf3) out.u8(0);
  const writer = amfWriter(out, amf3);
  writeValues(writer, message.name);
  writeData(message, writer);
  return { type: amf3 ? MessageType.dataAmf3 : MessageType.data, payload: out.take() };
}

/** What players ask before they let a page read samples of the stream. */
export function sampleAccess(audio: boolean, video: boolean): FlashMessage {
  const out = new ByteWriter(32);
  writeValues(amfWriter(out, false), "|RtmpSampleAccess", audio, video);
  return { type: MessageType.data, payload: out.take() };
}

/** What `onPlayStatus` of a player is told when it sees the stream that it switched to. */
export function transitionComplete(amf3: boolean, name: string): FlashMessage {
  const out = new ByteWriter(128);
  if (amf3) out.u8(0);
  const code = "NetStream.Play.TransitionComplete";
  writeValues(amfWriter(out, amf3), "onPlayStatus", { level: "status", code, details: name });
  return { type: amf3 ? MessageType.dataAmf3 : MessageType.data, payload: out.take() };
}
