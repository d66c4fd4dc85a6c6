import type { Clock } from "../base/mod.ts";
import type { Conn } from "./conn.ts";
import { type TlsKeys, TlsServer } from "./tls_server.ts";

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
  readonly #serve: (conn: Conn, track: Tracker) => void;
  readonly #open: Set<Open> = new Set();
  readonly #unwatch: (() => void) | undefined;
  readonly #listener: Deno.Listener | TlsServer;
  #isClosed = false;

  /**
   * Hands every accepted connection to `serve`.
   * @throws Deno.errors.AddrInUse, Deno.errors.PermissionDenied, Deno.errors.InvalidData (bad keys)
   */
  constructor(options: PortOptions, serve: (conn: Conn, track: Tracker) => void) {
    this.#options = options;
    this.#serve = serve;
    const { hostname, port, tls, clock } = options;
    if (tls === undefined) {
      const listener = this.#listener = Deno.listen({ hostname, port });
      ({ hostname: this.hostname, port: this.port } = listener.addr);
      this.#accept(listener);
    } else {
      const server = this.#listener = new TlsServer(
        { hostname, port, tls, clock },
        (conn) => this.#admit(conn),
      );
      ({ hostname: this.hostname, port: this.port } = server);
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
  renew(tls: TlsKeys): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#isClosed && this.#listener instanceof TlsServer) this.#listener.renew(tls);
      resolve();
    });
  }

  async #accept(listener: Deno.Listener): Promise<void> {
    for (;;) {
      let conn: Deno.Conn;
      try {
        conn = await listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
          return;
        }
        await new Promise<void>((resume) => this.#options.clock.after(ACCEPT_PAUSE, resume));
        continue;
      }
      this.#admit(conn);
    }
  }

  #admit(conn: Conn): void {
    const host = (conn.remoteAddr as Deno.NetAddr).hostname;
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
