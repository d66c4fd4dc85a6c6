import { ByteReader, fromHex, hex, ProtocolError } from "../../../bytes/mod.ts";
import { sha256 } from "../../../crypto/mod.ts";
import { type Client, type Group, type Hub, type HubObserver, Refusal } from "../../../hub/mod.ts";
import type { RecvFlow } from "../flow/recv_flow.ts";
import { Priority, type SendFlow } from "../flow/send_flow.ts";
import type { Session } from "../session/session.ts";
import { GroupIntroductions, type Member } from "./introductions.ts";
import { GROUP_METADATA } from "./metadata.ts";

const GroupMessage = {
  join: 0x01,
  member: 0x0b,
} as const;

const SPECIFICATION = 0x10;
const GROUP_ID_LENGTH = 32;

/**
 * The group id of a join message: an option with the id, or with the specification that it is the
 * hash of; or the id alone.
 */
export function readJoin(message: Uint8Array): Uint8Array {
  const input = new ByteReader(message);
  if (input.u8() !== GroupMessage.join) throw new ProtocolError("no join message");
  const length = input.vlu();
  const named = new ByteReader(input.view(Math.min(length, input.remaining)));
  if (named.remaining > 1 && named.bytes[0] === SPECIFICATION) {
    named.u8();
    return sha256(named.rest());
  }
  if (named.remaining > GROUP_ID_LENGTH) named.u8();
  if (named.remaining < GROUP_ID_LENGTH) throw new ProtocolError("group without id");
  return named.view(GROUP_ID_LENGTH).slice();
}

/** The peers of one group, as far as this server introduces them. */
interface GroupPeers {
  readonly introductions: GroupIntroductions;
  /** Members on other servers, by peer id in hexadecimal. */
  readonly virtual: Map<string, Member>;
}

/** The introductions of every group with members on this server, members elsewhere included. */
export class Introductions implements HubObserver {
  readonly #groups = new Map<string, GroupPeers>();

  /** The member has joined the group. */
  join(group: Group, member: Member): void {
    let peers = this.#groups.get(group.id);
    if (!peers) {
      peers = { introductions: new GroupIntroductions(), virtual: new Map() };
      this.#groups.set(group.id, peers);
      for (const virtual of group.virtualMembers.keys()) this.onVirtualJoined(virtual, group);
    }
    // A member here is no virtual one.
    this.onVirtualUnjoined(hex(member.peerId), group);
    peers.introductions.join(member);
  }

  /** The member has left the group. */
  leave(group: Group, member: Member): void {
    const peers = this.#groups.get(group.id);
    if (!peers) return;
    const id = hex(member.peerId);
    peers.introductions.leave(member);
    if (peers.introductions.size === peers.virtual.size) this.#groups.delete(group.id);
    if (group.virtualMembers.has(id)) this.onVirtualJoined(id, group);
  }

  onVirtualJoined(id: string, group: Group): void {
    const peers = this.#groups.get(group.id);
    const peerId = fromHex(id);
    if (!peers || !peerId || peers.virtual.has(id) || group.hasPeer(id)) return;
    const member = { peerId };
    peers.virtual.set(id, member);
    peers.introductions.join(member);
  }

  onVirtualUnjoined(id: string, group: Group): void {
    const peers = this.#groups.get(group.id);
    const member = peers?.virtual.get(id);
    if (!peers || !member) return;
    peers.virtual.delete(id);
    peers.introductions.leave(member);
  }
}

export interface GroupFlowOptions {
  readonly session: Session;
  /** The client's flow. */
  readonly flow: RecvFlow;
  readonly hub: Hub;
  readonly client: Client;
  readonly introductions: Introductions;
}

/** A client's membership in a group, as long as its flow is open. */
export class GroupFlow {
  readonly #introducing: SendFlow;
  readonly #hub: Hub;
  readonly #client: Client;
  readonly #introductions: Introductions;
  readonly #member: Member;
  #group: Group | undefined;

  /** Accepts the flow. */
  constructor({ session, flow, hub, client, introductions }: GroupFlowOptions) {
    this.#hub = hub;
    this.#client = client;
    this.#introductions = introductions;
    this.#introducing = session.openFlow(GROUP_METADATA, {
      priority: Priority.routine,
      associated: flow,
    });
    this.#member = {
      peerId: client.rawId,
      introduce: (other) => this.#introducing.write(memberMessage(other)),
    };
    flow.accept({
      onMessage: (message) => this.#onMessage(message),
      onEnd: () => this.#leave(),
    });
  }

  #onMessage(message: Uint8Array): void {
    if (message[0] !== GroupMessage.join) return;
    this.#leave();
    if (!this.#client.isConnected) return;
    const id = readJoin(message);
    try {
      this.#group = this.#hub.join(this.#client, id);
    } catch (error) {
      // The protocol has no refusal of a join.
      if (error instanceof Refusal) return;
      throw error;
    }
    this.#introductions.join(this.#group, this.#member);
  }

  #leave(): void {
    const group = this.#group;
    if (!group) return;
    this.#group = undefined;
    this.#hub.members.unjoin(this.#client, group);
    this.#introductions.leave(group, this.#member);
  }
}

function memberMessage(peerId: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + peerId.length);
  message[0] = GroupMessage.member;
  message.set(peerId, 1);
  return message;
}
