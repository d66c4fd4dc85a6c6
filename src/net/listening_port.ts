import type { Clock } from "../base/mod.ts";

/** A certificate chain and its private key, both PEM texts. */
export interface TlsKeys {
  readonly cert: string;
  readonly key: string;
}

/** Which peers are refused. */
export interface Gate {
  /** `host` without its port. */
  isBanned(host: string): boolean;
  /** Calls `cut` when more are refused than before; returns what ends it. */
  watch(cut: () => void): () => void;
}

export interface PortOptions {
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly clock: Clock;
  /** With them the port speaks TLS. */
  readonly tls?: TlsKeys;
  /** Application protocols offered in the TLS handshake. */
  readonly alpn?: string[];
  /** Refused peers are dropped before anything is read from them, and cut when they are refused. */
  readonly gate?: Gate;
}

/** Milliseconds to wait after a failed accept, such as too many open files. */
const ACCEPT_PAUSE = 50;

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
  readonly #serve: (conn: Deno.Conn, track: Tracker) => void;
  readonly #open: Set<Open> = new Set();
  readonly #unwatch: (() => void) | undefined;
  #listener: Deno.Listener;
  #loop: Promise<void>;
  #isClosed = false;

  /**
   * Hands every accepted connection to `serve`.
   * @throws Deno.errors.AddrInUse, Deno.errors.PermissionDenied, Deno.errors.InvalidData (bad keys)
   */
  constructor(options: PortOptions, serve: (conn: Deno.Conn, track: Tracker) => void) {
    this.#options = options;
    this.#serve = serve;
    this.#listener = listen(options, options.port, options.tls);
    const address = this.#listener.addr as Deno.NetAddr;
    this.hostname = address.hostname;
    this.port = address.port;
    this.#loop = this.#accept();
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
   * Accepts with other keys from now on; open connections stay. The port is closed for the few
   * milliseconds in between, so bad keys are found first.
   * @throws Deno.errors.InvalidData when the keys are no good: the old ones stay in use
   */
  async renew(tls: TlsKeys): Promise<void> {
    if (this.#isClosed) return;
    listen({ ...this.#options, hostname: "127.0.0.1" }, 0, tls).close();
    this.#listener.close();
    await this.#loop;
    if (this.#isClosed) return;
    this.#listener = listen(this.#options, this.port, tls);
    this.#loop = this.#accept();
  }

  async #accept(): Promise<void> {
    for (;;) {
      let conn: Deno.Conn;
      try {
        conn = await this.#listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
          return;
        }
        await new Promise<void>((resume) => this.#options.clock.after(ACCEPT_PAUSE, resume));
        continue;
      }
      const host = (conn.remoteAddr as Deno.NetAddr).hostname;
      if (this.#options.gate?.isBanned(host)) conn.close();
      else this.#serve(conn, (cut) => this.#track({ host, cut }));
    }
  }

  #track(open: Open): () => void {
    this.#open.add(open);
    return () => this.#open.delete(open);
  }

  #cutRefused(): void {
    for (const { host, cut } of [...this.#open]) if (this.#options.gate?.isBanned(host)) cut();
  }
}

function listen(options: PortOptions, port: number, tls: TlsKeys | undefined): Deno.Listener {
  const { hostname, alpn } = options;
  if (tls === undefined) return Deno.listen({ hostname, port });
  const { cert, key } = tls;
  return Deno.listenTls({ hostname, port, cert, key, ...(alpn && { alpnProtocols: alpn }) });
}
