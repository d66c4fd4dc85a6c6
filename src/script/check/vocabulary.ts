/** Which names scripts find: globals, and members of the objects that are ours or Lua's. */
export interface Vocabulary {
  /** Globals, each with its class when its members are known. */
  readonly globals: ReadonlyMap<string, string | undefined>;
  readonly classes: ReadonlyMap<string, ClassNames>;
}

export interface ClassNames {
  readonly members: ReadonlySet<string>;
  /** Those that are functions. */
  readonly methods: ReadonlySet<string>;
  /** Those that scripts assign and the server calls. */
  readonly events: ReadonlySet<string>;
  /** Whether an object has names that only it knows, such as what came with a URL. */
  readonly isOpen: boolean;
}

/** An application's globals: `this`, `super` and their like. */
export const ENVIRONMENT = "application";

/** What an event of an application gets, as far as its class is known. */
const EVENT_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  onConnection: ["client"],
  onDisconnection: ["client"],
  onFailed: ["client"],
  onAddressChanged: ["client"],
  onJoinGroup: ["client", "group"],
  onUnjoinGroup: ["client", "group"],
  onPublish: ["client", "publication"],
  onUnpublish: ["client", "publication"],
  onVideoPacket: ["client", "publication"],
  onAudioPacket: ["client", "publication"],
  onDataPacket: ["client", "publication"],
  onSubscribe: ["client", "listener"],
  onUnsubscribe: ["client", "listener"],
  onSharedObject: ["client"],
  onRead: ["client"],
  onWrite: ["client"],
  onServerConnection: ["server"],
  onServerDisconnection: ["server"],
};

/** What members are, and what methods give, by `class.member`. */
const RESULTS: Readonly<Record<string, string>> = {
  "client.writer": "FlowWriter",
  "FlowWriter.newFlowWriter": "FlowWriter",
  "listener.client": "client",
  "listener.publication": "publication",
  "listener.audioQOS": "QualityOfService",
  "listener.videoQOS": "QualityOfService",
  "listener.dataQOS": "QualityOfService",
  "publication.client": "client",
  "publication.audioQOS": "QualityOfService",
  "publication.videoQOS": "QualityOfService",
  "publication.dataQOS": "QualityOfService",
  "mona.publish": "publication",
  "mona.sharedObject": "SharedObject",
  "mona.timer": "timer",
  "mona.every": "timer",
  "mona.createTCPClient": "TCPClient",
  "mona.createTCPServer": "TCPServer",
  "mona.createUDPSocket": "UDPSocket",
  "mona.createMediaWriter": "MediaWriter",
};

/** The class of an argument of a function that is called as an event; `object` has it as a member. */
export function argumentOf(
  event: string,
  index: number,
  object: string | undefined,
): string | undefined {
  if (object === undefined) return EVENT_ARGUMENTS[event]?.[index];
  if (index === 0) return object;
  // client:onPublish(publication) gets what the application's event gets after the client.
  if (object === "client") return EVENT_ARGUMENTS[event]?.[index];
  if (object === "TCPServer" && event === "onConnection") return "TCPClient";
  return undefined;
}

/** The class of a member, or of what a method gives. */
export function resultOf(object: string, member: string): string | undefined {
  return RESULTS[`${object}.${member}`];
}

/** Each class and member that this page names, for a test that they exist. */
export function* namedHere(): Generator<[object: string, member?: string]> {
  for (const classes of Object.values(EVENT_ARGUMENTS)) for (const name of classes) yield [name];
  for (const [path, result] of Object.entries(RESULTS)) {
    yield path.split(".") as [string, string];
    yield [result];
  }
}
