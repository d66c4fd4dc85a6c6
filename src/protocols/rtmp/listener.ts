import type { AddressRanges, HostRates, Timer } from "../../base/mod.ts";
import type { SharedObjects } from "../../flash/mod.ts";
import type { Hub } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import {
  listenTcp,
  type TcpConnection,
  type TcpHandler,
  type TcpServer,
  type TlsKeys,
  type WriteScheduler,
} from "../../net/mod.ts";
import { DEADLINE_INTERVAL } from "./params.ts";
import type { Movies } from "./swf_gate.ts";
import { asksForPolicy, PolicyExchange } from "./policy.ts";
import { DEFAULT_SETTINGS, RtmpSession, type RtmpSettings } from "./session.ts";

/** Where RTMP is served, and from which hub. */
export interface RtmpListenerOptions {
  readonly hub: Hub;
  /** Named after the protocol; each connection logs under its own name below it. */
  readonly log: Log;
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly scheduler: WriteScheduler;
  readonly settings?: RtmpSettings;
  readonly objects?: SharedObjects;
  /** XML for Flash clients that ask for it before they open sockets; without it none is sent. */
  readonly policy?: string | undefined;
  /** How many key agreements of RTMPE there may be; without it RTMPE is refused. */
  readonly keyings?: HostRates | undefined;
  /** Whose clients are let in; without it those of any movie. */
  readonly movies?: Movies | undefined;
  /** Whose headers of the PROXY protocol are believed. */
  readonly proxies?: AddressRanges | undefined;
  /** PEM texts: with them the port speaks RTMPS. */
  readonly tls?: TlsKeys;
}

/** RTMP on a TCP port: one session per connection, until {@link close}. */
export class RtmpListener {
  readonly #options: RtmpListenerOptions;
  readonly #server: TcpServer;
  readonly #sessions = new Set<RtmpSession>();
  readonly #timer: Timer;
  #closing: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  /** @throws Deno.errors.AddrInUse, Deno.errors.PermissionDenied */
  constructor(options: RtmpListenerOptions) {
    const { hub, log, hostname, port, scheduler, tls, proxies } = options;
    const { clock } = hub;
    this.#options = options;
    const gate = hub.bans;
    const listen = {
      hostname,
      port,
      scheduler,
      clock,
      gate,
      proxies,
      onRejected: (remote: string, alert: string) =>
        options.log.child(remote).info(`rejected the certificate (${alert})`),
      onProxyFault: (peer: string, what: string) => log.child(peer).warn(what),
      onAcceptFailed: (reason: string) => log.error(reason),
      ...(tls === undefined ? {} : { tls }),
    };
    this.#server = listenTcp(listen, (connection) => this.#accept(connection));
    this.#timer = clock.every(DEADLINE_INTERVAL, () => this.#checkDeadlines());
  }

  get hostname(): string {
    return this.#server.hostname;
  }

  get port(): number {
    return this.#server.port;
  }

  /** Connections that are open, whether or not their client is accepted. */
  get connections(): number {
    return this.#sessions.size;
  }

  /** Resolves when connections are accepted. */
  get ready(): Promise<void> {
    return this.#server.ready;
  }

  /** Uses another certificate for connections from now on. */
  renew(tls: TlsKeys): Promise<void> {
    return this.#server.renew(tls);
  }

  /** Accepts no more connections and tells the clients; resolves when all are gone. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  #close(): Promise<void> {
    this.#server.close();
    this.#timer.cancel();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onEmpty = resolve;
    for (const session of [...this.#sessions]) session.shutdown();
    this.#checkEmpty();
    return promise;
  }

  #accept({ remote, local, outbox, input }: TcpConnection): TcpHandler | undefined {
    if (this.#closing !== undefined) return undefined;
    const { hub, log, scheduler, settings = DEFAULT_SETTINGS, objects, tls, keyings, movies } =
      this.#options;
    const { clock } = hub;
    const session = new RtmpSession({
      hub,
      output: outbox,
      input,
      turns: scheduler.turns,
      log: log.child(remote),
      address: remote,
      serverAddress: local,
      settings,
      objects,
      scheme: tls === undefined ? "rtmp" : "rtmps",
      movies,
      // What is encrypted already need not be so twice.
      keyings: tls === undefined ? keyings : undefined,
      transport: tls === undefined ? "RTMP" : "RTMPS",
      now: clock.now(),
    });
    this.#sessions.add(session);
    const { policy } = this.#options;
    let exchange: PolicyExchange | undefined;
    let isFirst = true;
    return {
      onData: (bytes, turn) => {
        if (isFirst && policy !== undefined && asksForPolicy(bytes)) {
          exchange = new PolicyExchange(outbox, policy);
        }
        isFirst = false;
        if (exchange === undefined) return session.receive(bytes, turn.now, turn);
        exchange.onData(bytes);
        return bytes.length;
      },
      onClosed: (reason) => {
        session.close(reason);
        this.#sessions.delete(session);
        this.#checkEmpty();
      },
    };
  }

  #checkDeadlines(): void {
    const now = this.#options.hub.clock.now();
    for (const session of this.#sessions) session.onDeadline(now);
  }

  #checkEmpty(): void {
    if (this.#sessions.size === 0) this.#onEmpty?.();
  }
}
