import type { Later } from "../base/mod.ts";
import type { DataReader, DataWriter, Value } from "../codecs/mod.ts";
import type { Client } from "./client.ts";
import type { Group } from "./group.ts";
import type { Listener } from "./listener.ts";
import type { Publication, PublicationEvents } from "./publication.ts";

/** Where a handshake or a rendezvous is sent instead: `host:port` each; "again" is this server. */
export type Redirection = readonly string[];

/** What a client asks for, and an application decides. Readers are valid until the handler returns. */
export interface Question {
  readonly client: Client;
  /**
   * For a handler that decides later: called when the client is gone, or the time is up. What it
   * decides from then on has no effect.
   */
  onAbandoned?: (() => void) | undefined;
}

export interface ConnectionQuestion extends Question {
  /** What the client gave beside the address. */
  readonly args: DataReader;
}

/** A question during which the application may write to the client: it is part of the answer. */
export interface ExchangeQuestion extends Question {
  /** Runs a part of the decision. {@link Questions} does so for what comes before a promise. */
  during<T>(run: () => T): T;
}

export interface CallQuestion extends ExchangeQuestion {
  /** The method; "" for a message, which `onMessage` takes. */
  readonly name: string;
  readonly args: DataReader;
  /**
   * Begins the result, and is called only when there are values to return: they go from the
   * application's reader into the client's format without a copy in between.
   */
  readonly reply: () => DataWriter;
}

export interface ReadQuestion extends ExchangeQuestion {
  readonly file: string;
  readonly parameters: DataReader;
}

export interface WriteQuestion extends Question {
  readonly file: string;
}

export interface PublishQuestion extends Question {
  /** Its name is the client's, be it that another one took its place by {@link rename}. */
  readonly publication: Publication;
  /**
   * The publication gets another name, before the application hears of it.
   * @throws Refusal `Publish.BadName` when that is taken or unusable: it keeps the one it has
   */
  rename(name: string): void;
}

export interface SubscribeQuestion extends Question {
  readonly listener: Listener;
}

/** A client wants to use a shared object of its application. */
export interface SharedObjectQuestion extends Question {
  readonly name: string;
  readonly isPersistent: boolean;
}

/** A peer that is no client yet. */
export interface HandshakeQuestion {
  readonly protocol: string;
  readonly address: string;
  readonly path: string;
  readonly properties: ReadonlyMap<string, string>;
  /** How often it has asked, from 1 on. */
  readonly attempts: number;
  /** The port of other servers that is meant; default the protocol's. */
  readonly portName?: string | undefined;
}

/** What an application says of a file that an HTTP client asks for. */
export type ReadDecision =
  /** The file itself, with `<% name %>` replaced when there are values. */
  | {
    readonly kind: "file";
    readonly file: string;
    readonly values?: ReadonlyMap<string, Uint8Array>;
  }
  /** The script answers by the client's writer. */
  | { readonly kind: "handled" };

/**
 * What applications decide. Those that give a {@link Later} may do so by a promise: the client's
 * next requests wait meanwhile. They refuse by a {@link Refusal}, thrown or as the rejection;
 * whatever else an application does wrong stays inside of it. {@link Questions} asks them.
 */
export interface Decisions {
  /** True when there is an application at this path ("" or "/a/b"). */
  hasApplication(path: string): boolean;
  /** True when the client has a method of that name: decides between a call and a file. */
  hasMethod(client: Client, name: string): boolean;
  /** A peer asks to connect: an object is added to the acceptance and may override parameters. */
  onConnection(question: ConnectionQuestion): Later<Value | void>;
  onCall(question: CallQuestion): Later<void>;
  onRead(question: ReadQuestion): Later<ReadDecision>;
  /** An HTTP client wants to store a file: true when the application accepts it (default: no). */
  onWrite(question: WriteQuestion): Later<boolean>;
  onPublish(question: PublishQuestion): Later<void>;
  onSubscribe(question: SubscribeQuestion): Later<void>;
  onSharedObject(question: SharedObjectQuestion): Later<void>;
  /** Where a client should go instead, before it is one; undefined to stay here. */
  onHandshake(question: HandshakeQuestion): Redirection | undefined;
  /** Where a client may find a peer (32 bytes) that is not here; undefined when that is not known. */
  onRendezVousUnknown(protocol: string, peerId: Uint8Array): Redirection | undefined;
}

/**
 * What applications are told; of media only when the hooks of the publication, or of its publisher,
 * ask for it.
 */
export interface Events extends PublicationEvents {
  onDisconnection(client: Client): void;
  /** The session broke down; {@link onDisconnection} follows. */
  onFailed(client: Client, error: string): void;
  onAddressChanged(client: Client, oldAddress: string): void;
  onUnpublish(client: Client, publication: Publication): void;
  onUnsubscribe(client: Client, listener: Listener): void;
  onJoinGroup(client: Client, group: Group): void;
  onUnjoinGroup(client: Client, group: Group): void;
}

/** What applications do. */
export interface Handler extends Decisions, Events {}

/** A server without applications: everything is allowed, nothing is called. */
export const openHandler: Handler = {
  hasApplication: () => true,
  hasMethod: () => false,
  onConnection: () => {},
  onCall: () => {},
  onRead: ({ file }) => ({ kind: "file", file }),
  onWrite: () => false,
  onPublish: () => {},
  onSubscribe: () => {},
  onSharedObject: () => {},
  onHandshake: () => undefined,
  onRendezVousUnknown: () => undefined,
  onDisconnection: () => {},
  onFailed: () => {},
  onAddressChanged: () => {},
  onUnpublish: () => {},
  onUnsubscribe: () => {},
  onJoinGroup: () => {},
  onUnjoinGroup: () => {},
  onAudio: () => {},
  onVideo: () => {},
  onData: () => {},
  onProperties: () => {},
  onFlush: () => {},
};
