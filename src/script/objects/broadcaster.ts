import { Broadcaster } from "../../cluster/mod.ts";
import type { Arguments } from "../lua/arguments.ts";
import { define, method } from "../lua/definition.ts";
import { Type } from "../lua/stack.ts";

/** Some of the connected servers: `mona.servers.initiators`, `mona.servers.targets`. */
export const broadcaster = define<Broadcaster>({
  name: "broadcaster",
  type: Broadcaster,
  members: { broadcast: method(broadcast) },
  call: serverOf,
  element: (servers, index) => servers.at(index),
  length: (servers) => servers.count,
  entries: numbered,
});

/** `broadcast(handler, ...)`: calls the method on the other side of each server. */
export function broadcast(servers: Broadcaster, args: Arguments): void {
  servers.broadcast(args.text(1), args.reader(2));
}

/** `servers(address)` or `servers(index)`, in order of connection from 1. */
export function serverOf(servers: Broadcaster, args: Arguments) {
  if (args.type(1) === Type.number) return servers.at(args.number(1)) ?? null;
  return servers.find(args.text(1)) ?? null;
}

/** What iteration goes through: indexes and servers. */
export function* numbered(servers: Broadcaster) {
  let index = 0;
  for (const server of [...servers]) yield [++index, server] as const;
}
