import { hex } from "../../bytes/mod.ts";
import type { Client } from "../../hub/mod.ts";
import type { Arguments } from "../lua/arguments.ts";
import { define } from "../lua/definition.ts";

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

  *[Symbol.iterator](): Generator<[id: string, client: Client]> {
    for (const client of this.#all()) yield [client.id, client];
  }
}

/** `mona.clients`, and `clients` of an application. */
export const clients = define<Clients>({
  name: "clients",
  type: Clients,
  members: {},
  dynamic: (clients, id) => clients.find(id),
  call: (clients, args) => clients.find(idArgument(args, 1)),
  length: (clients) => clients.count,
  entries: (clients) => clients,
});

/** An id as hexadecimal text, whether passed so or as its raw bytes. */
export function idArgument(args: Arguments, index: number): string {
  const bytes = args.view(index);
  return bytes.length === 32 ? hex(bytes) : args.text(index).toLowerCase();
}
