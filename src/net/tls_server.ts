import { createServer, type Server, type Socket } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import type { AddressRanges, Clock, Timer } from "../base/mod.ts";
import { BACKLOG } from "./accepting.ts";
import { keepFreedMemory } from "./native_heap.ts";
import type { TlsKeys } from "./tls.ts";
import type { ProxiedAddresses, ProxyAddress } from "./proxy_header.ts";
import { readSocketHeader } from "./proxied_socket.ts";
import { TlsConn } from "./tls_conn.ts";

/** Milliseconds to wait when the system refuses a port that was free a moment ago. */
const RETRY_PAUSE = 50;

/** Interval (ms) at which a port without new connections is checked to still accept. */
const LOOK_INTERVAL = 5_000;

/** Where a {@link TlsServer} listens. */
export interface TlsServerOptions {
  readonly hostname: string;
  readonly port: number;
  readonly tls: TlsKeys;
  readonly clock: Clock;
  /** Told when the port cannot be reached from here, as when no descriptor is left. */
  readonly onFault?: (error: unknown) => void;
  /** Peers whose connections may begin with a header of the PROXY protocol, before TLS. */
  readonly proxies?: AddressRanges | undefined;
  /** Told of one whose header is malformed, and what is wrong. */
  readonly onProxyFault?: (proxy: ProxyAddress, what: string) => void;
}

/** Refusals of the system after which a port counts as one that cannot be had. */
const MAX_REFUSALS = 20;

/** A port that speaks TLS by node:tls; connections are accepted from the next turn on. */
export class TlsServer {
  readonly hostname: string;
  readonly port: number;
  readonly #options: TlsServerOptions;
  readonly #serve: (conn: TlsConn) => void;
  readonly #look: Timer;
  #server: Server;
  #context: SecureContext;
  readonly #ready = Promise.withResolvers<void>();
  #refusals = 0;
  /** Connections accepted since the last look. */
  #accepted = 0;
  /** The port of the look under way, once it is known. */
  #looking: Promise<number> | undefined;
  #isClosed = false;

  /**
   * @param serve told of each connection when it is accepted, before its handshake
   * @throws Deno.errors.AddrInUse, Deno.errors.PermissionDenied, Deno.errors.InvalidData (bad keys)
   */
  constructor(options: TlsServerOptions, serve: (conn: TlsConn) => void) {
    const { hostname, port, tls, clock } = options;
    keepFreedMemory();
    this.#options = options;
    this.#serve = serve;
    // What is wrong with port or keys is known at once so, and named as with any other port.
    const probe = Deno.listenTls({ hostname, port, cert: tls.cert, key: tls.key });
    const address = probe.addr as Deno.NetAddr;
    probe.close();
    this.hostname = address.hostname;
    this.port = address.port;
    this.#context = createSecureContext(tls);
    this.#server = this.#listen();
    this.#look = clock.every(LOOK_INTERVAL, () => this.#lookAfter());
  }

  /** Resolves when connections are accepted, or when the system goes on refusing the port. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  #listen(): Server {
    const server = createServer((socket) => this.#accept(socket));
    const listen = () => {
      if (!this.#isClosed && this.#server === server && !server.listening) {
        server.listen(this.port, this.hostname, BACKLOG);
      }
    };
    server.on("listening", () => this.#ready.resolve());
    server.on("error", (error) => {
      if (++this.#refusals >= MAX_REFUSALS) {
        this.#options.onFault?.(error);
        this.#ready.resolve();
      }
      this.#options.clock.after(RETRY_PAUSE, listen);
    });
    return server.listen(this.port, this.hostname, BACKLOG);
  }

  #accept(socket: Socket): void {
    this.#accepted++;
    const { remoteAddress, remotePort } = socket;
    // Gone already: it has no address any more.
    if (remoteAddress === undefined) return void socket.destroy();
    const { proxies, clock } = this.#options;
    const secure = (remote?: ProxiedAddresses["remote"]) =>
      this.#serve(new TlsConn(socket, this.#context, clock, remote));
    const isProxied = proxies?.has(remoteAddress) === true;
    const serve = isProxied ? () => void this.#readHeader(socket, secure) : () => secure();
    if (this.#looking === undefined || remoteAddress !== socket.localAddress) return serve();
    this.#looking.then((own) => own === remotePort ? socket.destroy() : serve());
  }

  /** TLS begins behind the header of a proxy. */
  async #readHeader(
    socket: Socket,
    secure: (remote?: ProxiedAddresses["remote"]) => void,
  ): Promise<void> {
    const { clock, onProxyFault } = this.#options;
    const { remoteAddress = "", remotePort = 0 } = socket;
    const addresses = await readSocketHeader(
      socket,
      clock,
      (what) => onProxyFault?.({ hostname: remoteAddress, port: remotePort }, what),
    );
    if (addresses === undefined || this.#isClosed) socket.destroy();
    else secure(addresses.remote);
  }

  /**
   * A server of `node:net` that could not accept, for want of a descriptor, says nothing and never
   * accepts again (tried with Deno 2.9.6). So it connects to itself when there are no new
   * connections; if that is not accepted until the next check, the port is opened again.
   */
  async #lookAfter(): Promise<void> {
    const isDeaf = this.#looking !== undefined && this.#accepted === 0;
    const isQuiet = this.#accepted === 0;
    this.#accepted = 0;
    this.#looking = undefined;
    if (isDeaf) {
      this.#server.close();
      this.#server = this.#listen();
    } else if (isQuiet) {
      const { promise, resolve } = Promise.withResolvers<number>();
      this.#looking = promise;
      resolve(await this.#visit());
    }
  }

  /** Comes and goes; the port that it came from. */
  async #visit(): Promise<number> {
    try {
      const conn = await Deno.connect({ hostname: nearOf(this.hostname), port: this.port });
      conn.close();
      return (conn.localAddr as Deno.NetAddr).port;
    } catch (error) {
      if (!this.#isClosed) this.#options.onFault?.(error);
      return 0;
    }
  }

  /** Uses other keys for connections from now on. @throws Deno.errors.InvalidData */
  renew({ cert, key }: TlsKeys): void {
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key }).close();
    this.#context = createSecureContext({ cert, key });
  }

  /** Accepts no more connections; those that are open stay. */
  close(): void {
    this.#isClosed = true;
    this.#look.cancel();
    this.#ready.resolve();
    this.#server.close();
  }
}

/** Where this machine reaches a port of its own. */
function nearOf(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  return hostname === "::" ? "::1" : hostname;
}
