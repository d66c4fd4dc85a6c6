/** NetConnection and NetStream, as RTMP and RTMFP share them. */
export { aggregateParts } from "./aggregate.ts";
export {
  amfInput,
  commandMessage,
  type FlashMessage,
  readCommand,
  statusInfo,
  statusMessage,
} from "./command.ts";
export { codecProperties } from "./connect.ts";
export { encodeData, encodeMedia, encodePublished, publishMessage } from "./media_data.ts";
export { MessageType } from "./message_type.ts";
export type { NetConnectionOptions } from "./connecting.ts";
export type { Message } from "./messages.ts";
export { NetConnection } from "./net_connection.ts";
export type { NetStream } from "./net_stream.ts";
export type { Delivery, DeliveryOptions, FlashOutput, MessageFlow } from "./output.ts";
export {
  decodeUserControl,
  encodeUserControl,
  type UserControl,
  UserEvent,
} from "./user_control.ts";
