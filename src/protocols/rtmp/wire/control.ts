import { ByteReader, ByteWriter } from "../../../bytes/mod.ts";
import { MessageType } from "../../../flash/mod.ts";

/** A protocol control message (§5.4). */
export type ControlMessage =
  | { readonly type: typeof MessageType.setChunkSize; readonly size: number }
  | { readonly type: typeof MessageType.abort; readonly chunkStreamId: number }
  /** Bytes received so far, modulo 2^32. */
  | { readonly type: typeof MessageType.acknowledgement; readonly received: number }
  | { readonly type: typeof MessageType.windowSize; readonly size: number }
  | {
    readonly type: typeof MessageType.peerBandwidth;
    readonly size: number;
    readonly limit: Limit;
  };

/** §5.4.5 */
export type Limit = "hard" | "soft" | "dynamic";

const LIMITS: readonly Limit[] = ["hard", "soft", "dynamic"];

/** Payload of a control message. */
export function encodeControl(message: ControlMessage): Uint8Array {
  const out = new ByteWriter(5);
  switch (message.type) {
    case MessageType.setChunkSize:
    case MessageType.windowSize:
      out.u32(message.size);
      break;
    case MessageType.abort:
      out.u32(message.chunkStreamId);
      break;
    case MessageType.acknowledgement:
      out.u32(message.received);
      break;
    case MessageType.peerBandwidth:
      out.u32(message.size).u8(LIMITS.indexOf(message.limit));
      break;
  }
  return out.take();
}

/** True for the types that {@link decodeControl} knows. */
export function isControl(type: number): type is ControlMessage["type"] {
  return type >= MessageType.setChunkSize && type <= MessageType.peerBandwidth &&
    type !== MessageType.userControl;
}

/** False for a message that is too short to say anything: it is left out. */
export function isWhole(type: ControlMessage["type"], payload: Uint8Array): boolean {
  return payload.length >= (type === MessageType.peerBandwidth ? 5 : 4);
}

/** @throws ProtocolError when the payload is too short */
export function decodeControl(type: ControlMessage["type"], payload: Uint8Array): ControlMessage {
  const input = new ByteReader(payload);
  switch (type) {
    case MessageType.setChunkSize:
    case MessageType.windowSize:
      return { type, size: input.u32() };
    case MessageType.abort:
      return { type, chunkStreamId: input.u32() };
    case MessageType.acknowledgement:
      return { type, received: input.u32() };
    case MessageType.peerBandwidth:
      return { type, size: input.u32(), limit: LIMITS[input.u8()] ?? "dynamic" };
  }
}
