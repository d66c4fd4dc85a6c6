import type { Publication } from "../../hub/mod.ts";
import { define } from "../lua/definition.ts";
import { onePer } from "./one_per.ts";

/** The subscribers of a publication. */
export class Listeners {
  readonly publication: Publication;

  constructor(publication: Publication) {
    this.publication = publication;
  }
}

/** The listeners of a publication. */
export const listenersOf = onePer((publication: Publication) => new Listeners(publication));

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
