import { errorText, type Timer } from "../../../base/mod.ts";
import { Amf0Reader, readValues } from "../../../codecs/mod.ts";
import { amfInput, MessageType } from "../../../flash/mod.ts";
import { Client, type Hub, type Listener, type Publication } from "../../../hub/mod.ts";
import type { Log } from "../../../logs/mod.ts";
import {
  connectTcp,
  type TcpConnection,
  type TcpHandler,
  type WriteScheduler,
} from "../../../net/mod.ts";
import { DEADLINE_INTERVAL, RELAY_RETRY_INTERVAL } from "../params.ts";
import { PushEncoder } from "./push_encoder.ts";
import { RtmpClient } from "./session.ts";
import { shownUrl, type StreamUrl, withoutKeys } from "./url.ts";

/** One line of `[relay]`. */
export interface RelayOptions {
  readonly hub: Hub;
  readonly log: Log;
  readonly scheduler: WriteScheduler;
  /** Name of the publication here. */
  readonly name: string;
  /** Where the stream is: the next one is tried when one fails. */
  readonly urls: readonly [StreamUrl, ...StreamUrl[]];
  /** `play`: from there, while somebody listens here. `publish`: to there, while it is published here. */
  readonly does: "play" | "publish";
}

/** One publication that comes from, or goes to, an RTMP server that is not ours. */
export class RtmpRelay {
  readonly #options: RelayOptions;
  readonly #giveUp = new AbortController();
  #connection: TcpConnection | undefined;
  #isConnecting = false;
  #publication: Publication | undefined;
  #stopSending: (() => void) | undefined;
  #pause: Timer | undefined;
  /** Nothing is to be relayed any more: the end that comes is ours. */
  #isStopping = false;
  #url: StreamUrl;
  /** How many attempts have failed since the last one that did not. */
  #failures = 0;
  /** Failures that were logged since then: the same one again is no news. */
  readonly #said = new Set<string>();

  constructor(options: RelayOptions) {
    this.#options = options;
    const { hub, name, urls } = options;
    this.#url = urls[0];
    const look = (publication: Publication) => {
      if (publication.name === name) this.#reconsider();
    };
    hub.observers.push({ onListeners: look, onPublished: look, onUnpublished: look });
  }

  close(): void {
    this.#giveUp.abort();
    this.#pause?.cancel();
    this.#connection?.outbox.end();
  }

  get #isClosed(): boolean {
    return this.#giveUp.signal.aborted;
  }

  /** Whether there is something to relay, with this server as the one to do it. */
  #isWanted(): boolean {
    const { hub, name, does } = this.#options;
    const publication = hub.publication(name);
    if (does === "play") {
      const isOurs = publication?.publisherId === `relay:${name}`;
      return hub.hasListeners(name) && (isOurs || hub.isFree(name));
    }
    return publication !== undefined && !publication.publisherId.startsWith("server:");
  }

  #reconsider(): void {
    if (this.#isClosed || this.#pause !== undefined) return;
    if (!this.#isWanted()) {
      if (this.#connection === undefined) return;
      this.#isStopping = true;
      this.#connection.outbox.end();
    } else if (this.#connection === undefined && !this.#isConnecting) {
      this.#connect();
    }
  }

  async #connect(): Promise<void> {
    const { hub: { clock }, scheduler } = this.#options;
    const { hostname, port, secure } = this.#url;
    this.#isConnecting = true;
    try {
      await connectTcp(
        {
          hostname,
          port,
          scheduler,
          clock,
          signal: this.#giveUp.signal,
          ...(secure ? { tls: true as const } : {}),
        },
        (connection) => this.#run(connection),
      );
    } catch (error) {
      if (this.#isWanted()) this.#over(errorText(error));
    }
    this.#isConnecting = false;
  }

  #run(connection: TcpConnection): TcpHandler | undefined {
    const { hub: { clock }, does, log } = this.#options;
    const url = this.#url;
    if (this.#isClosed || !this.#isWanted()) return undefined;
    this.#connection = connection;
    let reason: string | undefined;
    const client = new RtmpClient({
      url,
      does,
      send: (bytes) => connection.outbox.send(bytes),
      events: {
        started: (streamId) => {
          this.#failures = 0;
          this.#said.clear();
          log.note(`${does === "play" ? "comes from" : "goes to"} ${shownUrl(url)}`);
          if (does === "play") this.#receive();
          else this.#give(connection, streamId);
        },
        media: (type, time, payload) => append(this.#publication, type, time, payload),
        batch: () => this.#publication?.flush(),
        ended: (why) => {
          reason ??= why;
          connection.outbox.end();
        },
      },
      now: clock.now(),
    });
    const deadlines = clock.every(DEADLINE_INTERVAL, () => client.onDeadline(clock.now()));
    return {
      onData: (bytes, turn) => client.receive(bytes, turn),
      onClosed: (broken) => {
        deadlines.cancel();
        client.closed(broken);
        this.#connection = undefined;
        this.#over(reason ?? "closed");
        this.#release();
        this.#reconsider();
      },
    };
  }

  #receive(): void {
    const { hub, name } = this.#options;
    this.#publication = hub.publishFromScript(name, `relay:${name}`);
    if (this.#publication === undefined) this.#connection?.outbox.end();
  }

  #give({ outbox }: TcpConnection, streamId: number): void {
    const { hub, name, log } = this.#options;
    const url = this.#url;
    const publication = hub.publication(name);
    if (publication === undefined) return outbox.end();
    const properties = new Map<string, string>();
    const address = `${url.hostname}:${url.port}`;
    const client = new Client({ protocol: "Server", address, path: "", query: "", properties });
    const listener: Listener = hub.subscribe(client, name, {
      ready: outbox.wake,
      overrun: () => {
        log.warn(`${shownUrl(url)} does not keep up`);
        outbox.abort();
      },
      status: () => {},
    });
    const source = publication.stream(listener, new PushEncoder(streamId));
    outbox.attach(source);
    outbox.wake();
    this.#stopSending = () => {
      outbox.detach(source);
      source.close();
      hub.unsubscribe(listener);
    };
  }

  #release(): void {
    const publication = this.#publication;
    this.#publication = undefined;
    this.#stopSending?.();
    this.#stopSending = undefined;
    if (publication?.running) this.#options.hub.unpublish(publication);
  }

  /** Tries the next one when it is wanted still, the first one again after a while. */
  #over(reason: string): void {
    const isStopping = this.#isStopping;
    this.#isStopping = false;
    if (this.#isClosed || isStopping) return;
    const { hub: { clock }, log, urls } = this.#options;
    const failure = `${shownUrl(this.#url)}: ${withoutKeys(reason, this.#url)}`;
    if (!this.#said.has(failure)) {
      log.warn(`${failure}; tried again every ${RELAY_RETRY_INTERVAL / 1000} s`);
      this.#said.add(failure);
    }
    this.#failures++;
    this.#url = urls[(urls.indexOf(this.#url) + 1) % urls.length] ?? urls[0];
    const isRound = this.#failures % urls.length === 0;
    const pause = isRound ? RELAY_RETRY_INTERVAL * (0.8 + 0.4 * Math.random()) : 0;
    this.#pause?.cancel();
    this.#pause = clock.after(pause, () => {
      this.#pause = undefined;
      this.#reconsider();
    });
  }
}

/** Appends a message of a server to a publication; what is no media of it is left out. */
function append(
  publication: Publication | undefined,
  type: number,
  time: number,
  payload: Uint8Array,
): void {
  if (publication === undefined) return;
  if (type === MessageType.audio) return publication.audio(time, payload);
  if (type === MessageType.video) return publication.video(time, payload);
  if (type !== MessageType.data && type !== MessageType.dataAmf3) return;
  const input = amfInput(payload);
  const values = new Amf0Reader(input);
  let [name] = readValues(values, 1);
  if (name === "@setDataFrame") [name] = readValues(values, 1);
  if (typeof name !== "string" || name === "|RtmpSampleAccess") return;
  const rest = input.rest();
  if (name === "onMetaData") publication.setMetadata(name, rest, "amf0");
  else publication.data(name, rest, "amf0");
}
