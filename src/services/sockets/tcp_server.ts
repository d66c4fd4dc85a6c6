import { type Gate, listenTcp, type TcpServer as Listener } from "../../net/mod.ts";
import { BoundSocket, numericalHost } from "./binding.ts";
import type { Endpoint } from "./endpoint.ts";
import { type SocketOptions, TcpClient } from "./tcp_client.ts";

/** What a script's TCP port needs besides what its connections do. */
export interface TcpServerOptions extends SocketOptions {
  /** Peers that are refused. */
  readonly gate: Gate;
  /** Told when no client can be accepted, or a port that was to be free in a moment is not. */
  readonly onError: (reason: string) => void;
}

/** A TCP port of a script. */
export class TcpServer extends BoundSocket<Listener> {
  /** Receives the clients that connect; replaced by the owner of the server. */
  onConnection: (client: TcpClient) => void = (client) => client.close();
  readonly #options: TcpServerOptions;

  constructor(options: TcpServerOptions) {
    super(options);
    this.#options = options;
  }

  /** Undefined when it is not running. */
  get port(): number | undefined {
    return this.binding.port;
  }

  /**
   * Listens; port 0 picks a free one. A host is a numerical address or `localhost`: a look-up would
   * make the server wait.
   * @returns why it cannot, or undefined
   */
  start(at: Endpoint): string | undefined {
    if (this.isActive) return "the server is running already";
    const hostname = numericalHost(at.hostname);
    if (hostname === undefined) return `'${at.hostname}' is no address to listen on`;
    const { port } = at;
    const bind = (): [Listener, Endpoint] => {
      const options = { ...this.#options, hostname, port, onAcceptFailed: this.#options.onError };
      const listener = listenTcp(options, (connection) => {
        const [client, handler] = TcpClient.accepted(this.#options, connection);
        this.onConnection(client);
        return handler;
      });
      return [listener, listener];
    };
    return this.binding.open({ hostname, port }, bind, this.#options.onError);
  }

  /** Accepts no more clients; those that are connected stay. */
  close(): void {
    this.binding.close();
  }
}
