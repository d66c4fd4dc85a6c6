import type { Publication } from "../../hub/mod.ts";
import { define } from "../lua/definition.ts";

/** The subscribers of a publication. */
export class Listeners {
  readonly publication: Publication;

  constructor(publication: Publication) {
    this.publication = publication;
  }
}

const known = new WeakMap<Publication, Listeners>();

/** The listeners of a publication, the same object each time. */
export function listenersOf(publication: Publication): Listeners {
  let found = known.get(publication);
  if (found === undefined) known.set(publication, found = new Listeners(publication));
  return found;
}

/** `publication.listeners`. */
export const listeners = define<Listeners>({
  name: "listeners",
  type: Listeners,
  members: {},
  length: ({ publication }) => publication.listeners.size,
  *entries({ publication }) {
    let index = 0;
    for (const listener of publication.listeners.values()) yield [++index, listener] as const;
  },
  *pairs({ publication }) {
    for (const listener of publication.listeners.values()) {
      yield [listener.client, listener] as const;
    }
  },
  keyed({ publication }, key) {
    return publication.listeners.values().find(({ client }) => client === key);
  },
});
