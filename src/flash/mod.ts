/** NetConnection and NetStream, as RTMP and RTMFP share them. */
export { placeOf } from "./address.ts";
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
export { isRequest, type Message } from "./messages.ts";
export { NetConnection } from "./net_connection.ts";
export type { NetStream } from "./net_stream.ts";
export { AccessPaths } from "./shared_objects/access_paths.ts";
export { Allowance } from "./shared_objects/allowance.ts";
export { ClientObjects } from "./shared_objects/client_objects.ts";
export { MAX_SLOT_NAME } from "./shared_objects/params.ts";
export {
  type Authority,
  ChangeRefusal,
  type Keeper,
  type Receiver,
  SharedObject,
} from "./shared_objects/shared_object.ts";
export {
  type ObjectCluster,
  SharedObjects,
  type SharedObjectStore,
  type StoredObject,
} from "./shared_objects/shared_objects.ts";
export { type Slot, slotSize } from "./shared_objects/slots.ts";
export type {
  Author,
  Change,
  Notice,
  NoticeEncoder,
  ObjectEvent,
  Update,
} from "./shared_objects/update.ts";
export { keepValues, type KeptValues, writeKept } from "./shared_objects/value.ts";
export type { Delivery, DeliveryOptions, FlashOutput, MessageFlow } from "./output.ts";
export {
  decodeUserControl,
  encodeUserControl,
  type UserControl,
  UserEvent,
} from "./user_control.ts";
