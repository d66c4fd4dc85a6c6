import ipaddr from "ipaddr.js";
import type { ByteWriter } from "../bytes/mod.ts";
import type { DataReader } from "../codecs/mod.ts";
import { hostOf } from "../hub/mod.ts";
import { formatAddress } from "../net/mod.ts";
import { callBody } from "./call.ts";
import { FrameType } from "./link/frame.ts";
import type { Load } from "./load.ts";
import type { Introduction } from "./link/introduction.ts";
import { EndCode } from "./link/session.ts";

/** What frames to one server travel by. */
export interface Transport {
  /** Sends a frame whose body `write` appends. */
  send(type: number, write: (out: ByteWriter) => void): void;
  /** Tells the other side why, by a code of {@link EndCode}, and ends the connection. */
  end(code: number, reason: string): void;
  /** What reaches this server and others at once. */
  readonly broadcaster?: FrameBroadcaster;
}

/** Sends a frame to all servers that it carries frames to. */
export interface FrameBroadcaster {
  broadcast(type: number, body: Uint8Array): void;
}

/** Name of the port for servers, among those of protocols. */
export const LINK_PORT = "servers";

/** A connection to another server, and what that said of itself. */
export interface ServerOptions {
  /** 32 hexadecimal characters, drawn when it started. */
  readonly id: string;
  /** `host:port`: of the target as the ini names it, or where its connection comes from. */
  readonly address: string;
  /** `host:port` that the peer's bytes come from. */
  readonly remote: string;
  /** True when we connected to it. */
  readonly isTarget: boolean;
  readonly introduction: Introduction;
  readonly transport: Transport;
}

/** Another server that is connected to this one. */
export class Server {
  /** 32 hexadecimal characters, drawn when it started. */
  readonly id: string;
  /** `host:port`: of the target as the ini names it, or where its connection comes from. */
  readonly address: string;
  /** Name or address that clients are sent to. */
  readonly host: string;
  /** Its ports by protocol, such as RTMFP: 1935. */
  readonly ports: ReadonlyMap<string, number>;
  /** True when we connected to it. */
  readonly isTarget: boolean;
  /** Query of the target: members of the server object on both sides. */
  readonly properties: ReadonlyMap<string, string>;
  /** False once the connection has ended. */
  isConnected = true;
  /** It stops soon. */
  isLeaving = false;
  /** What it said last of what it does, and when, by this server's clock; undefined before. */
  load: { readonly told: Load; readonly at: number } | undefined = undefined;
  readonly #transport: Transport;
  readonly #remoteHost: string;

  constructor({ id, address, remote, isTarget, introduction, transport }: ServerOptions) {
    const { host, ports, properties } = introduction;
    this.id = id;
    this.address = address;
    this.#remoteHost = hostOf(remote);
    this.host = host === "" ? this.#remoteHost : host;
    this.ports = ports;
    this.isTarget = isTarget;
    this.properties = properties;
    this.#transport = transport;
  }

  /** `host:port` for clients of a protocol; undefined when the server does not have it. */
  addressFor(protocol: string): string | undefined {
    const port = this.ports.get(protocol.toUpperCase());
    return port === undefined ? undefined : formatAddress(this.host, port);
  }

  /** Where to send clients of a protocol: RTMFP's redirections take no names, only addresses. */
  redirectionsFor(protocol: string): readonly string[] {
    const port = this.ports.get(protocol.toUpperCase());
    if (port === undefined) return [];
    const isName = protocol === "RTMFP" && !ipaddr.isValid(this.host);
    return [formatAddress(isName ? this.#remoteHost : this.host, port)];
  }

  /** `host:port` for clients: of RTMFP, else of the first protocol that the server has. */
  get publicAddress(): string {
    const first = [...this.ports.keys()].find((protocol) => protocol !== LINK_PORT);
    return this.addressFor("RTMFP") ?? (first && this.addressFor(first)) ?? this.host;
  }

  /** Address for links of streams. */
  get linkHost(): string {
    return this.#remoteHost;
  }

  /** Port for links of streams; 0 when it accepts none. */
  get linkPort(): number {
    return this.ports.get(LINK_PORT) ?? 0;
  }

  /**
   * Calls a method that the other side's scripts put into their object for this server.
   * @throws RangeError when the name or the whole is too long to be sent
   */
  send(name: string, args: DataReader): void {
    this.write(FrameType.call, callBody(name, args));
  }

  /** What reaches this server and others at once; undefined when nothing does. */
  get broadcaster(): FrameBroadcaster | undefined {
    return this.#transport.broadcaster;
  }

  /** Sends a frame that is made already. */
  write(type: number, body: Uint8Array): void {
    this.#transport.send(type, (out) => out.bytes(body));
  }

  /** Ends the connection; the reason goes to the other side's log. */
  reject(reason: string): void {
    this.#transport.end(EndCode.rejected, reason);
  }
}
