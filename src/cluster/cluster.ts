import { type Clock, counter, gauge, type Metered, type Metric } from "../base/mod.ts";
import { type ByteReader, ByteWriter, encodeText, hex, NOTHING } from "../bytes/mod.ts";
import { randomBytes } from "../crypto/mod.ts";
import type { SharedObjects } from "../flash/mod.ts";
import type { Hub } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import type { TlsKeys, WriteScheduler } from "../net/mod.ts";
import { readCall } from "./call.ts";
import { Engine } from "./engine/engine.ts";
import { NatsBus, type NatsOptions } from "./engine/nats_bus.ts";
import { openServerHandler, type ServerHandler } from "./handler.ts";
import { Dialer } from "./link/dialer.ts";
import { FrameType, isObjectFrame, readName, writeName } from "./link/frame.ts";
import { ID_SIZE } from "./link/hello.ts";
import type { Introduction } from "./link/introduction.ts";
import { type Load, readLoad, writeLoad } from "./load.ts";
import { type Link, Links, type LinkUser } from "./link/links.ts";
import { parseTargets } from "./link/target.ts";
import { EndCode } from "./link/session.ts";
import { canMove, MovedClients } from "./moved_clients.ts";
import { LEAVING_PAUSE } from "./params.ts";
import { ObjectSharing } from "./objects/object_sharing.ts";
import { LINK_PORT, Server } from "./server.ts";
import { Servers } from "./servers.ts";
import { Sharing } from "./sharing/sharing.ts";
import { serveEdge } from "./stream/origin.ts";
import { Pulls } from "./stream/pulls.ts";

/** Who this server is among the others, and what it shares with them. */
export interface ClusterOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly scheduler: WriteScheduler;
  /** Name or address that clients of this server use; empty when it is not set. */
  readonly host: string;
  /** As in the ini: `host:port?name=value;host2:port2`. */
  readonly targets?: string;
  readonly secret?: string;
  /** The broker whose members are one cluster. */
  readonly nats?: NatsOptions;
  /** With it and {@link share}, servers have the same shared objects. */
  readonly objects?: SharedObjects;
  /** With it, servers play each other's publications, and find each other's peers. */
  readonly share?: Hub;
  /** Targets are reached by TLS: true, or PEM of the authorities of their certificates. */
  readonly secure?: true | string;
  /** From 0 to 1; fixed in tests. */
  readonly random?: () => number;
}

/** What is shared with the other servers. */
interface Share {
  readonly hub: Hub;
  readonly sharing: Sharing;
  readonly pulls: Pulls;
  readonly objects: ObjectSharing | undefined;
}

/** The other servers: links to them, calls between their scripts and ours. */
export class Cluster implements Metered {
  /** 16 bytes, drawn when the server starts. */
  readonly id: Uint8Array = randomBytes(ID_SIZE);
  readonly servers: Servers;
  /** What the applications do; set once when the server is wired. */
  handler: ServerHandler = openServerHandler;
  /** Ports of this server by protocol, such as RTMFP: 1935; filled when the server is wired. */
  readonly ports: Map<string, number> = new Map();
  readonly #options: ClusterOptions;
  readonly #servers = new Set<Server>();
  readonly #links: Links;
  readonly #dialers: Dialer[] = [];
  readonly #share: Share | undefined;
  #engine: Engine | undefined;
  #bus: NatsBus | undefined;

  constructor(options: ClusterOptions) {
    const { clock, scheduler, log, secret = "", secure } = options;
    this.#options = options;
    this.servers = new Servers(this.#servers);
    this.#links = new Links({
      id: this.id,
      secret: encodeText(secret),
      clock,
      scheduler,
      log,
      ...(secure === undefined ? {} : { secure }),
      introduction: (dial) => this.#introduction(dial),
      isConnected: (id) => this.#engine?.has(id) ?? false,
      accept: (link) => this.#accept(link),
    });
    if (options.share !== undefined) this.#share = this.#makeShare(options.share);
  }

  /** The id: 32 hexadecimal characters. */
  get name(): string {
    return hex(this.id);
  }

  /** The port for other servers; 0 when there is none. */
  get port(): number {
    return this.#links.port;
  }

  /** Whether the broker carries messages now; undefined when none is named. */
  get isMember(): boolean | undefined {
    return this.#bus?.isUp;
  }

  /** Servers that are connected by a link of their own, whether or not they are members too. */
  get linkCount(): number {
    return [...this.#servers].filter(({ id }) => this.#links.isLinked(id)).length;
  }

  *metrics(): Generator<Metric> {
    yield gauge("cluster_servers", "Other servers that are connected.", this.servers.count);
    yield gauge("cluster_links", "Those by a link of their own.", this.linkCount);
    const { isMember } = this;
    if (isMember === undefined) return;
    yield gauge("cluster_broker_up", "Whether the broker is there.", Number(isMember));
    const lost = this.#engine?.lostCalls ?? 0;
    yield counter("cluster_lost_calls", "Calls that were lost while the broker was away.", lost);
  }

  /** Whether a server is connected by a link of its own. */
  isLinked(id: string): boolean {
    return this.#links.isLinked(id);
  }

  /**
   * Accepts other servers on a port (0 picks a free one), by TLS when there are keys.
   * @throws Deno.errors.AddrInUse, Deno.errors.PermissionDenied
   */
  listen(hostname: string, port: number, tls?: TlsKeys): void {
    this.#links.listen(hostname, port, tls);
    this.ports.set(LINK_PORT, this.port);
  }

  /** Resolves when other servers are accepted. */
  get ready(): Promise<void> | undefined {
    return this.#links.ready;
  }

  /** Uses another certificate for connections from now on. */
  renew(tls: TlsKeys): Promise<void> {
    return this.#links.renew(tls);
  }

  /** Connects to the targets and the broker, and keeps them connected. */
  connect(): void {
    const { targets = "", nats, clock, log, random } = this.#options;
    if (nats !== undefined) this.#engage(nats);
    const { targets: parsed, bad } = parseTargets(targets);
    for (const text of bad) log.error(`servers.targets: ${JSON.stringify(text)} is no host:port`);
    for (const target of parsed) {
      const dialer = new Dialer(target, {
        links: this.#links,
        clock,
        log,
        ...(random && { random }),
      });
      this.#dialers.push(dialer);
      dialer.start();
    }
  }

  /**
   * This server stops soon: clients that understand it are asked to go to the others, once those
   * that stop as well have had time to say so. Resolves when they have gone, after `patience`
   * milliseconds at most.
   */
  async leave(patience: number): Promise<void> {
    if (this.#share === undefined) return;
    const { hub, sharing } = this.#share;
    const { clock, log } = this.#options;
    sharing.isLeaving = true;
    this.servers.write(FrameType.leaving, NOTHING);
    if (!canMove(hub, this.servers)) return;
    const pause = Math.min(LEAVING_PAUSE, patience);
    await new Promise<void>((resume) => clock.after(pause, resume));
    const moved = new MovedClients(hub, this.servers, clock);
    if (moved.count === 0) return;
    log.note(`${moved.count} clients are asked to go to other servers`);
    await moved.gone(patience - pause);
    if (moved.count > 0) log.note(`${moved.count} of them have stayed`);
  }

  /** Ends all links; resolves when the broker has heard of it. */
  async stop(): Promise<void> {
    for (const dialer of this.#dialers) dialer.close();
    this.#share?.pulls.close();
    this.#engine?.close();
    this.#links.close();
    await this.#bus?.close();
  }

  #engage(nats: NatsOptions): void {
    const { clock, log } = this.#options;
    const bus = this.#bus = new NatsBus(nats, this.name, clock, log);
    const engine = this.#engine = new Engine({
      id: this.id,
      bus,
      clock,
      log,
      // As a hello has to go whole, applications follow one by one.
      introduction: () => ({ ...this.#introduction({}), applications: [] }),
      isLinked: (id) => this.#links.isLinked(id),
      join: (server, applications) => this.#join(server, applications),
      refresh: (server) => {
        this.#greet(server);
        for (const path of this.handler.applications()) {
          server.write(FrameType.application, nameBody(path));
        }
      },
    });
    bus.run({ up: () => engine.up(), message: (bytes) => engine.receive(bytes) });
  }

  /** Tells the other servers what this one does. */
  tellLoad(load: Load): void {
    this.servers.write(FrameType.load, writeLoad(load));
  }

  /** An application has started here: the other servers start it too. */
  applicationStarted(path: string): void {
    this.servers.write(FrameType.application, nameBody(path));
  }

  #makeShare(hub: Hub): Share {
    const { clock, log } = this.#options;
    const pulls: Pulls = new Pulls({
      hub,
      clock,
      log,
      origins: (name) => sharing.origins(name),
      dial: (dial) => void this.#links.dial(dial),
    });
    const sharing = new Sharing({ hub, servers: this.servers, id: this.name, pulling: pulls, log });
    hub.observers.add(sharing);
    hub.directory = sharing;
    return { hub, sharing, pulls, objects: this.#shareObjects() };
  }

  #shareObjects(): ObjectSharing | undefined {
    const { objects, clock } = this.#options;
    if (objects === undefined) return undefined;
    const sharing = new ObjectSharing({ objects, id: this.name, clock, servers: this.servers });
    objects.cluster = sharing;
    return sharing;
  }

  #introduction({ properties, stream }: Partial<Introduction>): Introduction {
    return {
      host: this.#options.host,
      ports: this.ports,
      properties: properties ?? new Map(),
      applications: [...this.handler.applications()],
      stream: stream ?? "",
    };
  }

  #accept(link: Link): LinkUser {
    const { id, address, isTarget, peer, session, connection } = link;
    if (session.stream) return this.#serve(link);
    const server = new Server({
      id,
      address,
      remote: connection.remote,
      isTarget,
      introduction: peer,
      transport: session,
    });
    const user = this.#join(server, peer.applications);
    this.#greet(server);
    return user;
  }

  /** Another server asks for a publication. */
  #serve(link: Link): LinkUser {
    if (this.#share !== undefined) return serveEdge(this.#share.hub, link, this.#options.log);
    link.session.end(EndCode.closed, "publications are not shared here");
    return { frame: () => {}, down: () => {} };
  }

  /** A server is there: by a link, or by the engine. */
  #join(server: Server, applications: readonly string[]): LinkUser {
    let isRejected = false;
    const { log } = this.#options;
    this.#servers.add(server);
    log.note(`server ${server.address} is connected, as ${server.publicAddress}`);
    try {
      this.handler.onServerConnection(server);
    } catch (error) {
      isRejected = true;
      server.reject((error instanceof Error ? error.message : String(error)) || "server rejected");
    }
    if (!isRejected) { for (const path of applications) this.handler.startApplication(path); }
    return {
      frame: (type, body) => this.#frame(server, type, body),
      down: ({ reason }) => {
        this.#servers.delete(server);
        server.isConnected = false;
        log.note(`server ${server.address} is gone: ${reason}`);
        this.#share?.sharing.forget(server);
        this.#share?.objects?.forget(server);
        if (!isRejected) this.handler.onServerDisconnection(server);
      },
    };
  }

  /** Tells a server what is shared. */
  #greet(server: Server): void {
    this.#share?.sharing.greet(server);
    this.#share?.objects?.greet(server);
    if (this.#share?.sharing.isLeaving) server.write(FrameType.leaving, NOTHING);
  }

  #frame(server: Server, type: number, body: ByteReader): void {
    switch (type) {
      case FrameType.call: {
        const { name, args } = readCall(body);
        return this.handler.onServerCall(server, name, args);
      }
      case FrameType.application:
        return this.handler.startApplication(readName(body));
      case FrameType.load:
        server.load = { told: readLoad(body), at: this.#options.clock.now() };
        return;
      case FrameType.leaving:
        server.isLeaving = true;
        return;
      case FrameType.everything:
      case FrameType.changes:
        return this.#share?.sharing.receive(server, type, body);
      default:
        if (isObjectFrame(type)) this.#share?.objects?.receive(server, type, body);
    }
  }
}

function nameBody(name: string): Uint8Array {
  const out = new ByteWriter();
  writeName(out, name);
  return out.view();
}
