import { fromHex } from "../bytes/mod.ts";
import type { Client } from "./client.ts";
import { Group } from "./group.ts";
import type { Events } from "./handler.ts";
import type { Observers } from "./observers.ts";

/** NetGroups by their members: a group exists while it has one, here or on another server. */
export class GroupMembers {
  /** By id, in hexadecimal. */
  readonly groups: Map<string, Group> = new Map();
  readonly #handler: () => Events;
  readonly #observers: Observers;

  constructor(handler: () => Events, observers: Observers) {
    this.#handler = handler;
    this.#observers = observers;
  }

  /** Adds a client to the group of that id (32 bytes). */
  join(client: Client, rawId: Uint8Array): Group {
    const fresh = new Group(rawId);
    const group = this.groups.get(fresh.id) ?? fresh;
    this.groups.set(group.id, group);
    if (group.add(client)) {
      this.#handler().onJoinGroup(client, group);
      for (const each of this.#observers) each.onJoined?.(client, group);
    }
    return group;
  }

  unjoin(client: Client, group: Group): void {
    if (!group.delete(client)) return;
    this.#handler().onUnjoinGroup(client, group);
    for (const each of this.#observers) each.onUnjoined?.(client, group);
    if (group.isEmpty) this.groups.delete(group.id);
  }

  /** The client is gone: it leaves all its groups. */
  unjoinAll(client: Client): void {
    for (const group of [...this.groups.values()]) {
      if (group.clients.has(client)) this.unjoin(client, group);
    }
  }

  /** Notes that a peer (32 bytes, hexadecimal) of another server is in a group. */
  joinVirtual(peerId: string, groupId: string): void {
    const group = this.groups.get(groupId) ?? new Group(fromHex(groupId) ?? new Uint8Array(32));
    this.groups.set(groupId, group);
    const count = group.virtualMembers.get(peerId) ?? 0;
    group.virtualMembers.set(peerId, count + 1);
    if (count === 0) { for (const each of this.#observers) each.onVirtualJoined?.(peerId, group); }
  }

  /** Takes one {@link joinVirtual} back. */
  unjoinVirtual(peerId: string, groupId: string): void {
    const group = this.groups.get(groupId);
    const count = group?.virtualMembers.get(peerId) ?? 0;
    if (group === undefined || count === 0) return;
    if (count > 1) return void group.virtualMembers.set(peerId, count - 1);
    group.virtualMembers.delete(peerId);
    for (const each of this.#observers) each.onVirtualUnjoined?.(peerId, group);
    if (group.isEmpty) this.groups.delete(groupId);
  }
}
