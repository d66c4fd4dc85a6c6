import { andThen, type Later } from "../base/mod.ts";
import type { Value } from "../codecs/mod.ts";

/** What the commands need of their connection. */
export interface ConnectionMethods {
  createStream(result: SendResult): void;
  /** @param streamId of the command, which counts when `id` is none */
  deleteStream(id: Value, streamId: number): void;
  unpublish(name: string): void;
  /** Seconds of a file by its name; 0 for a live stream, and for what is not there. */
  streamLength(name: Value): Later<number>;
  announce(method: string, code: string, name: Value): void;
  setPeerInfo(addresses: readonly Value[]): void;
}

/** Sends the result of the command, when the client expects one. */
export type SendResult = (...values: unknown[]) => void;
/** Where a command stood, and the value before its arguments, which is null as a rule. */
interface Call {
  readonly streamId: number;
  readonly object: Value;
}
type Handle = (
  connection: ConnectionMethods,
  args: readonly Value[],
  result: SendResult,
  call: Call,
) => Later<void>;

/** What a client may ask of its connection, whatever stream it names, beside `connect` and calls. */
export const CONNECTION_COMMANDS: Readonly<Record<string, Handle | undefined>> = Object.assign(
  Object.create(null),
  {
    createStream: (connection, _args, result) => connection.createStream(result),
    /** Some leave out the null before the id. */
    deleteStream: (connection, [id], _result, { object, streamId }) =>
      connection.deleteStream(id ?? object, streamId),
    releaseStream: (_connection, _args, result) => result(undefined),
    FCPublish: (connection, [name], result) => {
      result(undefined);
      connection.announce("onFCPublish", "NetStream.Publish.Start", name);
    },
    /** What some encoders end with, be it that they publish something else afterwards. */
    FCUnpublish: (connection, [name], result) => {
      result(undefined);
      if (typeof name === "string") connection.unpublish(name);
      connection.announce("onFCUnpublish", "NetStream.Unpublish.Success", name);
    },
    FCSubscribe: (connection, [name], result) => {
      result(undefined);
      connection.announce("onFCSubscribe", "NetStream.Play.Start", name);
    },
    FCUnsubscribe: (connection, [name], result) => {
      result(undefined);
      connection.announce("onFCUnsubscribe", "NetStream.Play.Stop", name);
    },
    getStreamLength: (connection, [name], result) => andThen(connection.streamLength(name), result),
    setPeerInfo: (connection, addresses) => connection.setPeerInfo(addresses),
  } satisfies Record<string, Handle>,
);
