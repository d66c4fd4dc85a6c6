import assert from "node:assert/strict";
import { Cluster, type ClusterOptions, type Server } from "../../src/cluster/mod.ts";
import { type DataReader, readValues, type Value, ValueReader } from "../../src/codecs/mod.ts";
import { type TlsKeys, WriteScheduler } from "../../src/net/mod.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { FakeClock } from "../support/fake_clock.ts";

export type Event =
  | { readonly kind: "up"; readonly server: Server }
  | { readonly kind: "down"; readonly server: Server }
  | { readonly kind: "start"; readonly path: string }
  | {
    readonly kind: "call";
    readonly server: Server;
    readonly name: string;
    readonly args: Value[];
  };

export interface MemberOptions extends Partial<ClusterOptions> {
  readonly port?: number;
  readonly tls?: TlsKeys;
}

/** A server of a cluster, on loopback, whose events can be waited for. */
export class Member {
  readonly #port: number;
  readonly #tls: TlsKeys | undefined;
  readonly clock = new FakeClock();
  readonly log = new CaptureLog();
  readonly scheduler = new WriteScheduler(this.clock);
  readonly cluster: Cluster;
  readonly events: Event[] = [];
  applications: string[] = [];
  /** Thrown by the next connection's event. */
  rejection: string | undefined;

  constructor({ port = 0, tls, ...options }: MemberOptions = {}) {
    this.#port = port;
    this.#tls = tls;
    this.cluster = new Cluster({
      clock: this.clock,
      log: this.log,
      scheduler: this.scheduler,
      host: "",
      random: () => 0.5,
      ...options,
    });
    this.cluster.handler = {
      onServerConnection: (server) => {
        this.#add({ kind: "up", server });
        if (this.rejection !== undefined) throw new Error(this.rejection);
      },
      onServerDisconnection: (server) => this.#add({ kind: "down", server }),
      onServerCall: (server, name, args) =>
        this.#add({ kind: "call", server, name, args: readValues(args) }),
      startApplication: (path) => this.#add({ kind: "start", path }),
      applications: () => this.applications,
    };
  }

  start(): this {
    this.cluster.listen("127.0.0.1", this.#port, this.#tls);
    this.cluster.connect();
    return this;
  }

  stop(): void {
    this.cluster.stop();
  }

  get address(): string {
    return `127.0.0.1:${this.cluster.port}`;
  }

  /** How many events of a kind there were. */
  count(kind: Event["kind"]): number {
    return this.events.filter((event) => event.kind === kind).length;
  }

  /** Waits until there is an event of that kind, the `nth` of its kind. */
  async event<K extends Event["kind"]>(kind: K, nth = 1): Promise<Extract<Event, { kind: K }>> {
    const find = () => this.events.filter((event) => event.kind === kind)[nth - 1];
    await until(() => find() !== undefined, () => this.log.lines.join("\n"));
    return find() as Extract<Event, { kind: K }>;
  }

  /** Waits until the log has a line that matches. */
  async logged(pattern: RegExp): Promise<void> {
    const { lines } = this.log;
    await until(() => lines.some((line) => pattern.test(line)), () => lines.join("\n"));
  }

  #add(event: Event): void {
    this.events.push(event);
  }
}

/** Runs a test with members that are stopped after it, and waits until their sockets are closed. */
export async function withMembers(
  body: (member: (options?: MemberOptions) => Member) => Promise<void>,
): Promise<void> {
  const members: Member[] = [];
  try {
    await body((options) => {
      const member = new Member(options);
      members.push(member);
      return member;
    });
  } finally {
    for (const member of members) member.stop();
    await turn(20);
    for (const { scheduler } of members) scheduler.close();
  }
}

/** Lets the runtime go round, for what sockets have to say. */
export async function turn(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Waits for something that sockets bring; `explain` is for the case that it never comes. */
export async function until(what: () => boolean, explain: () => string = () => ""): Promise<void> {
  for (let round = 0; round < 5000; round++) {
    if (what()) return;
    await turn();
  }
  assert.fail(`it never came true: ${explain()}`);
}

export function values(...args: unknown[]): DataReader {
  return new ValueReader(args);
}
