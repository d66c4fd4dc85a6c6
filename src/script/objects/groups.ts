import type { Hub } from "../../hub/mod.ts";
import type { Arguments } from "../lua/arguments.ts";
import { define, method } from "../lua/definition.ts";
import { idArgument } from "./clients.ts";
import { Member } from "./member.ts";

/** The NetGroups that clients of this server joined. */
export class Groups {
  readonly hub: Hub;

  constructor(hub: Hub) {
    this.hub = hub;
  }
}

/** `mona.groups`. */
export const groups = define<Groups>({
  name: "groups",
  type: Groups,
  members: {
    join: method(({ hub }, args) => joinGroup(hub, args)),
  },
  dynamic: ({ hub }, id) => hub.groups.get(id),
  call: ({ hub }, args) => hub.groups.get(idArgument(args, 1)),
  length: ({ hub }) => hub.groups.size,
  entries: ({ hub }) => hub.groups,
});

/** `join(peerId, groupId)`, both raw or hexadecimal. */
export function joinGroup(hub: Hub, args: Arguments): Member {
  const ids = [idArgument(args, 1), idArgument(args, 2)] as const;
  ids.forEach((id, index) => {
    if (!/^[0-9a-f]{64}$/.test(id)) args.fail(index + 1, "an id of 32 bytes expected");
  });
  return new Member(hub, ...ids);
}
