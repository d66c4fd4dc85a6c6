/** Every event that an application may define as a global function. */
export const EVENTS = [
  "onStart",
  "onStop",
  "onConnection",
  "onDisconnection",
  "onFailed",
  "onAddressChanged",
  "onJoinGroup",
  "onUnjoinGroup",
  "onPublish",
  "onUnpublish",
  "onRecorded",
  "onVideoPacket",
  "onAudioPacket",
  "onDataPacket",
  "onSubscribe",
  "onUnsubscribe",
  "onSharedObject",
  "onTypedObject",
  "onManage",
  "onRendezVousUnknown",
  "onHandshake",
  "onServerConnection",
  "onServerDisconnection",
  "onRead",
  "onWrite",
] as const;

/** The events that applications define as functions of their own. */
export type EventName = (typeof EVENTS)[number];

/** One bit per event, so that a set of them is a number and a test costs nothing. */
export const eventBit: Readonly<Record<EventName, number>> = Object.fromEntries(
  EVENTS.map((name, index) => [name, 1 << index]),
) as Record<EventName, number>;
