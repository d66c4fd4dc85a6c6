import { errorStack, gauge, type Metered, type Metric, type Timer } from "../../../base/mod.ts";
import { encodeText, equalBytes, hex } from "../../../bytes/mod.ts";
import type { Hub, Publication } from "../../../hub/mod.ts";
import type { Log } from "../../../logs/mod.ts";
import type { Turns } from "../../../net/mod.ts";
import { Endpoint } from "../endpoint.ts";
import type { DatagramSocket, SocketFactory } from "../listener.ts";
import type { Session } from "../session/session.ts";
import { Identity } from "../startup/certificate.ts";
import { type Address, addressText } from "../wire/address.ts";
import { GroupPublication } from "./group_publication.ts";
import { GroupRelay } from "./group_relay.ts";
import { type GroupSpec, readGroupSpec } from "./group_spec.ts";
import type { GroupLink, Membership } from "./link.ts";
import { MAX_NAME, type ReportedPeer } from "./messages.ts";
import { Neighbor } from "./neighbor.ts";
import {
  MAP_INTERVAL,
  MAX_NEIGHBORS,
  MAX_STREAMS,
  PEER_HANDSHAKES,
  REPORT_INTERVAL,
  REPORTED_PEERS,
} from "./params.ts";
import type { Receiver } from "./receiver.ts";
import type { GroupStream } from "./stream.ts";

export interface NetGroupsOptions {
  readonly hub: Hub;
  readonly log: Log;
  /** Binds the port that peers reach this server at as a member; throws where it cannot. */
  readonly bind: SocketFactory;
  /** IP addresses under which this machine may be reached by a peer at that address. */
  readonly hosts: (peer: Address) => readonly string[];
  /** Milliseconds between keep-alive pings. */
  readonly keepalive: number;
  readonly longestDatagram: number;
  readonly flows: number;
  /** When datagrams are worked off; without them at once. */
  readonly turns?: Turns;
  /** Runs at the end of this turn; by default a microtask. */
  readonly defer?: (run: () => void) => void;
}

/** One group that this server is a member of. */
class Group implements Membership {
  readonly spec: GroupSpec;
  readonly id: string;
  readonly streams = new Map<string, GroupStream>();
  readonly relays = new Set<GroupRelay>();
  readonly links = new Set<GroupLink>();

  constructor(spec: GroupSpec) {
    this.spec = spec;
    this.id = hex(spec.id);
  }

  get isUsed(): boolean {
    return this.streams.size > 0 || this.relays.size > 0;
  }

  receiver(name: string): Receiver | undefined {
    for (const { receiver } of this.relays) if (receiver.name === name) return receiver;
    return undefined;
  }

  peersFor(link: GroupLink): ReportedPeer[] {
    const peers: ReportedPeer[] = [];
    for (const { session, heardAt } of this.links) {
      if (session === link.session) continue;
      const age = (session.clock.now() - heardAt) / 1000;
      peers.push({ peerId: session.peerId, address: session.address, age });
      if (peers.length === REPORTED_PEERS) break;
    }
    return peers;
  }

  /** A link of these, each in its turn. */
  nextLink(): GroupLink | undefined {
    const [first] = this.links;
    if (first === undefined) return undefined;
    this.links.delete(first);
    this.links.add(first);
    return first;
  }
}

/** The socket and the identity of the member, while there is a group. */
interface Presence {
  readonly endpoint: Endpoint;
  readonly socket: DatagramSocket;
  readonly timers: readonly Timer[];
}

/**
 * This server as a member of NetGroups, into which it publishes. It has a peer id and a UDP port of
 * its own, and waits for peers: all that are introduced to it by the server.
 */
export class NetGroups implements Metered {
  readonly #options: NetGroupsOptions;
  readonly #groups = new Map<string, Group>();
  readonly #publications = new Set<GroupPublication>();
  #presence: Presence | undefined;

  constructor(options: NetGroupsOptions) {
    this.#options = options;
  }

  /** Our peer id as a member; undefined while there is no group. */
  get peerId(): Uint8Array | undefined {
    return this.#presence?.endpoint.identity.certificate.fingerprint;
  }

  /** Sessions with peers. */
  get neighbors(): number {
    return this.#presence?.endpoint.sessions.length ?? 0;
  }

  *metrics(): Generator<Metric> {
    const { neighbors } = this;
    yield gauge("rtmfp_group_peers", "Members of NetGroups with a session here.", neighbors);
  }

  /** Where a peer at that address finds us as a member. */
  addressesFor(peer: Address): Address[] {
    const port = this.#presence?.socket.port;
    if (port === undefined) return [];
    return this.#options.hosts(peer).map((host) => ({ host, port }));
  }

  /**
   * Publishes into a group until the publication ends.
   * @param streamName that members play
   * @throws ProtocolError for a specification that is none, or what `bind` throws; Error for a name
   * that is published there already, or cannot be, and when there are too many
   */
  publish(
    publication: Publication,
    spec: string,
    streamName: string,
    onOver: () => void = () => {},
  ): GroupPublication {
    const read = readGroupSpec(spec);
    this.#check(streamName);

    for (const { name } of this.#groups.get(hex(read.id))?.streams.values() ?? []) {
      if (name === streamName) throw new Error(`the group has a stream ${name} of this server`);
    }
    const { hub } = this.#options;
    this.#presence ??= this.#appear();
    const group = this.#enter(read);
    const published: GroupPublication = new GroupPublication(
      hub,
      publication.name,
      streamName,
      () => {
        this.#publications.delete(published);
        this.#remove(group, published.stream);
        onOver();
      },
    );
    this.#publications.add(published);
    group.streams.set(published.stream.id, published.stream);
    for (const link of group.links) link.announce(published.stream);
    return published;
  }

  /**
   * Publishes a stream of a group here, each time that it is published there, until it is closed.
   * @param name of the publication
   * @throws ProtocolError for a specification that is none, or what `bind` throws; Error when the
   * group's stream of that name is played already
   */
  play(spec: string, streamName: string, name: string, onOver: () => void = () => {}): GroupRelay {
    const read = readGroupSpec(spec);
    this.#check(streamName);

    const { hub, log } = this.#options;
    if (this.#groups.get(hex(read.id))?.receiver(streamName) !== undefined) {
      throw new Error(`the group's stream ${streamName} is played already`);
    }
    this.#presence ??= this.#appear();
    const group = this.#enter(read);
    const relay: GroupRelay = new GroupRelay({
      hub,
      log,
      streamName,
      name,
      onStreamEnd: () => {
        for (const link of group.links) link.offer(relay.receiver);
      },
      onOver: () => {
        group.relays.delete(relay);
        this.#leaveUnused(group);
        onOver();
      },
    });
    group.relays.add(relay);
    for (const link of group.links) link.offer(relay.receiver);
    return relay;
  }

  close(): void {
    for (const publication of [...this.#publications]) publication.close();
    for (const { relays } of [...this.#groups.values()]) {
      for (const relay of [...relays]) relay.close();
    }
  }

  /** @throws Error when no stream of that name can begin */
  #check(streamName: string): void {
    const { length } = encodeText(streamName);
    if (length === 0 || length >= MAX_NAME) {
      throw new Error(`a stream's name in a group has 1 to ${MAX_NAME - 1} bytes, not ${length}`);
    }
    let count = this.#publications.size;
    for (const { relays } of this.#groups.values()) count += relays.size;
    if (count >= MAX_STREAMS) throw new Error(`${MAX_STREAMS} streams are in groups at most`);
  }

  #enter(spec: GroupSpec): Group {
    const id = hex(spec.id);
    let group = this.#groups.get(id);
    if (group === undefined) {
      group = new Group(spec);
      this.#groups.set(id, group);
      this.#options.hub.members.joinVirtual(hex(this.peerId!), id);
    }
    return group;
  }

  #remove(group: Group, stream: GroupStream): void {
    group.streams.delete(stream.id);
    for (const link of group.links) link.forget(stream);
    this.#leaveUnused(group);
  }

  #leaveUnused(group: Group): void {
    if (group.isUsed) return;
    this.#groups.delete(group.id);
    this.#options.hub.members.unjoinVirtual(hex(this.peerId!), group.id);
    if (this.#groups.size === 0) this.#disappear();
  }

  #appear(): Presence {
    const { hub, log, bind, keepalive, longestDatagram, flows, turns, defer } = this.#options;
    const { clock } = hub;
    // Flash Player opens sessions with peers by keys of group 2, which stand in certificates.
    const identity = new Identity({ acceptsAncillaryData: false, staticKeys: true, groups: [2] });
    const own = identity.certificate.fingerprint;
    const socket = bind((datagram, from) => {
      if (!hub.bans.isBanned(from.host)) endpoint.receive(datagram, from);
    });
    const endpoint = new Endpoint({
      clock,
      identity,
      keepalive,
      longestDatagram,
      handshakes: PEER_HANDSHAKES,
      flows,
      turns,
      maxSessions: MAX_NEIGHBORS,
      onError: (error, from) =>
        log.error(`datagram from ${addressText(from)}: ${errorStack(error)}`),
      ...(defer ? { defer } : {}),
      send: (datagram, to) => socket.send(datagram, to),
    }, {
      onHello: ({ discriminator: { fingerprint } }) =>
        fingerprint !== undefined && equalBytes(fingerprint, own) ? "accept" : "ignore",
      onRefused: (text, host) => (host === undefined ? log : log.child(host)).warn(text),
      onSession: (session) => this.#onSession(session, own),
    });
    log.note(`takes part in NetGroups at UDP port ${socket.port}, as ${hex(own)}`);
    const timers = [
      clock.every(MAP_INTERVAL, () => this.#tick()),
      clock.every(REPORT_INTERVAL, () => this.#report()),
    ];
    return { endpoint, socket, timers };
  }

  #onSession(session: Session, peerId: Uint8Array): Neighbor {
    return new Neighbor(session, {
      peerId,
      membership: (id) => this.#groups.get(id),
      onLink: (link) => void this.#groups.get(link.membership.id)?.links.add(link),
      onUnlink: (link) => void this.#groups.get(link.membership.id)?.links.delete(link),
      onWarning: (from, text) => this.#options.log.child(addressText(from.address)).warn(text),
    });
  }

  #disappear(): void {
    const presence = this.#presence;
    this.#presence = undefined;
    if (presence === undefined) return;
    for (const timer of presence.timers) timer.cancel();
    presence.endpoint.close();
    presence.socket.close();
  }

  #tick(): void {
    for (const publication of [...this.#publications]) publication.check();
    for (const { streams, relays } of this.#groups.values()) {
      for (const stream of streams.values()) stream.sendMap();
      for (const relay of [...relays]) relay.check();
    }
  }

  #report(): void {
    for (const group of this.#groups.values()) group.nextLink()?.report();
  }
}
