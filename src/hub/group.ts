import { hex } from "../bytes/mod.ts";
import type { Client } from "./client.ts";

/** A NetGroup: the peers that joined it. Its traffic goes from peer to peer, not through here. */
export class Group {
  /** 64 hexadecimal characters. */
  readonly id: string;
  readonly rawId: Uint8Array;
  readonly #clients = new Set<Client>();
  /** How many of them have a peer id: more than one when a peer has come again. */
  readonly #peers = new Map<string, number>();
  /** Peer ids (hex) of members that are known to be elsewhere, with how often each was joined. */
  readonly virtualMembers: Map<string, number> = new Map();

  constructor(rawId: Uint8Array) {
    this.rawId = rawId;
    this.id = hex(rawId);
  }

  /** Members that are clients of this server, in order of joining. */
  get clients(): ReadonlySet<Client> {
    return this.#clients;
  }

  get isEmpty(): boolean {
    return this.#clients.size === 0 && this.virtualMembers.size === 0;
  }

  /** Whether a client of this server with that peer id (hex) is a member. */
  hasPeer(id: string): boolean {
    return this.#peers.has(id);
  }

  /** False when it is a member already. */
  add(client: Client): boolean {
    if (this.#clients.has(client)) return false;
    this.#clients.add(client);
    this.#peers.set(client.id, (this.#peers.get(client.id) ?? 0) + 1);
    return true;
  }

  /** False when it is no member. */
  delete(client: Client): boolean {
    if (!this.#clients.delete(client)) return false;
    const count = this.#peers.get(client.id) ?? 0;
    if (count > 1) this.#peers.set(client.id, count - 1);
    else this.#peers.delete(client.id);
    return true;
  }
}
