import { aggregateParts } from "./aggregate.ts";
import { MessageType } from "./message_type.ts";
import type { NetStream } from "./net_stream.ts";

/** A message as it came from the client. */
export interface Message {
  /** 0 for the connection's own. */
  readonly streamId: number;
  readonly type: number;
  /** Milliseconds of 32 bits. */
  readonly time: number;
  readonly payload: Uint8Array;
  /** Packets that were lost since the last message of the same stream. */
  readonly lost?: number;
}

/** What takes the messages apart. */
export interface MessageTarget {
  command(message: Message): void;
  /** Whose media these are; undefined when the stream was not created. */
  sourceOf(streamId: number): NetStream | undefined;
  sharedObject(message: Message): void;
  /** Takes a part of an aggregate. */
  handleMessage(part: Message): boolean;
}

type Take = (target: MessageTarget, message: Message) => void;

const takeCommand: Take = (target, message) => target.command(message);
const takeData: Take = (target, { streamId, payload }) => target.sourceOf(streamId)?.data(payload);

/** What becomes of the messages that a NetConnection knows, by their type. */
export const TAKE: readonly (Take | undefined)[] = table({
  [MessageType.command]: takeCommand,
  [MessageType.commandAmf3]: takeCommand,
  [MessageType.sharedObject]: (target, message) => target.sharedObject(message),
  [MessageType.sharedObjectAmf3]: (target, message) => target.sharedObject(message),
  [MessageType.data]: takeData,
  [MessageType.dataAmf3]: takeData,
  [MessageType.audio]: (target, { streamId, time, payload, lost }) =>
    target.sourceOf(streamId)?.audio(time, payload, lost),
  [MessageType.video]: (target, { streamId, time, payload, lost }) =>
    target.sourceOf(streamId)?.video(time, payload, lost),
  [MessageType.aggregate]: (target, { streamId, time, payload }) => {
    for (const part of aggregateParts(time, payload)) {
      if (part.type !== MessageType.aggregate) target.handleMessage({ streamId, ...part });
    }
  },
});

/** True for what a client asks for: it waits its turn, while media go on. */
export function isRequest(type: number): boolean {
  return REQUESTS.has(type);
}

/** True for commands in either encoding. */
export function isCommand(type: number): boolean {
  return type === MessageType.command || type === MessageType.commandAmf3;
}

const REQUESTS: ReadonlySet<number> = new Set([
  MessageType.command,
  MessageType.commandAmf3,
  MessageType.sharedObject,
  MessageType.sharedObjectAmf3,
]);

/** What some encoders send as a command, although it is data of their stream. */
export function isDataCommand(name: string): boolean {
  return name === "@setDataFrame" || name === "@clearDataFrame";
}

function table(takes: Readonly<Record<number, Take>>): (Take | undefined)[] {
  return Array.from({ length: MessageType.aggregate + 1 }, (_, type) => takes[type]);
}
