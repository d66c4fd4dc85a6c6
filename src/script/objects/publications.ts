import type { Hub } from "../../hub/mod.ts";
import { define } from "../lua/definition.ts";

/** What is published on the server now. */
export class Publications {
  readonly hub: Hub;

  constructor(hub: Hub) {
    this.hub = hub;
  }
}

/** `mona.publications`. */
export const publications = define<Publications>({
  name: "publications",
  type: Publications,
  members: {},
  dynamic: ({ hub }, name) => hub.publication(name),
  call: ({ hub }, args) => hub.publication(args.text(1)),
  length: ({ hub }) => hub.publications().reduce((count) => count + 1, 0),
  *entries({ hub }) {
    for (const publication of hub.publications()) yield [publication.name, publication] as const;
  },
});
