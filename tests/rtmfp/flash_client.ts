import assert from "node:assert/strict";
import type { Clock } from "../../src/base/mod.ts";
import { ByteReader, ByteWriter, encodeText } from "../../src/bytes/mod.ts";
import { defaults } from "../../src/config/mod.ts";
import {
  Amf0Reader,
  Amf0Writer,
  readValues,
  type Value,
  writeValues,
} from "../../src/codecs/mod.ts";
import type { SharedObjects } from "../../src/flash/mod.ts";
import { Hub, openHandler } from "../../src/hub/mod.ts";
import type { Handler } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import {
  Endpoint,
  Identity,
  NetGroups,
  Priority,
  type RecvFlow,
  RtmfpListener,
  type SendFlow,
  type Session,
  type SocketFactory,
} from "../../src/protocols/rtmfp/mod.ts";
import { flashMessage, messageTime } from "../../src/protocols/rtmfp/flash/message.ts";
import { readFlowKind, streamMetadata } from "../../src/protocols/rtmfp/flash/metadata.ts";
import { FakeClock } from "../support/fake_clock.ts";
import {
  type LinkAddress,
  type LinkConditions,
  SimulatedLink,
  type SimulatedNat,
} from "../support/simulated_link.ts";

export const serverAddress: LinkAddress = { host: "198.51.100.1", port: 1935 };

/** A server with a hub on a simulated network. */
export class FlashServer {
  readonly clock: FakeClock;
  readonly link: SimulatedLink;
  readonly hub: Hub;
  readonly listener: RtmfpListener;
  /** The server as a member of groups, on a port of its own. */
  readonly groups: NetGroups;
  /** What applications are told, in words. */
  readonly events: string[] = [];
  readonly #clients: FlashClient[] = [];
  readonly #isShared: boolean;

  /** What translates the clients' addresses, by the port they had first. */
  readonly nats = new Map<number, SimulatedNat>();

  /** With `shared` it serves that hub, whose handler stays. */
  constructor(
    conditions: LinkConditions = { latency: 10 },
    handler: Partial<Handler> = {},
    shared: {
      readonly clock?: FakeClock;
      readonly hub?: Hub;
      readonly objects?: SharedObjects;
    } = {},
  ) {
    this.#isShared = shared.hub !== undefined;
    this.clock = shared.clock ?? new FakeClock();
    this.hub = shared.hub ?? new Hub({ clock: this.clock });
    this.link = new SimulatedLink(this.clock, conditions);
    if (!this.#isShared) this.hub.handler = this.#recording(handler);
    const bind = (address: LinkAddress): SocketFactory => (receive) => {
      const node = this.link.attach(address, receive);
      return {
        hostname: address.host,
        port: address.port,
        send: (datagram, to) => node.send(datagram, to),
        close: () => this.link.detach(address),
      };
    };
    const defer = (run: () => void) => void this.clock.after(0, run);
    this.groups = new NetGroups({
      hub: this.hub,
      log: silentLog,
      bind: bind({ ...serverAddress, port: 1936 }),
      hosts: () => [serverAddress.host],
      keepalive: defaults.RTMFP.keepAlivePeer,
      longestDatagram: defaults.RTMFP.longestDatagram,
      flows: defaults.limits.flows,
      defer,
    });
    this.listener = new RtmfpListener({
      hub: this.hub,
      log: silentLog,
      ownPeer: this.groups,
      ...(shared.objects ? { objects: shared.objects } : {}),
      publicAddress: "198.51.100.1:1935",
      defer,
      bind: bind(serverAddress),
    });
  }

  #recording(handler: Partial<Handler>): Handler {
    return {
      ...openHandler,
      onDisconnection: () => this.events.push("gone"),
      onFailed: (_client, error) => this.events.push(`failed: ${error}`),
      onJoinGroup: (_client, group) => this.events.push(`join ${group.clients.size}`),
      onUnjoinGroup: (_client, group) => this.events.push(`unjoin ${group.clients.size}`),
      onAddressChanged: (client, old) => this.events.push(`${old} is ${client.address}`),
      ...handler,
    };
  }

  client(port: number, options: { static?: boolean } = {}): FlashClient {
    const address = { host: "203.0.113.7", port };
    const line: Line = {
      clock: this.clock,
      address,
      server: serverAddress,
      attach: (receive) => {
        const nat = this.link.attachBehindNat(address, receive);
        this.nats.set(port, nat);
        return (datagram, to) => nat.send(datagram, to);
      },
      defer: (run) => void this.clock.after(0, run),
    };
    const client = new FlashClient(line, options.static ?? false);
    this.#clients.push(client);
    return client;
  }

  /** A client whose connect was accepted. */
  connected(port: number, url = "rtmfp://198.51.100.1/live"): FlashClient {
    const client = this.client(port);
    client.connect(url);
    this.until(() => client.statuses.length > 0);
    assert.deepEqual(client.statuses, ["NetConnection.Connect.Success"]);
    client.statuses.length = 0;
    return client;
  }

  until(condition: () => boolean, limit = 60_000): void {
    const end = this.clock.now() + limit;
    while (!condition()) {
      assert(this.clock.now() < end, "it did not happen in time");
      assert(this.clock.step(), "nothing is left to happen");
    }
  }

  async close(): Promise<void> {
    this.groups.close();
    const closed = this.listener.close();
    this.clock.advance(5000);
    await closed;
    for (const client of this.#clients) client.endpoint.close();
    this.clock.advance(120_000);
    if (!this.#isShared) assert.equal(this.clock.timers, 0, "timers were left behind");
  }
}

export function createStream(server: FlashServer, client: FlashClient): number {
  const calls = client.calls.length;
  client.command(0, "createStream", 2, null);
  server.until(() => client.calls.length > calls);
  const id = client.calls.at(-1)?.[3];
  assert(typeof id === "number");
  return id;
}

export function publish(server: FlashServer, client: FlashClient, name: string): number {
  const id = createStream(server, client);
  client.command(id, "publish", 0, null, name);
  server.until(() => client.statuses.includes("NetStream.Publish.Start"));
  return id;
}

export function play(server: FlashServer, client: FlashClient, name: string, start = -2): number {
  const id = createStream(server, client);
  client.command(id, "play", 0, null, name, start);
  server.until(() => client.statuses.includes("NetStream.Play.Start"));
  return id;
}

export interface Heard {
  readonly streamId: number;
  readonly flow: number;
  readonly type: number;
  readonly time: number;
  readonly payload: Uint8Array;
}

/** How a client reaches its server. */
export interface Line {
  readonly clock: Clock;
  /** The client's own address. */
  readonly address: LinkAddress;
  readonly server: LinkAddress;
  attach(
    receive: (datagram: Uint8Array, from: LinkAddress) => void,
  ): (datagram: Uint8Array, to: LinkAddress) => void;
  readonly defer?: (run: () => void) => void;
}

/** A Flash client that says what a test tells it to. */
export class FlashClient {
  readonly endpoint: Endpoint;
  readonly address: LinkAddress;
  readonly heard: Heard[] = [];
  /** Codes of statuses, and names of other commands. */
  readonly statuses: string[] = [];
  readonly calls: Value[][] = [];
  readonly flows: RecvFlow[] = [];
  readonly groupMessages: Uint8Array[] = [];
  session: Session | undefined;
  closed = false;
  failed = false;
  readonly #server: LinkAddress;
  readonly #sending = new Map<number, SendFlow>();
  #control: RecvFlow | undefined;

  constructor(line: Line, staticKeys = false) {
    this.address = line.address;
    this.#server = line.server;
    const send = line.attach((datagram, from) => this.endpoint.receive(datagram, from));
    this.endpoint = new Endpoint({
      clock: line.clock,
      identity: new Identity({ acceptsAncillaryData: false, groups: [2], staticKeys }),
      keepalive: defaults.RTMFP.keepAliveServer,
      send,
      ...(line.defer ? { defer: line.defer } : {}),
    }, {
      onHello: () => "accept",
      onSession: (session) => {
        this.peers.push(session);
        return { onFlow: (flow) => this.#onFlow(flow), onClose: () => {} };
      },
    });
  }

  /** Sessions that other clients opened with this one. */
  readonly peers: Session[] = [];

  connect(url: string, ...args: unknown[]): void {
    this.endpoint.open({
      discriminator: { ancillaryData: encodeText(url) },
      addresses: [this.#server],
      onFail: () => this.failed = true,
      onOpen: (session) => {
        this.session = session;
        const app = new URL(url.replace("rtmfp:", "http:")).pathname.slice(1);
        const object = { app, tcUrl: url, flashVer: "WIN 32,0,0,465", objectEncoding: 0 };
        this.command(0, "connect", 1, object, ...args);
        return {
          onFlow: (flow) => this.#onFlow(flow),
          onForwardedHello: (hello) => this.endpoint.onForwardedHello(hello),
          onClose: () => this.closed = true,
        };
      },
    });
  }

  /** Looks for a peer through the server. */
  meet(peerId: Uint8Array): void {
    this.endpoint.open({
      discriminator: { fingerprint: peerId },
      addresses: [this.#server],
      onFail: () => this.failed = true,
      onOpen: (session) => {
        this.peers.push(session);
        return { onFlow: (flow) => this.#onFlow(flow), onClose: () => {} };
      },
    });
  }

  command(streamId: number, name: string, transaction: number, ...args: unknown[]): void {
    const output = new ByteWriter();
    writeValues(new Amf0Writer(output, "never"), name, transaction, ...args);
    this.send(streamId, 20, 0, output.take());
  }

  send(streamId: number, type: number, time: number, payload: Uint8Array, reliable = true): void {
    this.flow(streamId).write(flashMessage(type, time, payload), { reliable });
  }

  /** The flow for a stream, opened when needed. */
  flow(streamId: number): SendFlow {
    let flow = this.#sending.get(streamId);
    if (!flow) {
      assert(this.session);
      flow = this.session.openFlow(streamMetadata(streamId), {
        priority: Priority.immediate,
        associated: this.#control,
      });
      this.#sending.set(streamId, flow);
    }
    return flow;
  }

  /** Payloads of the messages of one type that came since the last call. */
  take(type: number): Uint8Array[] {
    const found = this.heard.filter((each) => each.type === type);
    for (const each of found) this.heard.splice(this.heard.indexOf(each), 1);
    return found.map(({ payload }) => payload);
  }

  #onFlow(flow: RecvFlow): void {
    this.flows.push(flow);
    const kind = readFlowKind(flow.metadata);
    if (kind?.kind === "group") {
      return flow.accept({ onMessage: (message) => this.groupMessages.push(message) });
    }
    const streamId = kind?.streamId ?? -1;
    if (streamId === 0) this.#control ??= flow;
    flow.accept({ onMessage: (message) => this.#onMessage(flow, streamId, message) });
  }

  #onMessage(flow: RecvFlow, streamId: number, message: Uint8Array): void {
    const type = message[0] ?? 0;
    const payload = message.subarray(5);
    this.heard.push({ streamId, flow: flow.id, type, time: messageTime(message), payload });
    if (type !== 20) return;
    const values = readValues(new Amf0Reader(new ByteReader(payload)));
    const info = values[3] as { code?: string } | undefined;
    this.calls.push(values);
    if (typeof info?.code === "string") this.statuses.push(info.code);
    else if (values[0] !== "_result") this.statuses.push(String(values[0]));
  }
}
