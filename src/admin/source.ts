import type { Client, Publication } from "../hub/mod.ts";

/** The name of a client's protocol as labels and lists have it. */
export function protocolOf({ protocol }: Client): string {
  return protocol.toLowerCase();
}

/** What feeds a publication: a protocol, or `script`, `relay`, `server`, `recording`. */
export function sourceOf({ publisher, origin }: Publication): string {
  return publisher === undefined ? origin?.kind ?? "script" : protocolOf(publisher);
}
