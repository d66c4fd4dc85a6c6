import type { NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node";
import { type Clock, errorText } from "../../base/mod.ts";
import type { Log } from "../../logs/mod.ts";
import { BROKER_PING, BROKER_RETRY, BROKER_TIMEOUT } from "../params.ts";
import type { Bus } from "./engine.ts";

/** Which brokers, who this server is to them, and the name of the cluster. */
export interface NatsOptions {
  /** Brokers, such as `nats://host:4222`; `tls://` for encryption. */
  readonly servers: readonly string[];
  /** First word of all subjects: members of one cluster have the same. */
  readonly name: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** PEM of the authorities of the brokers' certificates. */
  readonly authorities?: string;
}

/** Events of a connection to a broker. */
export interface NatsEvents {
  /** Connected, for the first time or again. */
  up(): void;
  /** A message for this server. */
  message(bytes: Uint8Array): void;
}

/** What brokers take unless they are configured, in bytes. */
const USUAL_LIMIT = 1_048_576;

/** Members' messages by the subjects `name.all` and `name.to.id` of NATS. */
export class NatsBus implements Bus {
  readonly #options: NatsOptions;
  readonly #names: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #subject: string;
  readonly #mine: string;
  #connection: NatsConnection | undefined;
  /** Why it is no member, as it was logged. */
  #reason = "";
  /** Ends a pause. */
  #resume: () => void = () => {};
  #isUp = false;
  #isClosed = false;

  /** @param id of this server: 32 hexadecimal characters */
  constructor(options: NatsOptions, id: string, clock: Clock, log: Log) {
    this.#options = options;
    this.#names = options.servers.join(", ");
    this.#clock = clock;
    this.#log = log;
    this.#subject = `${options.name}.`;
    this.#mine = `${this.#subject}to.${id}`;
  }

  get address(): string {
    return this.#connection?.info?.client_ip ?? "";
  }

  /** Whether messages reach the broker, as far as is known. */
  get isUp(): boolean {
    return this.#isUp;
  }

  get limit(): number {
    return this.#connection?.info?.max_payload ?? USUAL_LIMIT;
  }

  /** Connects, however long it takes, and again whenever the broker is lost. */
  async run(events: NatsEvents): Promise<void> {
    while (!this.#isClosed) {
      const reason = await this.#member(events);
      this.#isUp = false;
      if (this.#isClosed) return;
      // The same failure again is no news.
      if (reason !== this.#reason) {
        this.#log.warn(`${this.#names}: ${reason}: not a member; tried again every second`);
      }
      this.#reason = reason;
      await this.#pause();
    }
  }

  publish(to: string, bytes: Uint8Array): boolean {
    if (!this.#isUp) return false;
    try {
      const subject = to === "all" ? `${this.#subject}all` : `${this.#subject}to.${to}`;
      this.#connection?.publish(subject, bytes);
    } catch (error) {
      this.#log.error(`a message of ${bytes.length} bytes was not sent: ${errorText(error)}`);
    }
    return true;
  }

  /** Sends what is queued, then leaves. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#isUp = false;
    this.#resume();
    await this.#connection?.close();
  }

  /** Returns why it is no member, or no more. */
  async #member(events: NatsEvents): Promise<string> {
    try {
      // Loaded by the first broker: most servers have none.
      const { brokerFault, connectNats } = await import("./nats_connect.ts");
      const connection = await connectNats(this.#connectOptions());
      this.#connection = connection;
      if (this.#isClosed) await connection.close();
      else {
        for (const subject of [`${this.#subject}all`, this.#mine]) {
          connection.subscribe(subject, {
            callback: (error, message) => {
              if (error === null) events.message(message.data);
            },
          });
        }
        this.#up(events, "");
        for await (const { type } of connection.status()) {
          if (type === "disconnect") this.#lost(brokerFault(connection));
          else if (type === "reconnect") this.#up(events, " again");
        }
      }
      return errorText(await connection.closed() ?? "the connection was closed");
    } catch (error) {
      return errorText(error);
    }
  }

  #up(events: NatsEvents, again: string): void {
    this.#isUp = true;
    this.#reason = "";
    this.#log.note(`member of the cluster at ${this.#names}${again}`);
    events.up();
  }

  /** @param fault what the broker did wrong */
  #lost(fault: string | undefined): void {
    const why = fault === undefined ? "" : ` (${fault})`;
    if (this.#isUp) {
      this.#log.warn(`lost ${this.#names}${why}; streams go on, trying again`);
    }
    this.#isUp = false;
  }

  #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.after(BROKER_RETRY, resolve);
    this.#resume = () => {
      timer.cancel();
      resolve();
    };
    return promise;
  }

  #connectOptions(): NodeConnectionOptions {
    const { servers, user, password, token, authorities } = this.#options;
    return {
      servers: [...servers],
      noEcho: true,
      maxReconnectAttempts: -1,
      reconnectTimeWait: BROKER_RETRY,
      timeout: BROKER_TIMEOUT,
      pingInterval: BROKER_PING,
      maxPingOut: 2,
      ...(user ? { user } : {}),
      ...(password ? { pass: password } : {}),
      ...(token ? { token } : {}),
      ...(authorities ? { tls: { ca: authorities } } : {}),
    };
  }
}
