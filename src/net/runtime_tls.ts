import type { Clock } from "../base/mod.ts";
import { acceptAll, BACKLOG } from "./accepting.ts";
import type { Conn } from "./conn.ts";
import type { SocketControl } from "./socket_control.ts";
import { certificateAlert, type TlsKeys } from "./tls.ts";

/** Where a {@link RuntimeTlsServer} listens. */
export interface RuntimeTlsOptions {
  readonly hostname: string;
  readonly port: number;
  readonly tls: TlsKeys;
  readonly clock: Clock;
  readonly control: SocketControl;
  /** Told when a connection cannot be accepted. */
  readonly onFault: (error: unknown) => void;
}

/**
 * A port that speaks TLS by the runtime's own implementation, which costs a third less than the one
 * of node:tls. It needs a {@link SocketControl}, since by itself the runtime neither ends a
 * connection in its handshake nor sends small writes at once (Deno 2.9.6).
 */
export class RuntimeTlsServer {
  readonly hostname: string;
  readonly port: number;
  readonly #options: RuntimeTlsOptions;
  readonly #serve: (conn: Conn) => void;
  #listener: Deno.TlsListener;
  /** Resolves when the listener is closed. */
  #accepting: Promise<void>;

  /**
   * @param serve told of each connection when it is accepted, before its handshake
   * @throws Deno.errors.AddrInUse, Deno.errors.PermissionDenied, Deno.errors.InvalidData (bad keys)
   */
  constructor(options: RuntimeTlsOptions, serve: (conn: Conn) => void) {
    this.#options = options;
    this.#serve = serve;
    // The listener shares its port with its successor, and would with that of another process.
    const probe = Deno.listen({ hostname: options.hostname, port: options.port });
    ({ hostname: this.hostname, port: this.port } = probe.addr);
    probe.close();
    this.#listener = this.#listen(options.tls);
    this.#accepting = this.#accept(this.#listener);
  }

  #listen({ cert, key }: TlsKeys): Deno.TlsListener {
    const { hostname, port } = this;
    const listener = Deno.listenTls({
      hostname,
      port,
      cert,
      key,
      reusePort: true,
      tcpBacklog: BACKLOG,
    });
    this.#options.control.setNoDelay(listener.addr as Deno.NetAddr);
    return listener;
  }

  #accept(listener: Deno.TlsListener): Promise<void> {
    const { clock, control, onFault } = this.#options;
    const onConn = (conn: Deno.TlsConn) => this.#serve(new RuntimeTlsConn(conn, control));
    return acceptAll(listener, { clock, onConn, onFault });
  }

  /**
   * Uses other keys for connections from its end on: for a moment two listeners share the port.
   * @throws Deno.errors.InvalidData: the old keys stay in use
   */
  async renew(keys: TlsKeys): Promise<void> {
    const listener = this.#listen(keys);
    const accepted = this.#accepting;
    this.#listener.close();
    this.#listener = listener;
    this.#accepting = this.#accept(listener);
    await accepted;
  }

  /** Accepts no more connections; those that are open stay. */
  close(): void {
    this.#listener.close();
  }
}

/** The server's side of TLS by the runtime; {@link close} ends it whatever is under way. */
export class RuntimeTlsConn implements Conn {
  readonly localAddr: Deno.NetAddr;
  readonly remoteAddr: Deno.NetAddr;
  readonly #conn: Deno.TlsConn;
  readonly #control: SocketControl;
  #isShaking = true;
  #isWriting = false;
  #rejection: string | undefined;

  constructor(conn: Deno.TlsConn, control: SocketControl) {
    this.localAddr = conn.localAddr as Deno.NetAddr;
    this.remoteAddr = conn.remoteAddr as Deno.NetAddr;
    this.#conn = conn;
    this.#control = control;
    const shaken = (error?: unknown) => {
      this.#isShaking = false;
      this.#note(error);
    };
    conn.handshake().then(() => shaken(), shaken);
  }

  get rejection(): string | undefined {
    return this.#rejection;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#conn.read(buffer).catch(this.#onReadFailed);
  }

  readonly #onReadFailed = (error: unknown): never => {
    this.#note(error);
    throw error;
  };

  #note(error: unknown): void {
    if (error instanceof Error) this.#rejection ??= certificateAlert(error);
  }

  write(bytes: Uint8Array): Promise<number> {
    this.#isWriting = true;
    return this.#conn.write(bytes).then(this.#onWritten);
  }

  readonly #onWritten = (count: number): number => {
    this.#isWriting = false;
    return count;
  };

  /** A peer that has read everything is told that this is the end, as TLS wants it. */
  close(): void {
    // The runtime would wait for the peer, for ever if it likes.
    if (this.#isShaking || this.#isWriting) this.#control.cut(this.localAddr, this.remoteAddr);
    this.#conn.close();
  }
}
