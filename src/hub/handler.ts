import type { DataReader, DataWriter } from "../codecs/mod.ts";
import type { DataFormat } from "../media/mod.ts";
import type { Client } from "./client.ts";
import type { Group } from "./group.ts";
import type { Listener } from "./listener.ts";
import type { Publication } from "./publication.ts";

/** Where a handshake or a rendezvous is sent instead: `host:port` each; "again" is this server. */
export type Redirection = readonly string[];

/** What an application says of a file that an HTTP client asks for. */
export type ReadAnswer =
  /** The file itself, with `<% name %>` replaced when there are values. */
  | {
    readonly kind: "file";
    readonly file: string;
    readonly values?: ReadonlyMap<string, Uint8Array>;
  }
  /** The script answers by the client's writer. */
  | { readonly kind: "handled" };

/**
 * What applications do with the events of the server. A request is refused by throwing
 * {@link Refusal}; whatever else an application does wrong stays inside of it.
 */
export interface Handler {
  /** True when there is an application at this path ("" or "/a/b"). */
  hasApplication(path: string): boolean;
  /**
   * A peer asks to connect with these arguments. What is written to `answer` (one object) is added
   * to the acceptance and may override protocol parameters.
   * @throws Refusal
   */
  onConnection(client: Client, args: DataReader, answer: DataWriter): void;
  onDisconnection(client: Client): void;
  /** The session broke down; {@link onDisconnection} follows. */
  onFailed(client: Client, error: string): void;
  onAddressChanged(client: Client, oldAddress: string): void;
  /**
   * The client calls a method; with name "" it sends a message for `onMessage`. `reply` begins the
   * answer and is called only when there are values to return.
   * @throws Refusal
   */
  onCall(client: Client, name: string, args: DataReader, reply: () => DataWriter): void;
  /** True when the client has a method of that name: decides between a call and a file. */
  hasMethod(client: Client, name: string): boolean;
  /** @throws Refusal */
  onRead(client: Client, file: string, parameters: DataReader): ReadAnswer;
  /**
   * An HTTP client wants to store a file: true when the application accepts it (default: no).
   * @throws Refusal
   */
  onWrite(client: Client, file: string): boolean;

  /** @throws Refusal */
  onPublish(client: Client, publication: Publication): void;
  onUnpublish(client: Client, publication: Publication): void;
  /** @throws Refusal */
  onSubscribe(client: Client, listener: Listener): void;
  onUnsubscribe(client: Client, listener: Listener): void;

  /** Called only when the publication's or its publisher's hooks ask for it. */
  onAudio(publication: Publication, time: number, payload: Uint8Array): void;
  onVideo(publication: Publication, time: number, payload: Uint8Array): void;
  onData(publication: Publication, name: string, payload: Uint8Array, format: DataFormat): void;
  onProperties(publication: Publication): void;
  onFlush(publication: Publication): void;

  onJoinGroup(client: Client, group: Group): void;
  onUnjoinGroup(client: Client, group: Group): void;
  /** Where a client may find a peer (32 bytes) that is not here; undefined when nobody knows. */
  onRendezVousUnknown(protocol: string, peerId: Uint8Array): Redirection | undefined;
  /**
   * Where a client should go instead, before it is one; undefined to stay here.
   * @param portName the port of other servers that is meant; default the protocol's
   */
  onHandshake(
    protocol: string,
    address: string,
    path: string,
    properties: ReadonlyMap<string, string>,
    attempts: number,
    portName?: string,
  ): Redirection | undefined;
}

/** A server without applications: everything is allowed, nothing is called. */
export const openHandler: Handler = {
  hasApplication: () => true,
  onConnection: () => {},
  onDisconnection: () => {},
  onFailed: () => {},
  onAddressChanged: () => {},
  onCall: () => {},
  hasMethod: () => false,
  onRead: (_client, file) => ({ kind: "file", file }),
  onWrite: () => false,
  onPublish: () => {},
  onUnpublish: () => {},
  onSubscribe: () => {},
  onUnsubscribe: () => {},
  onAudio: () => {},
  onVideo: () => {},
  onData: () => {},
  onProperties: () => {},
  onFlush: () => {},
  onJoinGroup: () => {},
  onUnjoinGroup: () => {},
  onRendezVousUnknown: () => undefined,
  onHandshake: () => undefined,
};
