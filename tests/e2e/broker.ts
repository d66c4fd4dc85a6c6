import assert from "node:assert/strict";
import { freePort, requireProgram } from "./server.ts";

/** Who may log in to a broker: how it is started, and what its members' settings are. */
export interface Login {
  readonly scheme?: "nats" | "tls";
  /** Of nats-server. */
  readonly args: readonly string[];
  /** Of its members. */
  readonly set: readonly string[];
}

const USER: Login = {
  args: ["--user", "mona", "--pass", "s4"],
  set: ["cluster.user=mona", "cluster.password=s4"],
};

export interface BrokerOptions {
  readonly login?: Login;
  readonly host?: string;
  /** Command that it is started by. */
  readonly prefix?: readonly string[];
}

/** A broker of its own, which tests kill. */
export class Broker {
  readonly port = freePort();
  readonly #login: Login;
  readonly #host: string;
  readonly #prefix: readonly string[];
  #child: Deno.ChildProcess | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor({ login = USER, host = "127.0.0.1", prefix = [] }: BrokerOptions = {}) {
    this.#login = login;
    this.#host = host;
    this.#prefix = prefix;
  }

  /** What its members need to find it, by another port perhaps, and to log in. */
  settings(port = this.port): string[] {
    const { scheme = "nats", set } = this.#login;
    return [`cluster.nats=${scheme}://${this.#host}:${port}`, ...set];
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    await requireProgram("nats-server");
    const address = ["-a", this.#host, "-p", String(this.port)];
    const command = [...this.#prefix, "nats-server", ...address, ...this.#login.args];
    const [name, ...args] = command as [string, ...string[]];
    this.#child = new Deno.Command(name, { args, stdout: "null", stderr: "piped" }).spawn();
    const ready = Promise.withResolvers<void>();
    this.#reading = read(this.#child.stderr, ready);
    await ready.promise;
  }

  async kill(): Promise<void> {
    try {
      this.#child?.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child?.status;
    await this.#reading;
    this.#child = undefined;
  }
}

/** Reads what a broker says to the end, and tells when it is ready. */
async function read(
  stream: ReadableStream<Uint8Array>,
  ready: PromiseWithResolvers<void>,
): Promise<void> {
  let text = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (text.includes("Server is ready")) ready.resolve();
  }
  ready.reject(new assert.AssertionError({ message: `nats-server ended:\n${text}` }));
}
