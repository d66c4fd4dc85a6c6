import { hex } from "../bytes/mod.ts";
import type { Client } from "./client.ts";

/** A NetGroup: the peers that joined it. Its traffic goes from peer to peer, not through here. */
export class Group {
  /** 64 hexadecimal characters. */
  readonly id: string;
  readonly rawId: Uint8Array;
  /** Members that are clients of this server, in order of joining. */
  readonly clients: Set<Client> = new Set();
  /** Peer ids (hex) of members that are known to be elsewhere, with how often each was joined. */
  readonly virtualMembers: Map<string, number> = new Map();

  constructor(rawId: Uint8Array) {
    this.rawId = rawId;
    this.id = hex(rawId);
  }

  get isEmpty(): boolean {
    return this.clients.size === 0 && this.virtualMembers.size === 0;
  }
}
