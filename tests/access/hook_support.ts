import {
  Guard,
  guarded,
  Hook,
  HookEvents,
  HookJudge,
  hookSettings,
  Lifetimes,
  readRules,
} from "../../src/access/mod.ts";
import { encodeText } from "../../src/bytes/mod.ts";
import { loadConfig } from "../../src/config/mod.ts";
import { Client, type ClientInfo, Hub, openHandler, Refusal } from "../../src/hub/mod.ts";
import type { WebAnswer, WebRequest } from "../../src/net/mod.ts";
import { decided, settled } from "../support/decided.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { MemoryLog } from "../script/support.ts";

/** An answer as it comes from the wire. */
export function answered(
  status: number,
  body = "",
  headers: Record<string, string> = {},
): WebAnswer {
  return { status, headers: new Headers(headers), body: encodeText(body) };
}

export function json(value: unknown, status = 200): WebAnswer {
  return answered(status, JSON.stringify(value), { "content-type": "application/json" });
}

/** A hub behind a hook that the test answers. */
export class Hooked {
  readonly clock = new FakeClock();
  readonly log = new MemoryLog();
  readonly hub: Hub;
  readonly requests: WebRequest[] = [];
  /** Users that the application saw. */
  readonly asked: string[] = [];
  readonly events: HookEvents;
  readonly hook: Hook;
  readonly guard: Guard;
  answer: (request: WebRequest) => WebAnswer | Promise<WebAnswer> = () => answered(204);

  constructor(lines = "", names: "server" | "application" = "server") {
    this.hub = new Hub({ clock: this.clock, names });
    const text = `[access]\nhook=https://hook.example/\nhookSecret=nightingale\n${lines}`;
    const { config } = loadConfig({ ini: { file: "my.ini", text } });
    const settings = hookSettings(config);
    if (settings === undefined) throw new Error("no hook");
    const { clock, log } = this;
    const web = async (request: WebRequest) => {
      this.requests.push(request);
      const { promise, reject } = Promise.withResolvers<never>();
      request.signal?.addEventListener("abort", () => reject(request.signal?.reason));
      return await Promise.race([this.answer(request), promise]);
    };
    this.hook = new Hook({ ...settings, web, clock, log, server: "s1" });
    const lifetimes = new Lifetimes(clock);
    const guard = this.guard = new Guard({
      rules: readRules(config).rules,
      linkSecret: "",
      clock,
      log,
      lifetimes,
      hook: new HookJudge(this.hook, settings.down),
    });
    this.hub.handler = guarded({
      ...openHandler,
      onPublish: ({ client, publication }) =>
        void this.asked.push(`publish ${publication.name} ${client.user}`),
      onSubscribe: ({ client, listener }) =>
        void this.asked.push(`play ${listener.publication.name} ${client.user}`),
    }, guard);
    this.hub.observers.add(lifetimes);
    this.events = new HookEvents(this.hook, log);
    if (config.access.hookEvents) this.hub.observers.add(this.events);
  }

  client(info: Partial<ClientInfo> = {}): Client {
    return new Client({
      protocol: "RTMP",
      address: "192.0.2.1:5000",
      path: "/live",
      query: "",
      properties: new Map(),
      ...info,
    });
  }

  connect(info: Partial<ClientInfo> = {}): Client {
    const client = this.client(info);
    decided(this.hub.connect(client, { more: false, read: () => 0 }));
    return client;
  }

  async publish(client: Client, stream: string, close = (_code?: string) => {}) {
    const [name = "", query = ""] = stream.split("?");
    return await this.hub.publish(client, name, { close }, {
      parameters: new Map(new URLSearchParams(query)),
    });
  }

  async play(client: Client, name: string, status = (_code: string) => {}) {
    return await this.hub.subscribe(client, name, { ready() {}, overrun() {}, status });
  }

  /** The bodies of the requests so far. */
  get bodies(): Record<string, unknown>[] {
    return this.requests.map(({ body = "" }) => JSON.parse(body));
  }

  /** Moves on until a promise is settled that waits for nothing but time. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => void (isOver = true);
    promise.then(over, over);
    for (let step = 0; step < 200 && !isOver; step++) {
      await settled();
      if (!isOver) this.clock.advance(100);
    }
    return await promise;
  }
}

/** `code reason: message` of a refusal. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return `${error.code} ${error.reason}: ${error.message}`;
  }
}
