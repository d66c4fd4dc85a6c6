import { encodeText } from "../../bytes/mod.ts";
import type { Clock, Timer } from "../../base/mod.ts";
import { hostOf, type Hub } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import {
  listenTcp,
  type TcpConnection,
  type TcpHandler,
  type TcpServer,
  type TlsKeys,
  type WriteScheduler,
} from "../../net/mod.ts";
import type { HttpContext } from "./context.ts";
import type { ProxyTrust } from "./forwarded.ts";
import { HostCounts } from "./host_counts.ts";
import { type HttpSettings, LINGER, SWEEP_INTERVAL } from "./params.ts";
import type { Resource } from "./resource.ts";
import { HttpSession } from "./session.ts";
import { encodeHead, type HeaderList } from "./wire/response.ts";

/** Where HTTP is served, and what answers there. */
export interface HttpListenerOptions {
  /** Where the clients of requests connect; without it, for resources that need none. */
  readonly hub?: Hub;
  /** What answers requests, in this order; the listener's own from now on: it closes them. */
  readonly resources: readonly Resource[];
  readonly clock: Clock;
  readonly log: Log;
  /** Decides when media are written; shared with the other protocols. */
  readonly scheduler: WriteScheduler;
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** With them the port speaks HTTPS and WSS. */
  readonly tls?: TlsKeys;
  readonly settings: HttpSettings;
  /** Whose word is taken for where requests come from. */
  readonly trust?: ProxyTrust | undefined;
}

/** HTTP on one port. */
export class HttpListener {
  readonly hostname: string;
  readonly port: number;
  readonly #context: HttpContext;
  readonly #server: TcpServer;
  readonly #sessions: Set<HttpSession> = new Set();
  readonly #counts: HostCounts;
  readonly #sweep: Timer;
  #onEmpty: (() => void) | undefined;

  /** @throws Deno.errors.AddrInUse, Deno.errors.PermissionDenied, Deno.errors.InvalidData (bad keys) */
  constructor(options: HttpListenerOptions) {
    const { clock, hub, log, scheduler, hostname, port, tls, settings, resources, trust } = options;
    const { maxConnections } = settings;
    this.#counts = new HostCounts(maxConnections, (host) => {
      const limit = `${maxConnections} of one address, [HTTP] maxConnections`;
      log.child(host).warn(`connections refused: more than ${limit}`);
    });
    this.#context = {
      hub,
      clock,
      log,
      settings,
      resources,
      trust,
      turns: scheduler.turns,
      date: dateOf(clock),
    };
    this.#server = listenTcp(
      {
        hostname,
        port,
        clock,
        scheduler,
        ...(hub && { gate: hub.bans }),
        proxies: trust?.proxies,
        onRejected: (remote, alert) =>
          log.child(remote).info(`rejected the certificate (${alert})`),
        onProxyFault: (peer, what) => log.child(peer).warn(what),
        onAcceptFailed: (reason) => log.error(reason),
        ...(tls && { tls }),
      },
      (connection) => this.#accept(connection),
    );
    this.hostname = this.#server.hostname;
    this.port = this.#server.port;
    this.#sweep = clock.every(SWEEP_INTERVAL, () => {
      const now = clock.now();
      for (const session of this.#sessions) session.sweep(now);
      for (const resource of resources) resource.sweep?.(now);
    });
  }

  /** Connections that are open. */
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

  /** Accepts no more, ends what is open and tells sockets so; resolves when all are gone. */
  close(): Promise<void> {
    this.#sweep.cancel();
    this.#server.close();
    for (const resource of this.#context.resources) resource.close?.();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onEmpty = resolve;
    for (const session of [...this.#sessions]) session.close();
    this.#checkEmpty();
    return promise;
  }

  #checkEmpty(): void {
    if (this.#sessions.size === 0) this.#onEmpty?.();
  }

  #accept(connection: TcpConnection): TcpHandler {
    // A proxy has the connections of all its clients.
    const isProxy = this.#context.trust?.proxies.has(hostOf(connection.remote)) === true;
    const giveBack = isProxy ? () => {} : this.#counts.countConnection(connection.remote);
    if (giveBack === undefined) return this.#tooMany(connection);
    const session = new HttpSession(this.#context, connection, () => {
      this.#sessions.delete(session);
      giveBack();
      this.#checkEmpty();
    });
    this.#sessions.add(session);
    return session;
  }

  /** Answers a connection too many, whatever it asks, and waits no longer than it takes. */
  #tooMany({ outbox }: TcpConnection): TcpHandler {
    const body = encodeText("Too many connections from this address\n");
    const headers: HeaderList = [["content-type", "text/plain"], ["retry-after", "10"]];
    outbox.send(encodeHead({ status: 429, headers, body }, this.#context.date(), true, body));
    const timer = this.#context.clock.after(LINGER, () => outbox.end());
    return { onData: () => {}, onClosed: () => timer.cancel() };
  }
}

/** The Date header, made once a second. */
function dateOf(clock: Clock): () => string {
  let second = -1;
  let text = "";
  return () => {
    const now = Math.floor(clock.epoch() / 1000);
    if (now !== second) {
      second = now;
      text = new Date(now * 1000).toUTCString();
    }
    return text;
  };
}
