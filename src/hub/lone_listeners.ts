import { andThen, type Later } from "../base/mod.ts";
import type { Client } from "./client.ts";
import type { Listener, ListenerSink } from "./listener.ts";
import type { Origin } from "./origin.ts";
import type { Publication } from "./publication.ts";

/** What {@link LoneListeners} need of their hub. */
export interface LoneListenersHost {
  /** A publication that only this client knows. @throws Refusal */
  publication(client: Client, name: string): Publication;
  listener(
    client: Client,
    publication: Publication,
    sink: ListenerSink,
    parameters: ReadonlyMap<string, string>,
  ): Listener;
  /** Puts the question of a play to the application. */
  ask(client: Client, listener: Listener): Later<void>;
  admit(listener: Listener): Listener;
  /** A listener that was only asked about is no more. */
  dismiss(client: Client, listener: Listener): void;
}

/** What a client wants to play. */
export interface PlayRequest {
  readonly client: Client;
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const SILENT: ListenerSink = { ready() {}, overrun() {}, status() {} };

/** Clients that listen to a publication of their own, which a part of the server feeds: a file. */
export class LoneListeners {
  readonly #host: LoneListenersHost;

  constructor(host: LoneListenersHost) {
    this.#host = host;
  }

  /**
   * Lets a client listen to a publication of its own; it ends by the hub's `unpublish`.
   * @throws Refusal, or rejects with it
   */
  subscribe(
    origin: Origin,
    { client, name, parameters }: PlayRequest,
    sink: ListenerSink,
  ): Later<Listener> {
    const publication = this.#host.publication(client, name);
    publication.reserve(origin);
    publication.begin();
    const listener = this.#host.listener(client, publication, sink, parameters);
    return andThen(this.#host.ask(client, listener), () => this.#host.admit(listener));
  }

  /**
   * Asks the application whether a client may play a name, of which nothing is played now.
   * @throws Refusal, or rejects with it
   */
  mayPlay({ client, name, parameters }: PlayRequest): Later<void> {
    const publication = this.#host.publication(client, name);
    const listener = this.#host.listener(client, publication, SILENT, parameters);
    return andThen(this.#host.ask(client, listener), () => this.#host.dismiss(client, listener));
  }
}
