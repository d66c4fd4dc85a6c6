import { ByteWriter, encodeText } from "../bytes/mod.ts";
import { Amf0Reader, readValues, writeValues } from "../codecs/mod.ts";
import type { Publication } from "../hub/mod.ts";
import { type MediaMessage, writeData } from "../media/mod.ts";
import { amfInput, amfWriter, type FlashMessage, statusInfo, statusMessage } from "./command.ts";
import { MessageType } from "./message_type.ts";

/** The AMF0 string `@setDataFrame`: the server is to keep the metadata that follows. */
const SET_DATA_FRAME = Uint8Array.of(2, 0, 13, ...encodeText("@setDataFrame"));

/**
 * A publication's message as a player of object encoding 0 or 3 reads it on its stream.
 * @param name of the publication, for notices of its coming and going
 */
export function encodeMedia(message: MediaMessage, amf3: boolean, name: string): FlashMessage {
  switch (message.kind) {
    case "audio":
    case "video":
      return { type: MessageType[message.kind], payload: message.payload };
    case "data":
      return encodeData(message, amf3);
    case "published":
      return notice(amf3, "PublishNotify", `${name} is now published`, name);
    case "unpublished":
      return notice(amf3, "UnpublishNotify", `${name} is now unpublished`, name);
  }
}

/** The same as a publisher sends it, in AMF0; undefined for notices. */
export function encodePublished(message: MediaMessage): FlashMessage | undefined {
  if (message.kind === "published" || message.kind === "unpublished") return undefined;
  const { type, payload } = encodeMedia(message, false, "");
  if (message.kind !== "data" || message.role !== "config") return { type, payload };
  const out = new ByteWriter(SET_DATA_FRAME.length + payload.length);
  return { type, payload: out.bytes(SET_DATA_FRAME).bytes(payload).take() };
}

/** Appends what a publisher sends; what is no media is left out. @throws ProtocolError */
export function publishMessage(
  publication: Publication,
  type: number,
  time: number,
  payload: Uint8Array,
): void {
  if (type === MessageType.audio) publication.audio(time, payload);
  else if (type === MessageType.video) publication.video(time, payload);
  else if (type === MessageType.data || type === MessageType.dataAmf3) {
    publishData(publication, payload);
  }
}

/** Appends a publisher's data message, or sets or clears the metadata. @throws ProtocolError */
export function publishData(publication: Publication, payload: Uint8Array): void {
  const input = amfInput(payload);
  const values = new Amf0Reader(input);
  let name = readValues(values, 1)[0];
  const isMetadata = name === "@setDataFrame";
  const isClear = name === "@clearDataFrame";
  if (isMetadata || isClear) name = readValues(values, 1)[0];
  else if (name === "|RtmpSampleAccess") return;
  if (typeof name !== "string") return;
  if (isClear) publication.clearMetadata();
  else if (isMetadata || name === "onMetaData") {
    publication.setMetadata(name, input.rest(), "amf0");
  } else publication.data(name, input.rest(), "amf0");
}

function notice(amf3: boolean, code: string, description: string, name: string): FlashMessage {
  const info = statusInfo(`NetStream.Play.${code}`, description);
  return statusMessage(amf3, { ...info, details: name });
}

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
