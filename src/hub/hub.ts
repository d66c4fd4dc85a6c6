import { andThen, type Clock, type Later, orElse } from "../base/mod.ts";
import type { DataReader, Value } from "../codecs/mod.ts";
import { BanList, hostOf } from "./ban_list.ts";
import type { Client } from "./client.ts";
import { type ConnectionValues, connectionValues } from "./connection_values.ts";
import { causeOf } from "./ending.ts";
import { type Directory, NO_DIRECTORY } from "./directory.ts";
import type { Group } from "./group.ts";
import { GroupMembers } from "./group_members.ts";
import { type Handler, openHandler, type Redirection } from "./handler.ts";
import { InputBudget, type InputLimits } from "./input_budget.ts";
import { GroupBudget } from "./kept_groups.ts";
import type { Listener, ListenerSink } from "./listener.ts";
import type { LoneListeners } from "./lone_listeners.ts";
import { Observers } from "./observers.ts";
import type { Origin } from "./origin.ts";
import { ASKED_GROUPS_LIMIT, DEFAULT_QUEUE_LIMITS, type LiveRules } from "./params.ts";
import { Players } from "./players.ts";
import type { PublisherSink } from "./feed.ts";
import type { Publication } from "./publication.ts";
import { Publications, type PublishSettings } from "./publications.ts";
import { PublishRequest, type PublishRequestOptions } from "./publish_request.ts";
import { Questions } from "./questions.ts";
import { type CreationRates, Rates } from "./rates.ts";
import { NO_RECORDINGS, type Recordings } from "./recorded.ts";
import { Refusal } from "./refusal.ts";
import { StreamNames } from "./stream_names.ts";
import type { Tap, TapOptions } from "./tap.ts";
import { CLOSED_WRITER } from "./writer.ts";

/** The clock, and the rules for listeners that differ from the usual ones. */
export interface HubOptions extends Partial<LiveRules> {
  readonly clock: Clock;
  /** Whose streams' names are. The server's by default. */
  readonly names?: "server" | "application";
  /** Whether a path below an application is an instance of it for all clients, not only for tools. */
  readonly instances?: boolean | undefined;
  /** Any number by default. */
  readonly rates?: CreationRates;
  /** Any number by default. */
  readonly inputs?: InputLimits;
}

const NO_RATES: CreationRates = { client: 0, address: 0 };
const NO_LIMITS: InputLimits = { address: 0, all: 0 };
const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

/** How parts of the server publish, and clients by default. */
const PLAIN = { parameters: NO_PARAMETERS, mode: "live" } as const;

/** Connected clients, publications and their listeners: the server without its protocols. */
export class Hub {
  readonly clients: Map<string, Client> = new Map();
  /** Banned addresses: every protocol refuses them first; a new ban cuts clients of its addresses. */
  readonly bans: BanList = new BanList();
  /** What the applications do with events; set once when the server is wired. */
  handler: Handler = openHandler;
  /** Other parts of the server that hear what happens. */
  readonly observers: Observers = new Observers();
  /** What connections hold of messages that are not whole. */
  readonly inputs: InputBudget;
  /** Who is in which NetGroup. */
  readonly members: GroupMembers = new GroupMembers(() => this.handler, this.observers);
  /** What is known of names and peers of other servers; set once when the server is wired. */
  directory: Directory = NO_DIRECTORY;
  /** Names that are fetched from foreign servers while they have players. */
  readonly offers: Set<string> = new Set();
  /** What records publications; set once when the server is wired. */
  recordings: Recordings = NO_RECORDINGS;
  readonly clock: Clock;
  /** Puts what clients ask to the applications. */
  readonly questions: Questions;
  /** A path below an application is an instance of it, for all clients of NetConnection. */
  readonly hasInstances: boolean;
  #rules: LiveRules;
  readonly #rates: Rates;
  /** What streams of applications are called on this server. */
  readonly names: StreamNames;
  readonly #publications: Publications;
  readonly #players: Players;

  constructor(options: HubOptions) {
    this.clock = options.clock;
    this.hasInstances = options.instances ?? false;
    const { limits = DEFAULT_QUEUE_LIMITS, gop = false, soundWait = 0 } = options;
    this.#rules = { limits, gop, soundWait, groups: new GroupBudget(ASKED_GROUPS_LIMIT) };
    this.#rates = new Rates(options.rates ?? NO_RATES, (client, text) => {
      for (const each of this.observers) each.onOverRate?.(client, text);
    });
    this.inputs = new InputBudget(options.inputs ?? NO_LIMITS, (text, host) => {
      for (const each of this.observers) each.onOverInput?.(text, host);
    });
    this.names = new StreamNames(
      options.names ?? "server",
      (path) => this.handler.hasApplication(path),
    );
    this.#publications = new Publications({
      clock: this.clock,
      handler: () => this.handler,
      rules: () => this.#rules,
      names: this.names,
      onFault: (publication, fault) => {
        for (const each of this.observers) each.onFault?.(publication, fault);
      },
    });
    this.questions = new Questions(this.clock, () => this.handler, this.observers);
    this.#players = new Players({
      clock: this.clock,
      names: this.names,
      publications: this.#publications,
      observers: this.observers,
      questions: this.questions,
      handler: () => this.handler,
      rules: () => this.#rules,
      count: (client) => this.countCreation(client, "Play.Failed"),
    });
    this.bans.watch(() => this.#cutBanned());
  }

  /** Clients to which a part of the server plays alone. */
  get lone(): LoneListeners {
    return this.#players.lone;
  }

  /** Other rules for streams and players that begin from now on. */
  set rules(rules: LiveRules) {
    this.#rules = rules;
  }

  /** Other limits of what clients create. */
  set rates(rates: CreationRates) {
    this.#rates.limits = rates;
  }

  /** NetGroups by id, in hexadecimal. */
  get groups(): ReadonlyMap<string, Group> {
    return this.members.groups;
  }

  /** The publications that have a publisher now, by name. */
  *publications(): Generator<Publication> {
    for (const publication of this.#publications) {
      if (publication.isRunning) yield publication;
    }
  }

  /** Every publication with a publisher, or with listeners that wait for one. */
  get streams(): Iterable<Publication> {
    return this.#publications;
  }

  /** True while a client would find a publisher under the name. @throws Refusal */
  isPublished(client: Client, name: string): boolean {
    return this.publication(this.names.nameOf(client.path, name, "Play.Failed")) !== undefined;
  }

  /** The publication of that name, if it has a publisher. */
  publication(name: string): Publication | undefined {
    const publication = this.#publications.get(name);
    return publication?.isRunning ? publication : undefined;
  }

  /**
   * Accepts a client, or refuses it as the application does; gives what the application adds to the
   * acceptance. {@link disconnect} ends the client, accepted or not.
   * @throws Refusal, or rejects with it
   */
  connect(client: Client, args: DataReader): Later<ConnectionValues> {
    const what = { asked: "connect", name: client.path || "/", client } as const;
    return this.observers.telling(what, () => this.#connect(client, args));
  }

  #connect(client: Client, args: DataReader): Later<ConnectionValues> {
    client.lastReception = this.clock.epoch();
    // HTTP has a client for each path that a request names, and limits of its own.
    if (client.protocol !== "HTTP") {
      this.#rates.takeHost(client, "Connect.Rejected", this.clock.now());
    }
    const decision = this.questions.connect({ client, args });
    if (!(decision instanceof Promise)) return this.#accept(client, decision);
    return decision.then((added) => {
      const accepted = this.#accept(client, added);
      // Banned while the application took its time, when it was none of the clients yet.
      if (this.bans.isBanned(hostOf(client.address))) client.end("banned", "banned");
      return accepted;
    });
  }

  /**
   * Counts one more thing that a client creates beside publications, players and memberships.
   * @throws Refusal when there were too many lately
   */
  countCreation(client: Client, code: string): void {
    this.#rates.countCreation(client, code, this.clock.now());
  }

  /** The client is gone: its streams are closed already by its protocol. */
  disconnect(client: Client, error?: string): void {
    this.questions.abandon(client);
    if (!client.isConnected) return;
    client.isConnected = false;
    if (error !== undefined) client.endsBecause(causeOf(error), error);
    client.writer = CLOSED_WRITER;
    // A peer that came again, from another address, has the same id.
    if (this.clients.get(client.id) === client) this.clients.delete(client.id);
    this.members.unjoinAll(client);
    if (error !== undefined) this.handler.onFailed(client, error);
    this.handler.onDisconnection(client);
    for (const each of this.observers) each.onDisconnected?.(client);
  }

  /**
   * True when the name has no publisher, and none that is being decided about: here, or on another
   * server that is known.
   */
  isFree(name: string): boolean {
    return !this.isTaken(name) && !this.directory.isTaken(name);
  }

  /** True while a publisher of this server has the name, be it that it is not accepted yet. */
  isTaken(name: string): boolean {
    return this.#publications.get(name)?.isTaken ?? false;
  }

  /** True while a listener, or a tap that is not passive, has that name, published or not. */
  isWanted(name: string): boolean {
    return this.#publications.get(name)?.audience.isWanting ?? false;
  }

  /**
   * Begins a client's publication: claims its name, then asks the application.
   * @throws Refusal, or rejects with it: `Publish.BadName` when the name is taken or unusable, or
   * the application's
   */
  publish(
    client: Client,
    name: string,
    sink: PublisherSink,
    settings: Partial<PublishSettings> = {},
  ): Later<Publication> {
    const what = { asked: "publish", name, client } as const;
    const options = { ...PLAIN, ...settings, client, name, sink };
    return this.observers.telling(what, () => this.#publish(options));
  }

  #publish(options: PublishRequestOptions): Later<Publication> {
    this.countCreation(options.client, "Publish.Failed");
    const request = new PublishRequest(options, {
      publications: this.#publications,
      names: this.names,
      directory: this.directory,
    });
    const decision = orElse(() => this.questions.publish(request), (error) => {
      request.withdraw();
      throw error;
    });
    return andThen(decision, () => this.#begin(request.accept()));
  }

  /**
   * Begins a publication that a script feeds; undefined when the name is taken or unusable.
   * @param path of the script's application
   */
  publishFromScript(localName: string, path = ""): Publication | undefined {
    try {
      const name = this.names.nameOf(path, localName, "Publish.BadName");
      return this.publishFrom({ kind: "script", id: name }, name);
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }

  /**
   * Begins a publication that a part of the server feeds: no application is asked. Undefined when
   * the name is taken here or unusable. It may be ended by others: then it is not `running`.
   */
  publishFrom(origin: Origin, name: string): Publication | undefined {
    try {
      return this.#begin(this.#publications.reserve(name, PLAIN, origin));
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }

  /** Ends a publication; its listeners stay and wait for the next publisher. */
  unpublish(publication: Publication): void {
    if (!publication.isRunning) return;
    publication.flush();
    const publisher = publication.publisher;
    if (publisher !== undefined) this.handler.onUnpublish(publisher, publication);
    this.#end(publication);
  }

  /**
   * Lets a client listen to a name, published or not.
   * @throws Refusal, or rejects with it: `Play.Failed` when the client listens already, or the
   * application's
   */
  subscribe(
    client: Client,
    name: string,
    sink: ListenerSink,
    parameters: ReadonlyMap<string, string> = NO_PARAMETERS,
  ): Later<Listener> {
    const what = { asked: "play", name, client } as const;
    return this.observers.telling(
      what,
      () => this.#players.subscribe(client, name, sink, parameters),
    );
  }

  unsubscribe(listener: Listener): void {
    this.#players.unsubscribe(listener);
  }

  /**
   * Gives a part of the server the media of a name, published or not, until the tap is closed.
   * @throws Refusal when the name is unusable
   */
  tap(options: TapOptions): Tap {
    return this.#players.tap(options);
  }

  /** Adds a client to a group, which comes to be with its first member. @throws Refusal */
  join(client: Client, rawId: Uint8Array): Group {
    this.countCreation(client, "Call.Failed");
    return this.members.join(client, rawId);
  }

  /** Where clients of a protocol find a peer (32 bytes) that is not here. */
  locate(protocol: string, peerId: Uint8Array): Redirection | undefined {
    return this.handler.onRendezVousUnknown(protocol, peerId) ??
      this.directory.locate(protocol, peerId);
  }

  /** Brings all rates up to date; the server calls it every two seconds. */
  sample(): void {
    for (const publication of this.#publications) publication.sample();
  }

  #accept(client: Client, added: Value | void): ConnectionValues {
    client.isConnected = true;
    client.connectedAt = this.clock.epoch();
    this.clients.set(client.id, client);
    for (const each of this.observers) each.onConnected?.(client);
    return connectionValues(added);
  }

  #begin(publication: Publication): Publication {
    const { refusal } = publication;
    if (refusal !== undefined) {
      this.#publications.withdraw(publication);
      throw refusal;
    }
    publication.begin();
    for (const each of this.observers) each.onPublished?.(publication);
    return publication;
  }

  #cutBanned(): void {
    for (const client of [...this.clients.values()]) {
      if (this.bans.isBanned(hostOf(client.address))) client.end("banned", "banned");
    }
  }

  #end(publication: Publication): void {
    // Observers were not told of what one client plays alone, and another may have its name.
    const isLone = this.#publications.get(publication.name) !== publication;
    this.#publications.end(publication);
    if (isLone) return;
    for (const each of this.observers) each.onUnpublished?.(publication);
  }
}
