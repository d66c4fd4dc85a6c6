import { Group } from "../../hub/mod.ts";
import { define, method, readonly } from "../lua/definition.ts";
import { broadcastTo } from "./clients.ts";

/** A NetGroup: iterated, it gives the clients that joined it. */
export const group = define<Group>({
  name: "group",
  type: Group,
  isAlive: (group) => !group.isEmpty,
  members: {
    broadcast: method((group, args) => broadcastTo(group.clients, args)),
    id: readonly((group) => group.id),
    rawId: readonly((group) => group.rawId),
    members: readonly((group) => group),
    size: readonly((group) => group.clients.size),
  },
  length: (group) => group.clients.size,
  *entries(group) {
    let index = 0;
    for (const client of group.clients) yield [++index, client] as const;
  },
  *pairs(group) {
    for (const client of group.clients) yield [client.id, client] as const;
  },
});
