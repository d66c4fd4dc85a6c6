import type { Client } from "../../hub/mod.ts";
import type { Host } from "../host.ts";
import type { Arguments } from "../lua/arguments.ts";
import { type Answer, Results } from "../lua/definition.ts";
import { redirections } from "../redirections.ts";

/** What a script calls this server. */
const HERE = "again";

/**
 * `client:reconnect([server])`: asks a Flash client to connect anew, there or here. True when it has
 * said that it does so by itself; nil and the reason when it cannot be asked.
 */
export function reconnectClient(host: Host, client: Client, args: Arguments): Answer {
  const { move } = client;
  if (move === undefined) return new Results(null, `${client.protocol} has no such request`);
  if (!args.has(1)) move.ask(undefined);
  else {
    const [target] = redirections(host, move.port, args.at(1), args.at(1)) ?? [];
    if (target === undefined) return new Results(null, `that is no server with ${move.port}`);
    move.ask(target === HERE ? undefined : target);
  }
  return move.isAnnounced;
}
