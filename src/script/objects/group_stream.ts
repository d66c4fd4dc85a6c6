import type { Publication } from "../../hub/mod.ts";
import type { GroupPublication, Host } from "../host.ts";
import type { Arguments } from "../lua/arguments.ts";
import { define, method, readonly } from "../lua/definition.ts";

/** A publication in a NetGroup, as scripts see it. */
export class GroupStream {
  readonly name: string;
  readonly #published: GroupPublication;

  constructor(name: string, published: GroupPublication) {
    this.name = name;
    this.#published = published;
  }

  get isOver(): boolean {
    return this.#published.isOver;
  }

  get peers(): number {
    return this.#published.peers;
  }

  close(): void {
    this.#published.close();
  }
}

/** What `publication:toGroup(spec)` returns. */
export const groupStream = define<GroupStream>({
  name: "groupStream",
  type: GroupStream,
  members: {
    name: readonly((stream) => stream.name),
    running: readonly((stream) => !stream.isOver),
    peers: readonly((stream) => stream.peers),
    close: method((stream) => stream.close()),
  },
  text: (stream) => stream.name,
});

/** `toGroup(spec[, name])`: until the publication, or the application, ends. */
export function toGroup(host: Host, publication: Publication, args: Arguments): GroupStream {
  const { groupMember } = host.options;
  if (groupMember === undefined) throw new Error("RTMFP is off");
  if (!publication.isTaken) throw new Error(`${publication.localName} is not published`);
  const name = args.text(2, publication.localName);
  const { resources } = host.applications.current;
  const published = groupMember.publish(
    publication,
    args.text(1),
    name,
    () => void resources.delete(resource),
  );
  const resource = { close: () => published.close() };
  host.own(resource);
  return new GroupStream(name, published);
}
