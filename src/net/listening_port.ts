import { type AddressRanges, type Clock, errorText } from "../base/mod.ts";
import { formatAddress } from "./address.ts";
import type { Conn } from "./conn.ts";
import { acceptAll, BACKLOG } from "./accepting.ts";
import { DirectConn } from "./direct_conn.ts";
import type { ProxyAddress } from "./proxy_header.ts";
import { throughProxy } from "./proxied_conn.ts";
import { RuntimeTlsServer } from "./runtime_tls.ts";
import { socketControl } from "./socket_control.ts";
import type { TlsKeys } from "./tls.ts";
import { TlsServer } from "./tls_server.ts";

/** Which peers are refused. */
export interface Gate {
  /** `host` without its port. */
  isBanned(host: string): boolean;
  /** Calls `cut` when more are refused than before; returns what ends it. */
  watch(cut: () => void): () => void;
}

/** Where a {@link ListeningPort} listens, and to whom. */
export interface PortOptions {
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly clock: Clock;
  /** With them the port speaks TLS. */
  readonly tls?: TlsKeys;
  /** Told now and then, with a sentence for the log, when no connection can be accepted. */
  readonly onAcceptFailed?: (reason: string) => void;
  /** Refused peers are dropped before anything is read from them, and cut when they are refused. */
  readonly gate?: Gate;
  /** Peers whose connections may begin with a header of the PROXY protocol. */
  readonly proxies?: AddressRanges | undefined;
  /** Told of one whose header is malformed: `host:port` of the proxy, and a sentence for the log. */
  readonly onProxyFault?: (peer: string, what: string) => void;
}

/** Milliseconds between two lines that say so. */
const FAULT_INTERVAL = 60_000;

/** Remembers how to cut an open connection; returns what forgets it. */
export type Tracker = (cut: () => void) => () => void;

/** An accepted connection, for the gate. */
interface Open {
  readonly host: string;
  readonly cut: () => void;
}

/** A TCP port that is listened on, with TLS or without. */
export class ListeningPort {
  readonly hostname: string;
  readonly port: number;
  readonly #options: PortOptions;
  readonly #serve: (conn: Conn, track: Tracker) => void;
  readonly #open: Set<Open> = new Set();
  readonly #unwatch: (() => void) | undefined;
  readonly #listener: Deno.Listener | TlsServer | RuntimeTlsServer;
  #isClosed = false;
  /** Resolves when the port takes connections, or never will. */
  readonly ready: Promise<void>;
  /** When it was told last that no connection can be accepted. */
  #toldAt = -Infinity;

  /**
   * Hands every accepted connection to `serve`.
   * @throws Deno.errors.AddrInUse, Deno.errors.PermissionDenied, Deno.errors.InvalidData (bad keys)
   */
  constructor(options: PortOptions, serve: (conn: Conn, track: Tracker) => void) {
    this.#options = options;
    this.#serve = serve;
    const { hostname, port, tls, clock, proxies } = options;
    const onConn = (conn: Conn) => this.#admit(conn);
    const onFault = (error: unknown) => this.#tellFault(error);
    const control = socketControl();
    if (tls === undefined) {
      const listener = this.#listener = Deno.listen({ hostname, port, tcpBacklog: BACKLOG });
      ({ hostname: this.hostname, port: this.port } = listener.addr);
      this.ready = Promise.resolve();
      const onTcp = (conn: Deno.TcpConn) =>
        this.#unwrap(control === undefined ? conn : new DirectConn(conn, control));
      acceptAll(listener, { clock, onConn: onTcp, onFault });
    } else {
      const onProxyFault = this.#onProxyFault;
      const secure = { hostname, port, tls, clock, onFault, proxies, onProxyFault };
      // The runtime's own TLS begins with the first byte, where a proxy has its header.
      const server = this.#listener = control === undefined || proxies !== undefined
        ? new TlsServer(secure, onConn)
        : new RuntimeTlsServer({ ...secure, control }, onConn);
      ({ hostname: this.hostname, port: this.port } = server);
      this.ready = server instanceof TlsServer ? server.ready : Promise.resolve();
    }
    this.#unwatch = options.gate?.watch(() => this.#cutRefused());
  }

  /** Accepts no more connections; those that are open stay. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unwatch?.();
    this.#listener.close();
  }

  /**
   * Accepts with other keys from now on; open connections stay.
   * @throws Deno.errors.InvalidData when the keys are no good: the old ones stay in use
   */
  async renew(tls: TlsKeys): Promise<void> {
    const listener = this.#listener;
    if (!this.#isClosed && "renew" in listener) await listener.renew(tls);
  }

  #tellFault(error: unknown): void {
    const now = this.#options.clock.now();
    if (now - this.#toldAt < FAULT_INTERVAL) return;
    this.#toldAt = now;
    this.#options.onAcceptFailed?.(acceptFault(error));
  }

  /** A proxy says who it is that connects. */
  #unwrap(conn: Conn): void {
    const { clock, proxies } = this.#options;
    if (proxies?.has(hostnameOf(conn)) !== true) return this.#admit(conn);
    const address = conn.remoteAddr as Deno.NetAddr;
    void throughProxy(conn, clock, (what) => this.#onProxyFault(address, what))
      .then((proxied) => proxied && this.#admit(proxied));
  }

  readonly #onProxyFault = ({ hostname, port }: ProxyAddress, what: string): void => {
    this.#options.onProxyFault?.(
      formatAddress(hostname, port),
      `a malformed header of the PROXY protocol, the connection is closed: ${what}`,
    );
  };

  #admit(conn: Conn): void {
    const host = hostnameOf(conn);
    if (this.#isClosed || this.#options.gate?.isBanned(host)) conn.close();
    else this.#serve(conn, (cut) => this.#track({ host, cut }));
  }

  #track(open: Open): () => void {
    this.#open.add(open);
    return () => this.#open.delete(open);
  }

  #cutRefused(): void {
    for (const { host, cut } of [...this.#open]) if (this.#options.gate?.isBanned(host)) cut();
  }
}

function hostnameOf({ remoteAddr }: Conn): string {
  return (remoteAddr as Deno.NetAddr).hostname;
}

/** Why no connection is accepted, and what helps. */
function acceptFault(error: unknown): string {
  const text = errorText(error);
  if (!/too many open files/i.test(text)) return `no connection can be accepted: ${text}`;
  return "no connection can be accepted: all files that the process may open are in use; raise the " +
    "limit with `ulimit -n`, or LimitNOFILE of the service";
}
