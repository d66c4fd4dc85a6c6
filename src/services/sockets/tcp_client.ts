import { type Clock, errorText } from "../../base/mod.ts";
import {
  connectTcp,
  type TcpConnection,
  type TcpHandler,
  type WriteScheduler,
} from "../../net/mod.ts";
import type { Endpoint } from "./endpoint.ts";
import { ReceiveBuffer } from "./receive_buffer.ts";

/** What sockets are made with. */
export interface SocketOptions {
  readonly clock: Clock;
  readonly scheduler: WriteScheduler;
}

/** What becomes of a client's events. */
export interface TcpClientEvents {
  /** Bytes came, after those left over before; returns how many of the last are left over now. */
  onData(bytes: Uint8Array): number;
  /** The connection is over, or could not be made: {@link TcpClient.error} says why. */
  onDisconnection(): void;
}

/** More bytes that wait for a connection to be made are refused. */
const WAITING_LIMIT = 8_000_000;

/** A TCP connection of a script. Nothing blocks; what goes wrong is told by the events. */
export class TcpClient {
  /** Receives the events; replaced by the owner of the client. */
  events: TcpClientEvents = { onData: () => 0, onDisconnection: () => {} };
  /** Why the last connection broke or was not made; undefined when it ended in order. */
  error: string | undefined;
  readonly #options: SocketOptions;
  #connecting: AbortController | undefined;
  #connection: TcpConnection | undefined;
  #received = new ReceiveBuffer();
  /** Sent before there is a connection. */
  #waiting: Uint8Array[] = [];
  #waitingSize = 0;
  #lastUse = 0;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#lastUse = options.clock.now();
  }

  /** Makes a client of a connection that a server accepted, and what handles its input. */
  static accepted(options: SocketOptions, connection: TcpConnection): [TcpClient, TcpHandler] {
    const client = new TcpClient(options);
    return [client, client.#attach(connection)];
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** True while there is a connection or one is being made. */
  get isActive(): boolean {
    return this.#connection !== undefined || this.#connecting !== undefined;
  }

  /** `host:port` of this side; undefined without a connection. */
  get address(): string | undefined {
    return this.#connection?.local;
  }

  /** `host:port` of the peer; undefined without a connection. */
  get peerAddress(): string | undefined {
    return this.#connection?.remote;
  }

  /** Milliseconds since anything was sent or received. */
  get idleTime(): number {
    return Math.round(this.#options.clock.now() - this.#lastUse);
  }

  /**
   * Begins to connect; what is sent meanwhile goes out once there is a connection.
   * @returns why it cannot, or undefined
   */
  connect(to: Endpoint): string | undefined {
    if (this.isActive) return "the socket is connected already";
    if (to.port === 0) return "port 0 cannot be connected to";
    this.error = undefined;
    this.#received = new ReceiveBuffer();
    this.#lastUse = this.#options.clock.now();
    const attempt = this.#connecting = new AbortController();
    const options = { ...this.#options, hostname: to.hostname, port: to.port };
    connectTcp({ ...options, signal: attempt.signal }, (connection) => {
      if (this.#connecting !== attempt) return undefined;
      this.#connecting = undefined;
      const handler = this.#attach(connection);
      for (const bytes of this.#takeWaiting()) connection.outbox.send(bytes);
      return handler;
    }).catch((error) => {
      if (this.#connecting !== attempt) return;
      this.#connecting = undefined;
      this.#takeWaiting();
      this.#over(errorText(error));
    });
    return undefined;
  }

  /**
   * Queues bytes, which the caller does not change any more.
   * @returns why they cannot be sent, or undefined
   */
  send(bytes: Uint8Array): string | undefined {
    this.#lastUse = this.#options.clock.now();
    if (this.#connection !== undefined) {
      this.#connection.outbox.send(bytes);
      return undefined;
    }
    if (this.#connecting === undefined) return "the socket is not connected";
    if (this.#waitingSize + bytes.length > WAITING_LIMIT) {
      return `more than ${WAITING_LIMIT} bytes wait for the connection`;
    }
    this.#waiting.push(bytes);
    this.#waitingSize += bytes.length;
    return undefined;
  }

  /** Ends the connection once what was sent is out, or gives up the attempt. */
  disconnect(): void {
    if (!this.isActive) return;
    this.close();
    this.events.onDisconnection();
  }

  /** The same without an event: its application stops. */
  close(): void {
    this.#connecting?.abort();
    this.#connecting = undefined;
    this.#takeWaiting();
    this.#connection?.outbox.end();
    this.#connection = undefined;
  }

  #attach(connection: TcpConnection): TcpHandler {
    this.#connection = connection;
    return {
      onData: (bytes) => {
        if (this.#connection === connection) this.#receive(bytes);
      },
      onClosed: (reason) => {
        if (this.#connection !== connection) return;
        this.#connection = undefined;
        this.#over(reason);
      },
    };
  }

  #receive(bytes: Uint8Array): void {
    this.#lastUse = this.#options.clock.now();
    const received = this.#received;
    const all = received.add(bytes);
    if (all === undefined) {
      this.#connection?.outbox.abort();
      this.#connection = undefined;
      return this.#over(`the script leaves ${received.size} bytes unconsumed`);
    }
    received.keep(this.events.onData(all));
  }

  #over(reason: string | undefined): void {
    this.error = reason;
    this.events.onDisconnection();
  }

  #takeWaiting(): Uint8Array[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingSize = 0;
    return waiting;
  }
}
