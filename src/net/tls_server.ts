import { createServer, type Server } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import type { Clock } from "../base/mod.ts";
import { TlsConn } from "./tls_conn.ts";

/** A certificate chain and its private key, both PEM texts. */
export interface TlsKeys {
  readonly cert: string;
  readonly key: string;
}

/** Milliseconds to wait when the system refuses a port that was free a moment ago. */
const RETRY_PAUSE = 50;

/** A TCP port on which TLS is spoken; connections are accepted from the next turn on. */
export class TlsServer {
  readonly hostname: string;
  readonly port: number;
  readonly #server: Server;
  #context: SecureContext;
  #isClosed = false;

  /**
   * @param serve told of each connection when it is accepted, before its handshake
   * @throws Deno.errors.AddrInUse, Deno.errors.PermissionDenied, Deno.errors.InvalidData (bad keys)
   */
  constructor(
    { hostname, port, tls, clock }: {
      readonly hostname: string;
      readonly port: number;
      readonly tls: TlsKeys;
      readonly clock: Clock;
    },
    serve: (conn: TlsConn) => void,
  ) {
    // What is wrong with port or keys is known at once so, and named as with any other port.
    const probe = Deno.listenTls({ hostname, port, cert: tls.cert, key: tls.key });
    const address = probe.addr as Deno.NetAddr;
    probe.close();
    this.hostname = address.hostname;
    this.port = address.port;
    this.#context = createSecureContext(tls);
    this.#server = createServer((socket) => {
      // Gone already: it has no address any more.
      if (socket.remoteAddress === undefined) socket.destroy();
      else serve(new TlsConn(socket, this.#context, clock));
    });
    const listen = () => {
      if (!this.#isClosed && !this.#server.listening) this.#server.listen(this.port, this.hostname);
    };
    this.#server.on("error", () => clock.after(RETRY_PAUSE, listen));
    listen();
  }

  /** Uses other keys for connections from now on. @throws Deno.errors.InvalidData */
  renew({ cert, key }: TlsKeys): void {
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key }).close();
    this.#context = createSecureContext({ cert, key });
  }

  /** Accepts no more connections; those that are open stay. */
  close(): void {
    this.#isClosed = true;
    this.#server.close();
  }
}
