import { type Hub, OnDemand, type Opened, type Publication } from "../../../hub/mod.ts";
import type { Log } from "../../../logs/mod.ts";
import type { WriteScheduler } from "../../../net/mod.ts";
import { RELAY_RETRY_INTERVAL, RELAY_RETRY_JITTER } from "../params.ts";
import { RelayConnection } from "./relay_connection.ts";
import { shownUrl, type StreamUrl, withoutKeys } from "./url.ts";

/** One line of `[relay]`. */
export interface RelayOptions {
  readonly hub: Hub;
  readonly log: Log;
  readonly scheduler: WriteScheduler;
  /** Tells it from all others, those of the same name too. */
  readonly id: string;
  /** Name of the publication here. */
  readonly name: string;
  /** Where the stream is: the next one is tried when one fails. */
  readonly urls: readonly [StreamUrl, ...StreamUrl[]];
  /** `play`: from there, while it is wanted here. `publish`: to there, while it is published here. */
  readonly does: "play" | "publish";
}

/** One publication that comes from, or goes to, an RTMP server that is not ours. */
export class RtmpRelay {
  readonly #options: RelayOptions;
  readonly #onDemand: OnDemand;
  readonly #stopObserving: () => void;
  #url: StreamUrl;
  #isUp = false;
  /** How many attempts have failed since the last one that did not. */
  #failures = 0;
  /** The newest of them; undefined since the stream came or went. */
  #failure: string | undefined;
  #isStopped = false;
  /** Failures that were logged since then: the same one again is no news. */
  readonly #logged = new Set<string>();

  constructor(options: RelayOptions) {
    this.#options = options;
    const { hub, name, urls } = options;
    this.#offer();
    this.#url = urls[0];
    this.#onDemand = new OnDemand({
      clock: hub.clock,
      isWanted: () => this.#isWanted(),
      open: () => this.#open(),
    });
    const look = (publication: Publication) => {
      if (publication.name === name) this.#onDemand.look();
    };
    this.#stopObserving = hub.observers.add({
      onListeners: look,
      onPublished: look,
      onUnpublished: look,
    });
  }

  /** Whether the stream comes or goes now. */
  get isUp(): boolean {
    return this.#isUp;
  }

  get id(): string {
    return this.#options.id;
  }

  get name(): string {
    return this.#options.name;
  }

  get does(): RelayOptions["does"] {
    return this.#options.does;
  }

  /** Its URLs, without what may be a key. */
  get urls(): readonly string[] {
    return this.#options.urls.map(shownUrl);
  }

  /** `waiting` for listeners, for a publisher or for its peer. */
  get state(): "up" | "waiting" | "stopped" {
    return this.#isStopped ? "stopped" : this.#isUp ? "up" : "waiting";
  }

  /** Why it failed last; undefined while it has not, or not since the stream came or went. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Works again after {@link stop}, while there is something to relay. */
  start(): void {
    this.#isStopped = false;
    this.#offer();
    this.#onDemand.look();
  }

  /** Ends what comes or goes, until {@link start}. */
  stop(): void {
    this.#isStopped = true;
    this.#withdraw();
    this.#onDemand.look();
  }

  close(): void {
    this.#withdraw();
    this.#stopObserving();
    this.#onDemand.close("the server stops");
  }

  #offer(): void {
    const { hub, name, does } = this.#options;
    if (does === "play") hub.offers.add(name);
  }

  #withdraw(): void {
    const { hub, name, does } = this.#options;
    if (does === "play") hub.offers.delete(name);
  }

  /** Whether there is something to relay, with this server as the one to do it. */
  #isWanted(): boolean {
    if (this.#isStopped) return false;
    const { hub, name, does } = this.#options;
    const origin = hub.publication(name)?.origin;
    if (does === "publish") return origin !== undefined && origin.kind !== "server";
    return hub.isWanted(name) && (origin?.kind === "relay" || hub.isFree(name));
  }

  #open(): Opened {
    const { hub, log, scheduler, name, does } = this.#options;
    const url = this.#url;
    return new RelayConnection({
      hub,
      log,
      scheduler,
      name,
      url,
      does,
      onStarted: () => {
        this.#isUp = true;
        this.#failures = 0;
        this.#failure = undefined;
        this.#logged.clear();
        log.note(`${does === "play" ? "comes from" : "goes to"} ${shownUrl(url)}`);
      },
      onEnded: (reason) => {
        this.#isUp = false;
        this.#onDemand.ended(reason === undefined ? 0 : this.#fail(reason));
      },
    });
  }

  /** The next URL is tried at once, the first one again after the pause that is given, in ms. */
  #fail(reason: string): number {
    const { log, urls } = this.#options;
    const failure = `${shownUrl(this.#url)}: ${withoutKeys(reason, this.#url)}`;
    this.#failure = failure;
    if (!this.#logged.has(failure)) {
      log.warn(`${failure}; tried again every ${RELAY_RETRY_INTERVAL / 1000} s`);
      this.#logged.add(failure);
    }
    this.#failures++;
    this.#url = urls[(urls.indexOf(this.#url) + 1) % urls.length] ?? urls[0];
    if (this.#failures % urls.length !== 0) return 0;
    return RELAY_RETRY_INTERVAL * (1 + RELAY_RETRY_JITTER * (2 * Math.random() - 1));
  }
}
