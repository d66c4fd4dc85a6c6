import type { Publication } from "../../hub/mod.ts";
import type { Host } from "../host.ts";
import { define } from "../lua/definition.ts";

/** What is published now: on the server, or in the running application where names are its own. */
export class Publications {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  get(localName: string): Publication | undefined {
    const { hub } = this.#host;
    const publication = hub.publication(
      hub.names.areLocal ? `${this.#start}${localName}` : localName,
    );
    return publication?.localName === localName ? publication : undefined;
  }

  *[Symbol.iterator](): Generator<Publication> {
    const { hub, applications } = this.#host;
    const { areLocal } = hub.names;
    const { path } = applications.current;
    for (const publication of hub.publications()) {
      if (!areLocal || publication.application === path) yield publication;
    }
  }

  /** What names of the running application begin with. */
  get #start(): string {
    const { path } = this.#host.applications.current;
    return path === "" ? "" : `${path.slice(1)}/`;
  }
}

/** `mona.publications`. */
export const publications = define<Publications>({
  name: "publications",
  type: Publications,
  members: {},
  dynamic: (publications, name) => publications.get(name),
  call: (publications, args) => publications.get(args.text(1)),
  length: (publications) => [...publications].length,
  *entries(publications) {
    for (const publication of publications) yield [publication.localName, publication] as const;
  },
});
