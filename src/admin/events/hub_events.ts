import type { Client, HubObserver, Listener, Publication } from "../../hub/mod.ts";
import { protocolOf, sourceOf } from "../source.ts";
import type { Events } from "./events.ts";

/** A client, as events and lists name it. */
export interface ShownPeer {
  readonly id: string;
  readonly address: string;
  readonly protocol: string;
  readonly transport: string;
  readonly user: string | null;
}

export function shownPeer(client: Client): ShownPeer {
  const { id, address, transport, user } = client;
  return { id, address, protocol: protocolOf(client), transport, user: user || null };
}

/** Tells readers of events what happens in the hub; browsers' fleeting requests are left out. */
export class HubEvents implements HubObserver {
  readonly #events: Events;
  readonly #publishers = new WeakMap<Publication, ShownPeer>();

  constructor(events: Events) {
    this.#events = events;
  }

  onConnected(client: Client): void {
    if (client.protocol === "HTTP") return;
    const application = client.path || "/";
    this.#events.add("connect", { client: shownPeer(client), application });
  }

  onDisconnected(client: Client): void {
    if (client.protocol === "HTTP") return;
    const application = client.path || "/";
    const { cause, reason } = client.ending;
    this.#events.add("disconnect", { client: shownPeer(client), application, cause, reason });
  }

  onPublished(publication: Publication): void {
    const { name, publisher } = publication;
    if (publisher !== undefined) this.#publishers.set(publication, shownPeer(publisher));
    const client = publisher === undefined ? null : shownPeer(publisher);
    this.#events.add("publish", { name, source: sourceOf(publication), client });
  }

  onUnpublished(publication: Publication): void {
    const client = this.#publishers.get(publication) ?? null;
    this.#publishers.delete(publication);
    this.#events.add("unpublish", { name: publication.name, client });
  }

  onSubscribed({ id, client, publication: { name } }: Listener): void {
    this.#events.add("play", { name, listener: id, client: shownPeer(client) });
  }

  onUnsubscribed({ id, client, publication: { name } }: Listener): void {
    this.#events.add("stop", { name, listener: id, client: shownPeer(client) });
  }
}
