import assert from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import { defaults } from "../../src/config/mod.ts";
import {
  Endpoint,
  type EndpointHandler,
  type EndpointOptions,
  type HelloAnswer,
} from "../../src/protocols/rtmfp/endpoint.ts";
import type { AcceptOptions, RecvFlow } from "../../src/protocols/rtmfp/flow/recv_flow.ts";
import type { Session } from "../../src/protocols/rtmfp/session/session.ts";
import type {
  CloseReason,
  SessionHandler,
} from "../../src/protocols/rtmfp/session/session_handler.ts";
import { Identity, type IdentityOptions } from "../../src/protocols/rtmfp/startup/certificate.ts";
import type { Protection } from "../../src/protocols/rtmfp/startup/key_agreement.ts";
import { FakeClock } from "../support/fake_clock.ts";
import {
  type LinkAddress,
  type LinkConditions,
  type LinkNode,
  SimulatedLink,
  type SimulatedNat,
} from "../support/simulated_link.ts";

export const metadata = encodeText("test flow");

/** Takes every flow and keeps what it says. */
export class Recorder implements SessionHandler {
  readonly flows: RecvFlow[] = [];
  readonly messages: Uint8Array[] = [];
  readonly ended: number[] = [];
  readonly moves: LinkAddress[] = [];
  closed: CloseReason | undefined;
  accept: AcceptOptions | undefined = {};
  onMessage: ((message: Uint8Array, flow: RecvFlow) => void) | undefined;

  onFlow(flow: RecvFlow): void {
    this.flows.push(flow);
    if (!this.accept) return;
    flow.accept({
      onMessage: (message) => {
        this.messages.push(message);
        this.onMessage?.(message, flow);
      },
      onEnd: () => this.ended.push(flow.id),
    }, this.accept);
  }

  onAddressChanged(old: LinkAddress): void {
    this.moves.push(old);
  }

  onClose(reason: CloseReason): void {
    this.closed = reason;
  }
}

const clientAddress = { host: "203.0.113.7", port: 50_000 };
export const url = encodeText("rtmfp://198.51.100.1/app");

export interface SimulationOptions {
  readonly conditions?: LinkConditions;
  readonly seed?: number;
  readonly server?: Partial<IdentityOptions>;
  readonly client?: Partial<IdentityOptions>;
  readonly serverProtection?: Protection;
  readonly clientProtection?: Protection;
  readonly onHello?: EndpointHandler["onHello"];
  /** Of the server. */
  readonly onRefused?: (text: string, host?: string) => void;
  readonly agreements?: EndpointOptions["agreements"];
  readonly nat?: boolean;
  /** Of both sides; nothing longer than 1200 bytes is tried without. */
  readonly longestDatagram?: number;
  /** Of the server. */
  readonly host?: string;
}

/** A server and a client endpoint on a simulated link. */
export class Simulation {
  readonly clock = new FakeClock();
  readonly link: SimulatedLink;
  readonly server: Endpoint;
  readonly client: Endpoint;
  readonly serverNode: LinkNode;
  readonly clientNode: LinkNode;
  /** What the server's first, and the client's, session received. */
  readonly atServer = new Recorder();
  readonly atClient = new Recorder();
  readonly serverSessions: Session[] = [];
  clientSession: Session | undefined;
  failed = false;

  readonly #longestDatagram: number;
  readonly #nat: SimulatedNat | undefined;

  constructor(options: SimulationOptions = {}) {
    this.#longestDatagram = options.longestDatagram ?? 1200;
    this.link = new SimulatedLink(this.clock, options.conditions, options.seed);
    const onHello = options.onHello ?? ((): HelloAnswer => "accept");
    this.server = this.endpoint(
      { acceptsAncillaryData: true, groups: [2], ...options.server },
      options.serverProtection,
      (datagram, to) => this.serverNode.send(datagram, to),
      {
        onHello,
        onSession: (session) => this.#onServerSession(session),
        ...(options.onRefused ? { onRefused: options.onRefused } : {}),
      },
      options.agreements,
    );
    this.client = this.endpoint(
      { acceptsAncillaryData: false, groups: [2], ...options.client },
      options.clientProtection,
      (datagram, to) => this.clientNode.send(datagram, to),
      { onHello: () => "accept", onSession: () => this.atClient },
    );
    const serverAddress = { host: options.host ?? "198.51.100.1", port: 1935 };
    this.serverNode = this.link.attach(serverAddress, (d, from) => this.server.receive(d, from));
    const receive = (d: Uint8Array, from: LinkAddress) => this.client.receive(d, from);
    if (options.nat) this.#nat = this.link.attachBehindNat(clientAddress, receive);
    this.clientNode = this.#nat ?? this.link.attach(clientAddress, receive);
  }

  /** The client's NAT gives it another address. */
  rebind(outer: LinkAddress): void {
    assert(this.#nat, "a client behind a NAT");
    this.#nat.rebind(outer);
  }

  endpoint(
    identity: IdentityOptions | Identity,
    protection: Protection | undefined,
    send: (datagram: Uint8Array, to: LinkAddress) => void,
    handler: EndpointHandler,
    agreements?: EndpointOptions["agreements"],
  ): Endpoint {
    return new Endpoint({
      clock: this.clock,
      identity: identity instanceof Identity ? identity : new Identity(identity),
      ...(protection ? { protection } : {}),
      ...(agreements ? { agreements } : {}),
      keepalive: defaults.RTMFP.keepAliveServer,
      send,
      longestDatagram: this.#longestDatagram,
      defer: (run) => void this.clock.after(0, run),
    }, handler);
  }

  connect(): void {
    this.client.open({
      discriminator: { ancillaryData: url },
      addresses: [this.serverNode.address],
      onOpen: (session) => {
        this.clientSession = session;
        return this.atClient;
      },
      onFail: () => this.failed = true,
    });
  }

  /** Connects and waits until both sides have a session. */
  establish(): { client: Session; server: Session } {
    this.connect();
    this.until(() => this.serverSessions[0] !== undefined && this.clientSession !== undefined);
    return { client: this.clientSession!, server: this.serverSessions[0]! };
  }

  /** Runs timers until something is so; fails after `limit` milliseconds of virtual time. */
  until(condition: () => boolean, limit = 300_000): void {
    const end = this.clock.now() + limit;
    while (!condition()) {
      assert(this.clock.now() < end, "it did not happen in time");
      assert(this.clock.step(), "nothing is left to happen");
    }
  }

  close(): void {
    this.client.close();
    this.server.close();
    this.clock.advance(120_000);
    assert.equal(this.clock.timers, 0, "timers were left behind");
  }

  #onServerSession(session: Session): SessionHandler {
    this.serverSessions.push(session);
    return this.serverSessions.length === 1 ? this.atServer : new Recorder();
  }
}

/** One message each way shows that both sides have the same keys. */
export function exchange(simulation: Simulation): void {
  simulation.connect();
  exchangeOn(simulation);
}

/** The same once the client has been told to connect. */
export function exchangeOn(simulation: Simulation): void {
  simulation.until(() =>
    simulation.serverSessions[0] !== undefined && simulation.clientSession !== undefined
  );
  simulation.clientSession!.openFlow(metadata).write(encodeText("ping"));
  simulation.atServer.onMessage = (message, flow) => {
    simulation.serverSessions[0]!.openFlow(metadata, { associated: flow }).write(message);
  };
  simulation.until(() => simulation.atClient.messages.length === 1);
  assert.deepEqual(simulation.atClient.messages[0], encodeText("ping"));
}
