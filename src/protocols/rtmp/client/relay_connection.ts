import { errorText, type Timer } from "../../../base/mod.ts";
import { publishMessage } from "../../../flash/mod.ts";
import type { Hub, Publication, Tap } from "../../../hub/mod.ts";
import type { Log } from "../../../logs/mod.ts";
import {
  connectTcp,
  type TcpConnection,
  type TcpHandler,
  type WriteScheduler,
} from "../../../net/mod.ts";
import { DEADLINE_INTERVAL } from "../params.ts";
import { PushEncoder } from "./push_encoder.ts";
import { RtmpClient } from "./session.ts";
import { shownUrl, type StreamUrl } from "./url.ts";

/** What goes over one connection, and who hears of it. */
export interface RelayConnectionOptions {
  readonly hub: Hub;
  readonly log: Log;
  readonly scheduler: WriteScheduler;
  /** Name of the publication here. */
  readonly name: string;
  readonly url: StreamUrl;
  readonly does: "play" | "publish";
  /** The other server plays the stream, or takes ours. */
  readonly onStarted: () => void;
  /** Told once; `reason` is absent when {@link RelayConnection.close} was called. */
  readonly onEnded: (reason?: string) => void;
}

/** One attempt to relay a publication from or to another server, from its start to its end. */
export class RelayConnection {
  readonly #options: RelayConnectionOptions;
  readonly #giveUp = new AbortController();
  #connection: TcpConnection | undefined;
  #publication: Publication | undefined;
  #tap: Tap | undefined;
  #deadlines: Timer | undefined;
  #isClosing = false;
  #isEnded = false;

  constructor(options: RelayConnectionOptions) {
    this.#options = options;
    this.#connect();
  }

  /** Ends it, with what is queued sent. */
  close(): void {
    this.#isClosing = true;
    if (this.#connection === undefined) this.#giveUp.abort();
    else this.#connection.outbox.end();
  }

  async #connect(): Promise<void> {
    const { hub: { clock }, scheduler, url: { hostname, port, isSecure } } = this.#options;
    const { signal } = this.#giveUp;
    const tls = isSecure ? { tls: true as const } : {};
    try {
      await connectTcp(
        { hostname, port, scheduler, clock, signal, ...tls },
        (connection) => this.#run(connection),
      );
      if (this.#connection === undefined) this.#end("closed");
    } catch (error) {
      this.#end(errorText(error));
    }
  }

  #run(connection: TcpConnection): TcpHandler | undefined {
    if (this.#isClosing) return undefined;
    const { hub: { clock }, does, url } = this.#options;
    const { outbox } = connection;
    this.#connection = connection;
    let reason: string | undefined;
    const client = new RtmpClient({
      url,
      does,
      send: (bytes) => outbox.send(bytes),
      events: {
        started: (streamId) => this.#start(connection, streamId),
        media: (type, time, payload) => {
          if (this.#publication) publishMessage(this.#publication, type, time, payload);
        },
        batch: () => this.#publication?.flush(),
        ended: (why) => {
          reason ??= why;
          outbox.end();
        },
      },
      now: clock.now(),
    });
    this.#deadlines = clock.every(DEADLINE_INTERVAL, () => client.onDeadline(clock.now()));
    return {
      onData: (bytes, turn) => client.receive(bytes, turn),
      onClosed: (broken) => {
        client.closed(broken);
        this.#end(reason ?? "closed");
      },
    };
  }

  #start(connection: TcpConnection, streamId: number): void {
    const { does, hub, name, onStarted } = this.#options;
    onStarted();
    if (does === "play") {
      this.#publication = hub.publishFrom({ kind: "relay", id: name }, name);
      if (this.#publication === undefined) connection.outbox.end();
    } else if (hub.publication(name) === undefined) connection.outbox.end();
    else this.#send(connection, streamId);
  }

  #send({ outbox }: TcpConnection, streamId: number): void {
    const { hub, name, url, log } = this.#options;
    const tap = this.#tap = hub.tap({
      name,
      encoder: new PushEncoder(streamId),
      isPassive: true,
      onReady: outbox.wake,
      onOverrun: () => {
        log.warn(`${shownUrl(url)} does not keep up`);
        outbox.abort();
      },
    });
    outbox.attach(tap);
    outbox.wake();
  }

  #end(reason: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#deadlines?.cancel();
    if (this.#tap !== undefined) this.#connection?.outbox.detach(this.#tap);
    this.#tap?.close();
    const publication = this.#publication;
    this.#publication = undefined;
    if (publication?.isRunning) this.#options.hub.unpublish(publication);
    if (this.#isClosing) this.#options.onEnded();
    else this.#options.onEnded(reason);
  }
}
