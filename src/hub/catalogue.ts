import type { Hub } from "./hub.ts";
import type { OriginKind } from "./origin.ts";
import type { Publication } from "./publication.ts";

/** A name that players get a stream of. */
export interface CatalogueEntry {
  readonly name: string;
  readonly origin: OriginKind;
  /** What runs here; undefined for what is fetched from elsewhere once it has a player. */
  readonly publication: Publication | undefined;
}

/**
 * All that can be played: what is published here, on the other servers of the cluster, and what
 * relays fetch on demand, whether or not it is live there. Sorted by name.
 */
export function catalogue(hub: Hub): CatalogueEntry[] {
  const entries = new Map<string, CatalogueEntry>();
  const add = (name: string, origin: OriginKind, publication?: Publication) => {
    if (!entries.has(name)) entries.set(name, { name, origin, publication });
  };
  for (const publication of hub.publications()) {
    add(publication.name, publication.origin?.kind ?? "script", publication);
  }
  for (const name of hub.directory.names()) add(name, "server");
  for (const name of hub.offers) add(name, "relay");
  return [...entries.values()].sort((a, b) => a.name < b.name ? -1 : 1);
}
