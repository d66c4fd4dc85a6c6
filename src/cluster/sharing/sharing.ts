import { type ByteReader, ByteWriter, hex } from "../../bytes/mod.ts";
import {
  type Client,
  type Directory,
  type Group,
  type Hub,
  type HubObserver,
  type Publication,
  type Redirection,
  Refusal,
} from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import { FrameType } from "../link/frame.ts";
import { SHARED_FRAME_SIZE } from "../params.ts";
import type { Server } from "../server.ts";
import type { Servers } from "../servers.ts";
import { type Change, type Item, keyOf, readChanges, writeChange } from "./item.ts";
import { SharedItems } from "./shared_items.ts";

/** What sharing needs of publications that are played from other servers. */
export interface Pulling {
  /** The owner of the publication, or its listeners, have changed. */
  reconsider(name: string): void;
  /** A publisher of this server takes the name. */
  release(name: string): void;
}

/** What {@link Sharing} connects. */
export interface SharingOptions {
  readonly hub: Hub;
  readonly servers: Servers;
  /** Of this server. */
  readonly id: string;
  readonly pulling: Pulling;
  readonly log: Log;
}

/**
 * Tells the other servers what is here (publications, RTMFP peers, members of groups), and knows
 * what is there: so that peers and groups meet across servers, and a name is published once.
 */
export class Sharing implements HubObserver, Directory {
  /** This server stops soon: a publisher that has gone to another one keeps the name. */
  isLeaving = false;
  readonly #hub: Hub;
  readonly #servers: Servers;
  readonly #log: Log;
  readonly #id: string;
  readonly #pulling: Pulling;
  readonly #items = new SharedItems((server, change) => this.#changed(server, change));
  readonly #mine = new Map<string, Item>();

  constructor({ hub, servers, id, pulling, log }: SharingOptions) {
    this.#hub = hub;
    this.#servers = servers;
    this.#id = id;
    this.#pulling = pulling;
    this.#log = log;
  }

  /** The servers that have a publication of their own of that name. */
  origins(name: string): readonly Server[] {
    return this.#items.owners({ kind: "publication", name });
  }

  /** A server is connected: it hears of all that is here. */
  greet(server: Server): void {
    const out = new ByteWriter(256);
    let type: number = FrameType.everything;
    for (const item of this.#mine.values()) {
      writeChange(out, { isThere: true, item });
      if (out.length < SHARED_FRAME_SIZE) continue;
      server.write(type, out.take());
      type = FrameType.changes;
    }
    if (out.length > 0 || type === FrameType.everything) server.write(type, out.take());
  }

  /** A server is gone. */
  forget(server: Server): void {
    this.#items.remove(server);
  }

  /** What a server says of itself. @throws ProtocolError */
  receive(server: Server, type: number, body: ByteReader): void {
    const changes = [...readChanges(body)];
    if (type === FrameType.everything) {
      this.#items.replace(server, changes.map(({ item }) => item));
    } else for (const change of changes) this.#items.apply(server, change);
  }

  onConnected(client: Client): void {
    if (client.protocol === "RTMFP") this.#tell(true, { kind: "peer", id: client.id });
  }

  onDisconnected(client: Client): void {
    if (client.protocol !== "RTMFP" || this.#hub.clients.has(client.id)) return;
    this.#tell(false, { kind: "peer", id: client.id });
  }

  onJoined(client: Client, group: Group): void {
    this.#tell(true, { kind: "member", id: client.id, group: group.id });
  }

  onUnjoined(client: Client, group: Group): void {
    if (group.hasPeer(client.id)) return;
    this.#tell(false, { kind: "member", id: client.id, group: group.id });
  }

  names(): Iterable<string> {
    return this.#items.publications();
  }

  isTaken(name: string): boolean {
    return this.origins(name).some((server) => !server.isLeaving);
  }

  claim(name: string): void {
    if (this.isTaken(name)) {
      throw new Refusal("Publish.BadName", `${name} is already publishing`);
    }
    this.#pulling.release(name);
  }

  onPublished({ name, origin }: Publication): void {
    if (origin?.kind !== "server") this.#tell(true, { kind: "publication", name });
  }

  onUnpublished({ name }: Publication): void {
    this.#tell(false, { kind: "publication", name });
    this.#pulling.reconsider(name);
  }

  onListeners({ name }: Publication): void {
    this.#pulling.reconsider(name);
  }

  locate(protocol: string, peerId: Uint8Array): Redirection | undefined {
    const owners = this.#items.owners({ kind: "peer", id: hex(peerId) });
    const addresses = owners.flatMap((server) => server.redirectionsFor(protocol));
    return addresses.length > 0 ? addresses : undefined;
  }

  #tell(isThere: boolean, item: Item): void {
    const key = keyOf(item);
    if (this.#mine.has(key) === isThere) return;
    if (isThere) this.#mine.set(key, item);
    else this.#mine.delete(key);
    const out = new ByteWriter();
    writeChange(out, { isThere, item });
    this.#servers.write(FrameType.changes, out.view());
  }

  #changed(server: Server, { isThere, item }: Change): void {
    if (item.kind === "member") {
      if (isThere) this.#hub.members.joinVirtual(item.id, item.group);
      else this.#hub.members.unjoinVirtual(item.id, item.group);
    } else if (item.kind === "publication") {
      if (isThere) this.#settle(server, item);
      this.#pulling.reconsider(item.name);
    }
  }

  /**
   * One name was published on two servers at once: the one with the larger id gives way. What a
   * script publishes stays, since scripts do the same on every server.
   */
  #settle(server: Server, item: Item & { kind: "publication" }): void {
    const { name } = item;
    if (!this.#mine.has(keyOf(item)) || this.isLeaving || this.#id < server.id) return;
    const publication = this.#hub.publication(name);
    if (publication?.publisher === undefined) return;
    this.#log.warn(`${name} is published on ${server.address} too: it ends here`);
    publication.closePublisher("Publish.BadName", `${name} is already publishing`);
    if (publication.isRunning) this.#hub.unpublish(publication);
  }
}
