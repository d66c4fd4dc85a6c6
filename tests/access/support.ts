import { Guard, guarded, Keys, readKeys, readRules } from "../../src/access/mod.ts";
import { loadConfig } from "../../src/config/mod.ts";
import { Client, type ClientInfo, type Handler, Hub, openHandler } from "../../src/hub/mod.ts";
import { decided } from "../support/decided.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { MemoryLog } from "../script/support.ts";

/** The rules of an ini's section, or the test fails. */
export function rulesOf(lines: string, file = "") {
  const keys = file === "" ? "" : "keys=some.keys\n";
  const text = `[access]\nsecret=nightingale\n${keys}${lines}`;
  const { config, faults } = loadConfig({ ini: { file: "my.ini", text } });
  const read = readRules(config);
  const all = [...faults, ...read.faults];
  if (all.length > 0) throw new Error(JSON.stringify(all));
  return read.rules;
}

/** A hub whose applications stand behind rules. */
export class Gate {
  readonly clock = new FakeClock();
  readonly log = new MemoryLog();
  readonly hub = new Hub({ clock: this.clock });
  readonly guard: Guard;
  /** What reached the application. */
  readonly asked: string[] = [];

  constructor(lines: string, { file = "", handler = {} as Partial<Handler> } = {}) {
    this.guard = new Guard({
      rules: rulesOf(lines, file),
      linkSecret: "nightingale",
      clock: this.clock,
      log: this.log,
    });
    this.guard.keys = new Keys(readKeys(file).keys);
    const inner: Handler = {
      ...openHandler,
      onConnection: ({ client }) => void this.asked.push(`connect ${client.path} ${client.user}`),
      onPublish: ({ client, publication }) =>
        void this.asked.push(`publish ${publication.name} ${client.user}`),
      onSubscribe: ({ client, listener }) =>
        void this.asked.push(`play ${listener.publication.name} ${client.user}`),
      ...handler,
    };
    this.hub.handler = guarded(inner, this.guard);
  }

  connect(path = "/live", info: Partial<ClientInfo> = {}): Client {
    const client = new Client({
      protocol: "RTMP",
      address: "192.0.2.1:5000",
      path,
      query: "",
      properties: new Map(),
      ...info,
    });
    decided(this.hub.connect(client, { more: false, read: () => 0 }));
    return client;
  }

  publish(client: Client, stream: string): void {
    const [name = "", query = ""] = stream.split("?");
    const parameters = new Map(new URLSearchParams(query));
    this.hub.unpublish(decided(this.hub.publish(client, name, { close() {} }, { parameters })));
  }

  play(client: Client, stream: string): void {
    const [name = "", query = ""] = stream.split("?");
    const sink = { ready() {}, overrun() {}, status() {} };
    const parameters = new Map(new URLSearchParams(query));
    this.hub.unsubscribe(decided(this.hub.subscribe(client, name, sink, parameters)));
  }
}
