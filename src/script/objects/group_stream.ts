import type { Publication } from "../../hub/mod.ts";
import type { GroupMember, GroupPublication, Host } from "../host.ts";
import type { Arguments } from "../lua/arguments.ts";
import { define, method, readonly } from "../lua/definition.ts";

/** A stream of a NetGroup that comes from a publication, or becomes one, as scripts see it. */
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

/** What `publication:toGroup(spec)` and `mona:fromGroup(spec, name)` return. */
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
  const member = memberOf(host);
  if (!publication.isTaken) throw new Error(`${publication.localName} is not published`);
  const name = args.text(2, publication.localName);
  return owned(host, name, (onOver) => member.publish(publication, args.text(1), name, onOver));
}

/** `fromGroup(spec, streamName[, name])`: until it is closed, or the application ends. */
export function fromGroup(host: Host, args: Arguments): GroupStream {
  const member = memberOf(host);
  const streamName = args.text(2);
  const localName = args.text(3, streamName);
  const { path } = host.applications.current;
  const name = host.hub.names.nameOf(path, localName, "Publish.BadName");
  return owned(
    host,
    streamName,
    (onOver) => member.play(args.text(1), streamName, name, onOver),
  );
}

function memberOf({ options: { groupMember } }: Host): GroupMember {
  if (groupMember === undefined) throw new Error("RTMFP is off");
  return groupMember;
}

/** What a script began ends with its application. */
function owned(
  host: Host,
  name: string,
  begin: (onOver: () => void) => GroupPublication,
): GroupStream {
  const { resources } = host.applications.current;
  const published = begin(() => void resources.delete(resource));
  const resource = { close: () => published.close() };
  host.own(resource);
  return new GroupStream(name, published);
}
