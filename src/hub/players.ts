import { type Clock, type Later, orElse } from "../base/mod.ts";
import type { Client } from "./client.ts";
import type { Handler } from "./handler.ts";
import { Listener, type ListenerSink } from "./listener.ts";
import { LoneListeners } from "./lone_listeners.ts";
import type { MediaCursor } from "./media_cursor.ts";
import type { Observers } from "./observers.ts";
import type { LiveRules } from "./params.ts";
import type { Publication } from "./publication.ts";
import type { Publications } from "./publications.ts";
import type { Questions } from "./questions.ts";
import { Refusal } from "./refusal.ts";
import type { StreamNames } from "./stream_names.ts";
import { Tap, type TapOptions } from "./tap.ts";

/** What {@link Players} need of their hub. */
export interface PlayersOptions {
  readonly clock: Clock;
  readonly names: StreamNames;
  readonly publications: Publications;
  readonly observers: Observers;
  readonly questions: Questions;
  readonly handler: () => Handler;
  readonly rules: () => LiveRules;
  /** Counts a player that a client begins. @throws Refusal when there were too many lately */
  readonly count: (client: Client) => void;
}

/** Listeners and taps of publications, from the request to play to the end of it. */
export class Players {
  /** Clients to which a part of the server plays alone. */
  readonly lone: LoneListeners;
  readonly #options: PlayersOptions;
  #listenerCount = 0;

  constructor(options: PlayersOptions) {
    this.#options = options;
    const { names, publications, questions, handler } = options;
    this.lone = new LoneListeners({
      publication: (client, name) => {
        options.count(client);
        return publications.alone(names.nameOf(client.path, name, "Play.Failed"), "Play.Failed");
      },
      listener: (...of) => this.#makeListener(...of),
      ask: (client, listener) => questions.subscribe({ client, listener }),
      admit: (listener) => this.#admit(listener),
      dismiss: (client, listener) => handler().onUnsubscribe(client, listener),
    });
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
    parameters: ReadonlyMap<string, string>,
  ): Later<Listener> {
    const { names, publications, questions, count } = this.#options;
    count(client);
    const publication = publications.open(
      names.nameOf(client.path, name, "Play.Failed"),
      "Play.Failed",
    );
    for (const other of publication.listeners.values()) {
      if (other.client === client) throw new Refusal("Play.Failed", `${name} is already playing`);
    }
    const listener = this.#makeListener(client, publication, sink, parameters);
    const decision = orElse(() => questions.subscribe({ client, listener }), (error) => {
      publications.forget(publication);
      throw error;
    });
    if (!(decision instanceof Promise)) return this.#admit(listener);
    return this.#admitLater(listener, decision);
  }

  unsubscribe(listener: Listener): void {
    const { handler, observers } = this.#options;
    if (listener.isClosed) return;
    handler().onUnsubscribe(listener.client, listener);
    this.#remove(listener);
    for (const each of observers) each.onUnsubscribed?.(listener);
    for (const each of observers) each.onListeners?.(listener.publication);
  }

  /**
   * Gives a part of the server the media of a name, published or not, until the tap is closed.
   * @throws Refusal when the name is unusable
   */
  tap(options: TapOptions): Tap {
    const { publications, rules, clock, observers } = this.#options;
    const publication = publications.open(options.name, "Play.Failed");
    const tap = new Tap(options, {
      publication,
      limits: rules().limits,
      clock,
      onClose: (cursor) => {
        if (cursor.isClosed) return;
        this.#remove(cursor);
        for (const each of observers) each.onListeners?.(publication);
      },
    });
    welcome(tap.cursor);
    publication.audience.addCursor(tap.cursor);
    for (const each of observers) each.onListeners?.(publication);
    return tap;
  }

  #makeListener(
    client: Client,
    publication: Publication,
    sink: ListenerSink,
    parameters: ReadonlyMap<string, string>,
  ): Listener {
    return new Listener({
      id: String(++this.#listenerCount),
      client,
      publication,
      parameters,
      sink,
      groups: parameters.get("group") === "1" ? 1 : 0,
      limits: this.#options.rules().limits,
      clock: this.#options.clock,
    });
  }

  #admit(listener: Listener): Listener {
    const { observers } = this.#options;
    const { publication } = listener;
    welcome(listener);
    publication.audience.addCursor(listener);
    for (const each of observers) each.onSubscribed?.(listener);
    for (const each of observers) each.onListeners?.(publication);
    return listener;
  }

  /** Meanwhile the publication stays, and the listener holds none of its media. */
  async #admitLater(listener: Listener, decision: Promise<void>): Promise<Listener> {
    const { publication } = listener;
    publication.awaited++;
    listener.startAfter(publication.start(0).alone());
    try {
      await decision;
      listener.startAfter(publication.start(listener.groups));
      return this.#admit(listener);
    } finally {
      publication.awaited--;
      this.#options.publications.forget(publication);
    }
  }

  #remove(cursor: MediaCursor): void {
    const { publication } = cursor;
    cursor.close();
    publication.audience.remove(cursor);
    this.#options.publications.forget(publication);
  }
}

/** Metadata and codec headers for a cursor that comes while the stream runs. */
function welcome(cursor: MediaCursor): void {
  const { publication } = cursor;
  if (!publication.isRunning) return;
  const time = publication.startTime(cursor.groups);
  const first = [...publication.configs].map((message) => message.alone(time));
  if (publication.metadata !== undefined) first.unshift(publication.metadata.alone());
  cursor.prelude(first);
}
