import type { Clock } from "../../base/mod.ts";
import { encodeText, equalBytes } from "../../bytes/mod.ts";
import {
  type ByteOutput,
  listenTcp,
  type PortOptions,
  type TcpHandler,
  type TcpServer,
  type WriteScheduler,
} from "../../net/mod.ts";
import { POLICY_TIMEOUT } from "./params.ts";

/** What Flash Player sends before it opens a socket, with its zero byte. */
const REQUEST = encodeText("<policy-file-request/>\0");

/** First byte of a {@link REQUEST}; no version of RTMP. */
const LESS_THAN = 0x3c;

/** True when a connection begins like a request for a policy. */
export function asksForPolicy(first: Uint8Array): boolean {
  return first[0] === LESS_THAN;
}

/** A connection on which Flash Player asks which movies may open sockets. */
export class PolicyExchange {
  readonly #output: ByteOutput;
  readonly #policy: string;
  #asked = 0;

  /** @param policy XML, without the zero byte that ends it */
  constructor(output: ByteOutput, policy: string) {
    this.#output = output;
    this.#policy = policy;
  }

  /** Takes input, however it was cut. */
  onData(bytes: Uint8Array): void {
    const part = REQUEST.subarray(this.#asked, this.#asked + bytes.length);
    if (!equalBytes(bytes.subarray(0, part.length), part)) return this.#output.abort();
    this.#asked += part.length;
    if (this.#asked < REQUEST.length) return;
    this.#output.send(encodeText(`${this.#policy}\0`));
    this.#output.end();
  }
}

export interface PolicyListenerOptions extends Omit<PortOptions, "tls"> {
  readonly scheduler: WriteScheduler;
  readonly clock: Clock;
  readonly policy: string;
}

/** A port that only sends the policy: 843, which Flash Player asks first. */
export class PolicyListener {
  readonly #server: TcpServer;

  /** @throws Deno.errors.AddrInUse, Deno.errors.PermissionDenied */
  constructor(options: PolicyListenerOptions) {
    const { clock, policy } = options;
    this.#server = listenTcp(options, ({ outbox }): TcpHandler => {
      const exchange = new PolicyExchange(outbox, policy);
      const timer = clock.after(POLICY_TIMEOUT, () => outbox.abort());
      return {
        onData: (bytes) => exchange.onData(bytes),
        onClosed: () => timer.cancel(),
      };
    });
  }

  get port(): number {
    return this.#server.port;
  }

  close(): Promise<void> {
    this.#server.close();
    return Promise.resolve();
  }
}
