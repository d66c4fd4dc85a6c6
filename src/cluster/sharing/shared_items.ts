import { ProtocolError } from "../../bytes/mod.ts";
import { MAX_SHARED_ITEMS } from "../params.ts";
import type { Server } from "../server.ts";
import { type Change, type Item, keyOf } from "./item.ts";

/** What the other servers have, and which of them has what. */
export class SharedItems {
  readonly #owners = new Map<string, Set<Server>>();
  readonly #items = new Map<Server, Map<string, Item>>();
  readonly #onChange: (server: Server, change: Change) => void;
  readonly #limit: number;

  /**
   * @param onChange told of everything that was news
   * @param limit items that one server may have
   */
  constructor(
    onChange: (server: Server, change: Change) => void,
    limit: number = MAX_SHARED_ITEMS,
  ) {
    this.#onChange = onChange;
    this.#limit = limit;
  }

  /** The servers that have an item, the one that has had it longest first. */
  owners(item: Item): readonly Server[] {
    return [...this.#owners.get(keyOf(item)) ?? []];
  }

  /** Names of the publications that any server has; some may come twice. */
  *publications(): Generator<string> {
    for (const items of this.#items.values()) {
      for (const item of items.values()) if (item.kind === "publication") yield item.name;
    }
  }

  /** How many items a server has. */
  count(server: Server): number {
    return this.#items.get(server)?.size ?? 0;
  }

  /** @throws ProtocolError when a server has too much */
  apply(server: Server, change: Change): void {
    const key = keyOf(change.item);
    const items = this.#items.get(server) ?? new Map<string, Item>();
    if (items.has(key) === change.isThere) return;
    if (items.size >= this.#limit && change.isThere) {
      throw new ProtocolError(`a server that shares more than ${this.#limit} items`);
    }
    const owners = this.#owners.get(key) ?? new Set<Server>();
    if (change.isThere) {
      this.#items.set(server, items.set(key, change.item));
      this.#owners.set(key, owners.add(server));
    } else {
      items.delete(key);
      owners.delete(server);
      if (owners.size === 0) this.#owners.delete(key);
    }
    this.#onChange(server, change);
  }

  /** Replaces all that is known of a server: what is not in `items` went. */
  replace(server: Server, items: Iterable<Item>): void {
    const fresh = new Map([...items].map((item) => [keyOf(item), item]));
    for (const [key, item] of [...this.#items.get(server) ?? []]) {
      if (!fresh.has(key)) this.apply(server, { isThere: false, item });
    }
    for (const item of fresh.values()) this.apply(server, { isThere: true, item });
  }

  /** The server is gone, with all it had. */
  remove(server: Server): void {
    this.replace(server, []);
    this.#items.delete(server);
  }
}
