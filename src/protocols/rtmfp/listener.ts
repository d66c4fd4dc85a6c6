import {
  counter,
  errorStack,
  gauge,
  type Metered,
  type Metric,
  type Timer,
} from "../../base/mod.ts";
import { defaults } from "../../config/mod.ts";
import type { SharedObjects } from "../../flash/mod.ts";
import type { Hub } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { Turns } from "../../net/mod.ts";
import { Endpoint } from "./endpoint.ts";
import { FlashSession } from "./flash/flash_session.ts";
import { Introductions } from "./flash/group_flow.ts";
import { type OwnPeer, Rendezvous } from "./flash/rendezvous.ts";
import { CLOSE_GRACE } from "./params.ts";
import type { Session } from "./session/session.ts";
import { Identity } from "./startup/certificate.ts";
import { KeyAgreements } from "./startup/key_agreements.ts";
import { type Address, addressText } from "./wire/address.ts";

/** A bound UDP socket, as `net` gives it. */
export interface DatagramSocket {
  readonly hostname: string;
  readonly port: number;
  send(datagram: Uint8Array, to: Address): void;
  close(): void;
}

/** Binds a socket whose datagrams go to `receive`, valid only during the call. */
export type SocketFactory = (
  receive: (datagram: Uint8Array, from: Address) => void,
) => DatagramSocket;

/** Settings of `[RTMFP]` in the ini. */
export interface RtmfpSettings {
  /** Milliseconds between keep-alive pings of clients to the server. */
  readonly keepaliveServer: number;
  /** Milliseconds between keep-alive pings of clients to their peers. */
  readonly keepalivePeer: number;
  /** Bytes of the longest datagram that is tried on a client's path. */
  readonly longestDatagram: number;
  /** Handshakes answered a second, half of them of one host. */
  readonly handshakes: number;
  /** Flows that a client opens a second. */
  readonly flows: number;
}

export const DEFAULT_SETTINGS: RtmfpSettings = {
  keepaliveServer: defaults.RTMFP.keepAliveServer,
  keepalivePeer: defaults.RTMFP.keepAlivePeer,
  longestDatagram: defaults.RTMFP.longestDatagram,
  handshakes: defaults.limits.handshakes,
  flows: defaults.limits.flows,
};

/** Hub, socket and settings of a {@link RtmfpListener}. */
export interface RtmfpListenerOptions {
  readonly hub: Hub;
  /** Each session logs to a child of it, named by the client's address. */
  readonly log: Log;
  readonly bind: SocketFactory;
  /** When datagrams are worked off; without them at once. */
  readonly turns?: Turns;
  readonly settings?: RtmfpSettings;
  readonly objects?: SharedObjects;
  /** This server as a member of NetGroups. */
  readonly ownPeer?: OwnPeer;
  /** `host:port` that clients reach us at, for redirections to ourselves. */
  readonly publicAddress?: string;
  /** Runs at the end of this turn, to send what was written in it; by default a microtask. */
  readonly defer?: (run: () => void) => void;
}

/** RTMFP on a UDP port: clients, the peers they look for, and groups, until {@link close}. */
export class RtmfpListener implements Metered {
  readonly #log: Log;
  readonly #endpoint: Endpoint;
  readonly #socket: DatagramSocket;
  readonly #agreements: KeyAgreements;
  readonly #sessions = new Set<FlashSession>();
  readonly #hub: Hub;
  readonly #stopObserving: () => void;
  readonly #introductions = new Introductions();
  #onEmpty: (() => void) | undefined;
  #limit: Timer | undefined;

  /** @throws whatever `bind` throws */
  constructor(options: RtmfpListenerOptions) {
    const { hub, log, bind, turns, settings = DEFAULT_SETTINGS, publicAddress, defer } = options;
    const { clock } = hub;
    this.#hub = hub;
    this.#log = log;
    const identity = new Identity({ acceptsAncillaryData: true });
    const { fingerprint } = identity.certificate;
    const rendezvous = new Rendezvous({
      hub,
      log,
      clock,
      fingerprint,
      ownPeer: options.ownPeer,
      ...(publicAddress === undefined ? {} : { publicAddress }),
    });
    const introductions = this.#introductions;
    this.#stopObserving = hub.observers.add(introductions);
    const keepalive = { server: settings.keepaliveServer, peer: settings.keepalivePeer };
    this.#agreements = new KeyAgreements({
      clock,
      onFault: ({ message }) => log.warn(`${message}; it slows down media from now on`),
    });
    this.#socket = bind((datagram, from) => this.#receive(datagram, from));
    this.#endpoint = new Endpoint({
      clock,
      identity,
      keepalive: settings.keepaliveServer,
      longestDatagram: settings.longestDatagram,
      handshakes: settings.handshakes,
      agreements: this.#agreements,
      flows: settings.flows,
      turns,
      onError: (error, from) => this.#onError(error, from),
      ...(defer ? { defer } : {}),
      send: (datagram, to) => {
        if (log.dumps) log.dump(`sent to ${addressText(to)}`, datagram);
        this.#socket.send(datagram, to);
      },
    }, {
      onHello: (hello) => this.#onEmpty ? "ignore" : rendezvous.answerHello(hello),
      onRefused: (text, host) => (host === undefined ? log : log.child(host)).warn(text),
      onSession: (session: Session) => {
        const flash = new FlashSession(session, {
          hub,
          log: log.child(addressText(session.address)),
          keepalive,
          introductions,
          objects: options.objects,
          turns,
          turn: () => this.#endpoint.turn,
          onClosed: () => {
            rendezvous.removePeer(flash);
            this.#sessions.delete(flash);
            this.#checkEmpty();
          },
        });
        rendezvous.addPeer(flash);
        this.#sessions.add(flash);
        return flash;
      },
    });
  }

  get hostname(): string {
    return this.#socket.hostname;
  }

  get port(): number {
    return this.#socket.port;
  }

  /** Sessions that are open, whether or not their client is accepted. */
  get connections(): number {
    return this.#sessions.size;
  }

  *metrics(): Generator<Metric> {
    const { datagrams, handshakes } = this.refused;
    yield counter("rtmfp_dropped_datagrams", "Datagrams that were not to be read.", datagrams);
    yield counter("rtmfp_refused_handshakes", "Handshakes refused for a limit.", handshakes);
    yield gauge("rtmfp_sessions", "RTMFP sessions that are open.", this.connections);
  }

  /** Datagrams that could not be read, handshakes refused because of a limit. */
  get refused(): { readonly datagrams: number; readonly handshakes: number } {
    return { datagrams: this.#endpoint.dropped, handshakes: this.#endpoint.responder.refused };
  }

  /** Accepts no more clients and closes the connected ones; resolves when all are gone. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#onEmpty = undefined;
        this.#limit?.cancel();
        this.#stopObserving();
        this.#endpoint.close();
        this.#agreements[Symbol.dispose]();
        this.#socket.close();
        resolve();
      };
      this.#onEmpty = end;
      this.#limit = this.#hub.clock.after(CLOSE_GRACE, end);
      for (const session of [...this.#sessions]) session.shutdown();
      this.#checkEmpty();
    });
  }

  #receive(datagram: Uint8Array, from: Address): void {
    if (this.#hub.bans.isBanned(from.host)) return;
    if (this.#log.dumps) this.#log.dump(`received from ${addressText(from)}`, datagram);
    this.#endpoint.receive(datagram, from);
  }

  #onError(error: unknown, from: Address): void {
    this.#log.error(`datagram from ${addressText(from)}: ${errorStack(error)}`);
  }

  #checkEmpty(): void {
    if (this.#sessions.size === 0) this.#onEmpty?.();
  }
}
