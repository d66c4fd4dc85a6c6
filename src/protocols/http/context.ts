import type { Clock } from "../../base/mod.ts";
import type { ClientInfo, Hub } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { Disk, Outbox, PausableInput, Turn, Turns } from "../../net/mod.ts";
import type { FileStore } from "./file_store.ts";
import type { HttpSettings } from "./params.ts";
import type { RtmpTunnels } from "./rtmp_tunnels.ts";

/** What goes on on a connection that no longer speaks HTTP. */
export interface Tunnel {
  /** Returns how many bytes were taken before the turn was over, nothing for all. */
  onData(bytes: Uint8Array, turn: Turn): number | void;
  /** The connection is over; called once, with a reason when it broke. */
  onClosed(reason: string | undefined): void;
  /** Looks at the time, once a second. */
  sweep(now: number): void;
  /** The server stops. */
  close(): void;
}

/** What goes on after the response, and the WebSocket subprotocol that was chosen. */
export interface Upgrade {
  readonly tunnel: Tunnel & { open(): void };
  readonly protocol?: string;
}

/** Why a client gets no socket. */
export interface SocketRefusal {
  /** What the same would be as an answer of HTTP. */
  readonly status: number;
  /** In full, such as `NetConnection.Connect.Rejected`. */
  readonly code: string;
  readonly description: string;
  readonly redirect?: string | undefined;
}

/** What turns requests into WebSockets. */
export interface SocketUpgrade {
  /**
   * A socket that carries another protocol, whose sessions know their application by themselves;
   * undefined for any other.
   * @param protocols subprotocols that the client offers
   */
  carry(
    path: string,
    protocols: readonly string[],
    peer: { readonly address: string; readonly serverAddress: string },
    outbox: Outbox,
    input: PausableInput,
  ): Upgrade | undefined;
  /**
   * Accepts a client that asks for a WebSocket.
   * @param name the last component of its path, such as `stream.flv`; "" for none
   * @throws Refusal
   */
  upgrade(info: ClientInfo, name: string, outbox: Outbox, input: PausableInput): Upgrade;
  /** A socket that only tells its client why it is refused. */
  refuse(refusal: SocketRefusal, outbox: Outbox): Upgrade;
}

/** What all sessions of a listener share. */
export interface HttpContext {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: HttpSettings;
  readonly disk: Disk;
  readonly files: FileStore;
  /** Files that come with the program, by their path, such as `/mpegts.js`. */
  readonly assets: ReadonlyMap<string, string>;
  readonly sockets: SocketUpgrade | undefined;
  readonly tunnels: RtmpTunnels | undefined;
  /** When requests that had to wait are worked off. */
  readonly turns?: Turns;
  /** The time of day as the Date header has it. */
  date(): string;
}
