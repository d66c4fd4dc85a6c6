import { ByteReader, fromHex, hex, ProtocolError } from "../../../bytes/mod.ts";
import { sha256 } from "../../../crypto/mod.ts";
import { type Client, type Group, type Hub, type HubObserver, Refusal } from "../../../hub/mod.ts";
import type { RecvFlow } from "../flow/recv_flow.ts";
import { Priority, type SendFlow } from "../flow/send_flow.ts";
import type { Session } from "../session/session.ts";
import { GroupIntroductions, type Member } from "./introductions.ts";
import { groupMetadata } from "./metadata.ts";

const GroupMessage = {
  join: 0x01,
  member: 0x0b,
} as const;

const SPECIFICATION = 0x10;
const GROUP_ID_LENGTH = 32;

/** The group that a join message names: its id, or the specification that the id is the hash of. */
export function readJoin(message: Uint8Array): Uint8Array {
  const input = new ByteReader(message);
  if (input.u8() !== GroupMessage.join) throw new ProtocolError("no join message");
  const length = input.vlu();
  const named = new ByteReader(input.view(Math.min(length, input.remaining)));
  if (named.remaining > 1 && named.bytes[0] === SPECIFICATION) {
    named.u8();
    return sha256(named.rest());
  }
  if (named.remaining < GROUP_ID_LENGTH) throw new ProtocolError("group without id");
  return named.view(GROUP_ID_LENGTH).slice();
}

interface Circle {
  readonly introductions: GroupIntroductions;
  /** Members elsewhere, by peer id in hexadecimal. */
  readonly virtual: Map<string, Member>;
}

/** The introductions of every group that has members here; hears of members elsewhere. */
export class Introductions implements HubObserver {
  readonly #circles = new Map<string, Circle>();

  /** After the group has the member. */
  join(group: Group, member: Member): void {
    let circle = this.#circles.get(group.id);
    if (!circle) {
      circle = { introductions: new GroupIntroductions(), virtual: new Map() };
      this.#circles.set(group.id, circle);
      for (const virtual of group.virtualMembers.keys()) this.onVirtualJoined(virtual, group);
    }
    // Who is here needs nobody to stand for it.
    this.onVirtualUnjoined(hex(member.peerId), group);
    circle.introductions.join(member);
  }

  /** After the member has left the group. */
  leave(group: Group, member: Member): void {
    const circle = this.#circles.get(group.id);
    if (!circle) return;
    const id = hex(member.peerId);
    circle.introductions.leave(member);
    if (circle.introductions.size === circle.virtual.size) this.#circles.delete(group.id);
    if (group.virtualMembers.has(id)) this.onVirtualJoined(id, group);
  }

  onVirtualJoined(id: string, group: Group): void {
    const circle = this.#circles.get(group.id);
    const peerId = fromHex(id);
    if (!circle || !peerId || circle.virtual.has(id) || group.hasPeer(id)) return;
    const member = { peerId };
    circle.virtual.set(id, member);
    circle.introductions.join(member);
  }

  onVirtualUnjoined(id: string, group: Group): void {
    const circle = this.#circles.get(group.id);
    const member = circle?.virtual.get(id);
    if (!circle || !member) return;
    circle.virtual.delete(id);
    circle.introductions.leave(member);
  }
}

/** A client's membership in a group: as long as the flow is open. */
export class GroupFlow {
  readonly #answer: SendFlow;
  readonly #hub: Hub;
  readonly #client: Client;
  readonly #introductions: Introductions;
  readonly #member: Member;
  #group: Group | undefined;

  /** Accepts the flow. */
  constructor(
    session: Session,
    flow: RecvFlow,
    hub: Hub,
    client: Client,
    introductions: Introductions,
  ) {
    this.#hub = hub;
    this.#client = client;
    this.#introductions = introductions;
    this.#answer = session.openFlow(groupMetadata, { priority: Priority.routine, answers: flow });
    this.#member = {
      peerId: client.rawId,
      introduce: (other) => this.#answer.write(memberMessage(other)),
    };
    flow.accept({
      onMessage: (message) => this.#onMessage(message),
      onEnd: () => this.#leave(),
    });
  }

  #onMessage(message: Uint8Array): void {
    if (message[0] !== GroupMessage.join) return;
    this.#leave();
    if (!this.#client.connected) return;
    const id = readJoin(message);
    try {
      this.#group = this.#hub.join(this.#client, id);
    } catch (error) {
      // There is no answer to a join that says no.
      if (error instanceof Refusal) return;
      throw error;
    }
    this.#introductions.join(this.#group, this.#member);
  }

  #leave(): void {
    const group = this.#group;
    if (!group) return;
    this.#group = undefined;
    this.#hub.unjoin(this.#client, group);
    this.#introductions.leave(group, this.#member);
  }
}

function memberMessage(peerId: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + peerId.length);
  message[0] = GroupMessage.member;
  message.set(peerId, 1);
  return message;
}
