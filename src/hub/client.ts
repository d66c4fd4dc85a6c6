import { hex } from "../bytes/mod.ts";
import type { DataReader } from "../codecs/mod.ts";
import type { SendCall } from "./server_calls.ts";
import { type EndCause, type Ending, LEFT } from "./ending.ts";
import { CLOSED_WRITER, type FlowWriter } from "./writer.ts";

export type Protocol = "RTMP" | "RTMFP" | "HTTP" | "WebSocket";

/** What carries the client's protocol: itself, TLS, or a tunnel (Adobe's names where there are). */
export type Transport =
  | Protocol
  | "RTMPS"
  | "RTMPE"
  | "RTMPT"
  | "RTMPTS"
  | "RTMPTE"
  | "RTMP/WS"
  | "RTMP/WSS"
  | "HTTPS"
  | "WSS";

/** Packet events that the client's application defines; the script keeps them up to date. */
export interface ClientHooks {
  audio: boolean;
  video: boolean;
  data: boolean;
}

const NO_HOOKS: Readonly<ClientHooks> = Object.freeze({ audio: false, video: false, data: false });

/** Names and texts that belong to a client; a `Map` is one. */
export interface Properties extends Iterable<[name: string, text: string]> {
  readonly size: number;
  get(name: string): string | undefined;
  set(name: string, text: string): void;
}

/** What a protocol knows of a peer when it asks to connect. */
export interface ClientInfo {
  readonly protocol: Protocol;
  /** By default the protocol alone. */
  readonly transport?: Transport;
  /** `host:port` of the peer. */
  readonly address: string;
  /** Path of the application: "" for the root, else "/a/b". */
  readonly path: string;
  /** Query part of the URL, without "?". */
  readonly query: string;
  /** Query parameters, headers, what connect told: what scripts see as members of the client. */
  readonly properties: Properties;
  readonly flashVersion?: string;
  /** What a request over HTTP names below the application; empty for a call. */
  readonly requestedFile?: string;
  readonly pageUrl?: string;
  readonly swfUrl?: string;
  /** 32 bytes; random when the protocol has no peer id of its own. */
  readonly rawId?: Uint8Array;
  /** `host:port` the peer used to reach this server, when known. */
  readonly serverAddress?: string;
}

/** How a client is asked to connect anew. */
export interface ClientMove {
  /** Name of the port that it needs there, such as RTMPS. */
  readonly port: string;
  /** It has said that it does so when it is asked; else it depends on its movie. */
  readonly isAnnounced: boolean;
  /**
   * Asks it to connect to `host:port`, or to where it is connected now. It ends its connection here
   * when it is there.
   */
  ask(target: string | undefined): void;
}

/** What a client sends, for those who keep it waiting. */
export interface ClientInput {
  /**
   * From the next one on its requests (calls, plays, publishes) wait, in order; media, pings and all
   * other clients go on.
   */
  hold(): void;
  /** Takes one {@link hold} back; without effect once the client is gone. */
  release(): void;
}

/** A connected peer, whatever its protocol. */
export class Client {
  /** 64 hexadecimal characters. */
  readonly id: string;
  readonly rawId: Uint8Array;
  readonly protocol: Protocol;
  readonly transport: Transport;
  address: string;
  readonly serverAddress: string;
  path: string;
  query: string;
  readonly properties: Properties;
  readonly flashVersion: string;
  /** What its request under way names below the application, over HTTP; empty for a call. */
  requestedFile: string;
  readonly pageUrl: string;
  readonly swfUrl: string;
  /** Round-trip time in milliseconds, kept up to date by the protocol. */
  ping = 0;
  /** When the last packet came, in milliseconds since the Unix epoch. */
  lastReception = 0;
  writer: FlowWriter = CLOSED_WRITER;
  /** Replaced by the script with the hooks of the client's application. */
  hooks: Readonly<ClientHooks> = NO_HOOKS;
  /** Kept by the script: the client's members. */
  context: unknown = undefined;
  /** The owner of the key that let it in last: "" for none; undefined where no key is needed. */
  user: string | undefined = undefined;
  /** When it was accepted, in milliseconds since the Unix epoch; 0 before. */
  connectedAt = 0;
  /** What the token says that let it in last; undefined without one. */
  claims: Readonly<Record<string, unknown>> | undefined = undefined;
  /** True between an accepted connection and its end. */
  isConnected = false;

  /**
   * Sets a property that the peer keeps (an HTTP cookie); undefined where the protocol has none.
   * False for a key, a value or an option that cannot be sent.
   */
  setProperty:
    | ((key: string, value: string, options: ReadonlyMap<string, string>) => boolean)
    | undefined = undefined;

  /** How it is asked to connect anew; undefined where the protocol has no such request. */
  move: ClientMove | undefined = undefined;

  /**
   * Makes a call of one of the client's methods whose answer is wanted; undefined where the protocol
   * has no such thing.
   */
  call: ((name: string, args: DataReader) => SendCall) | undefined = undefined;

  /** Set by the protocol before the application is asked about the client. */
  input: ClientInput | undefined = undefined;
  #parameters: Map<string, string> | undefined;
  #ending: Ending | undefined;

  constructor(info: ClientInfo) {
    this.rawId = info.rawId ?? crypto.getRandomValues(new Uint8Array(32));
    this.id = hex(this.rawId);
    this.protocol = info.protocol;
    this.transport = info.transport ?? info.protocol;
    this.address = info.address;
    this.serverAddress = info.serverAddress ?? "";
    this.path = info.path;
    this.query = info.query;
    this.properties = info.properties;
    this.flashVersion = info.flashVersion ?? "";
    this.requestedFile = info.requestedFile ?? "";
    this.pageUrl = info.pageUrl ?? "";
    this.swfUrl = info.swfUrl ?? "";
  }

  /** Parameters of the protocol that a script may see, such as `timeout`. */
  get parameters(): Map<string, string> {
    return this.#parameters ??= new Map();
  }

  /** Why its connection ends, or ended, as far as is known. */
  get ending(): Ending {
    return this.#ending ?? LEFT;
  }

  /** Notes why its connection ends; the first note stays, as others follow from it. */
  endsBecause(cause: EndCause, reason: string): void {
    this.#ending ??= { cause, reason };
  }

  /**
   * Ends its connection.
   * @param words what it is told first; nothing when they are empty
   */
  end(cause: EndCause, reason: string, words = ""): void {
    this.endsBecause(cause, reason);
    const { writer } = this;
    if (words !== "") writer.writeStatus("Connect.Closed", words);
    writer.close();
  }
}
