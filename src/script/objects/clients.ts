import { hex } from "../../bytes/mod.ts";
import { type Client, Invocation, invoke } from "../../hub/mod.ts";
import type { Arguments } from "../lua/arguments.ts";
import { define, method } from "../lua/definition.ts";
import { contextOf } from "./client_context.ts";
import { TOLD } from "./repeated_call.ts";

/** A collection of clients: all of the server's, or one application's. */
export class Clients {
  readonly #all: () => Iterable<Client>;
  readonly #count: () => number;
  readonly #find: (id: string) => Client | undefined;

  constructor(
    all: () => Iterable<Client>,
    count: () => number,
    find: (id: string) => Client | undefined,
  ) {
    this.#all = all;
    this.#count = count;
    this.#find = find;
  }

  get count(): number {
    return this.#count();
  }

  find(id: string): Client | undefined {
    return this.#find(id);
  }

  values(): Iterable<Client> {
    return this.#all();
  }

  *[Symbol.iterator](): Generator<[id: string, client: Client]> {
    for (const client of this.#all()) yield [client.id, client];
  }
}

/** `mona.clients`, and `clients` of an application. */
export const clients = define<Clients>({
  name: "clients",
  type: Clients,
  members: { broadcast: method((clients, args) => broadcastTo(clients.values(), args)) },
  dynamic: (clients, id) => clients.find(id),
  call: (clients, args) => clients.find(idArgument(args, 1)),
  length: (clients) => clients.count,
  entries: (clients) => clients,
});

/**
 * `broadcast(name, ...)`: calls a method of each client, and says how many that were. The values
 * are encoded once for each format that one of them reads.
 */
export function broadcastTo(clients: Iterable<Client>, args: Arguments): number {
  const invocation = new Invocation(args.text(1), () => args.reader(2));
  let count = 0;
  for (const client of clients) {
    if (contextOf(client) === undefined) continue;
    args.vm.spend(TOLD);
    invoke(client.writer, invocation);
    count++;
  }
  return count;
}

/** An id as hexadecimal text, whether passed so or as its raw bytes. */
export function idArgument(args: Arguments, index: number): string {
  const bytes = args.view(index);
  return bytes.length === 32 ? hex(bytes) : args.text(index).toLowerCase();
}
