import { fromHex } from "../../bytes/mod.ts";
import type { Hub } from "../../hub/mod.ts";
import { define, method, readonly } from "../lua/definition.ts";

/** A peer of another server that a script put into a group here. */
export class Member {
  /** Peer id, hexadecimal. */
  readonly id: string;
  readonly #hub: Hub;
  readonly #groupId: string;
  #isReleased = false;

  /** Joins the group of that id (hexadecimal), which comes to be with its first member. */
  constructor(hub: Hub, id: string, groupId: string) {
    this.id = id;
    this.#hub = hub;
    this.#groupId = groupId;
    hub.members.joinVirtual(id, groupId);
  }

  /** Leaves the group. */
  release(): void {
    if (!this.#isReleased) this.#hub.members.unjoinVirtual(this.id, this.#groupId);
    this.#isReleased = true;
  }
}

/** What `groups:join(peerId, groupId)` returns; it leaves when Lua collects it. */
export const member = define<Member>({
  name: "member",
  type: Member,
  members: {
    id: readonly((member) => member.id),
    rawId: readonly((member) => fromHex(member.id)),
    release: method((member) => member.release()),
  },
  onCollected: (member) => member.release(),
});
