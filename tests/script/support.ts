import { dirname, join } from "node:path";
import { decodeText } from "../../src/bytes/mod.ts";
import {
  type DataReader,
  readValues,
  type Value,
  ValueReader,
  ValueWriter,
} from "../../src/codecs/mod.ts";
import { ConfigTree } from "../../src/config/mod.ts";
import { SharedObjects } from "../../src/flash/mod.ts";
import {
  Client,
  type ClientInfo,
  type ClientInput,
  type FlowWriter,
  Hub,
  type Listener,
  type Publication,
} from "../../src/hub/mod.ts";
import { type Log, NamedLog } from "../../src/logs/mod.ts";
import { LuaReader } from "../../src/script/lua/reader.ts";
import { Scripts, type ScriptsOptions } from "../../src/script/mod.ts";
import type { Recorder } from "../../src/recordings/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { decided } from "../support/decided.ts";

/** A log that keeps its lines as "LEVEL text". */
export class MemoryLog extends NamedLog {
  readonly lines: string[] = [];
  readonly dumps = false;

  constructor() {
    super([]);
  }
  isEnabled(): boolean {
    return true;
  }
  child(): Log {
    return this;
  }
  dump(): void {}
  protected write(level: string, message: string): void {
    this.lines.push(`${level} ${message}`);
  }
}

/** A pipe that keeps what was written: `[kind, ...values]`. */
export class MemoryWriter implements FlowWriter {
  reliable = true;
  isClosed = false;
  readonly written: unknown[][] = [];
  readonly pipes: MemoryWriter[] = [];
  onClose = () => {};

  writeInvocation(name: string, args: DataReader): void {
    this.written.push(["invocation", name, ...readValues(args).map(plain)]);
  }
  writeMessage(args: DataReader): void {
    this.written.push(["message", ...readValues(args).map(plain)]);
  }
  writeRaw(_values: DataReader, bytes: () => Uint8Array): void {
    this.written.push(["raw", decodeText(bytes())]);
  }
  writeStatus(code: string, description: string): void {
    this.written.push(["status", code, description]);
  }
  flush(full: boolean): void {
    this.written.push(["flush", full]);
  }
  newFlowWriter(): FlowWriter {
    const pipe = new MemoryWriter();
    this.pipes.push(pipe);
    return pipe;
  }
  close(): void {
    this.isClosed = true;
    this.onClose();
  }
}

/** Whose streams' names are. */
type HubNames = { readonly names: "server" | "application" };

/** A server without network: a hub, scripts from a folder of the test's own, a clock by hand. */
export class TestServer implements Disposable {
  readonly clock = new FakeClock();
  readonly hub: Hub;
  readonly log = new MemoryLog();
  readonly config = new ConfigTree();
  readonly banned: string[] = [];
  readonly printed: string[] = [];
  readonly exits: number[] = [];
  readonly folder = Deno.makeTempDirSync({ prefix: "mona_test_" });
  readonly www = join(this.folder, "www");
  readonly scripts: Scripts;
  readonly writers = new Map<Client, MemoryWriter>();

  /** `files` by their path below `www`; a text alone is the root's `main.lua`. */
  constructor(
    files: string | Record<string, string>,
    { names = "server", ...options }: Partial<ScriptsOptions> & Partial<HubNames> = {},
    makeRecorder: (server: TestServer) => Recorder | undefined = () => undefined,
  ) {
    this.hub = new Hub({ clock: this.clock, names });
    Deno.mkdirSync(this.www);
    for (
      const [name, text] of Object.entries(
        typeof files === "string" ? { "main.lua": files } : files,
      )
    ) this.write(name, text);
    this.scripts = new Scripts({
      hub: this.hub,
      config: this.config,
      publicAddress: "198.51.100.7",
      bans: {
        ban: (address) => this.banned.push(`+${address}`),
        unban: (address) => this.banned.push(`-${address}`),
      },
      clock: this.clock,
      log: this.log,
      exit: (code) => this.exits.push(code),
      print: (line) => this.printed.push(decodeText(line)),
      www: this.www,
      memory: 256 * 1024 * 1024,
      instructions: 2_000_000,
      startInstructions: 20_000_000,
      clientShare: 25,
      sharedObjects: new SharedObjects({ hub: this.hub, clock: this.clock, log: this.log }),
      ...options,
      recorder: makeRecorder(this),
    });
    this.hub.handler = this.scripts.handler;
    this.scripts.start();
  }

  [Symbol.dispose](): void {
    this.scripts.stop();
    Deno.removeSync(this.folder, { recursive: true });
  }

  #version = 0;

  /** Writes a file below `www`, with a time of its own so that the change shows. */
  write(name: string, text: string): void {
    const path = join(this.www, name);
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeTextFileSync(path, text);
    const time = new Date(1_700_000_000_000 + ++this.#version * 1000);
    Deno.utimeSync(path, time, time);
  }

  /** Lets two seconds pass: files are looked at again, `onManage` runs. */
  pass(): void {
    this.clock.advance(2000);
  }

  /** Connects a client, or throws the Refusal; what `onConnection` returned is in `answers`. */
  connect(
    path = "",
    args: Value[] = [],
    info: Partial<ClientInfo> = {},
    input: ClientInput | undefined = undefined,
  ): Client {
    const client = new Client({
      protocol: "RTMP",
      address: "127.0.0.1:5000",
      path,
      query: "",
      properties: new Map(),
      ...info,
    });
    const writer = new MemoryWriter();
    client.writer = writer;
    client.input = input;
    this.writers.set(client, writer);
    writer.onClose = () => this.hub.disconnect(client);
    const added = decided(this.hub.connect(client, new ValueReader(args)));
    const values = Object.assign(Object.create(null), Object.fromEntries(added));
    this.answers.set(client, added.size === 0 ? undefined : plain(values));
    return client;
  }

  readonly answers = new Map<Client, Value>();

  written(client: Client): unknown[][] {
    return this.writers.get(client)?.written ?? [];
  }

  /** Calls a method as the client would: the values of the answer, undefined without one. */
  call(client: Client, name: string, ...args: Value[]): Value[] | undefined {
    let answer: ValueWriter | undefined;
    this.scripts.handler.onCall({
      client,
      name,
      args: new ValueReader(args),
      reply: () => answer = new ValueWriter(),
      during: (run) => run(),
    });
    return answer?.values.map(plain);
  }

  publish(client: Client, name: string): Publication {
    return decided(this.hub.publish(client, name, {
      close: (code, description) => this.closed.push([name, code, description]),
    }));
  }

  readonly closed: unknown[][] = [];

  subscribe(client: Client, name: string): Listener {
    return decided(this.hub.subscribe(client, name, { ready() {}, overrun() {}, status() {} }));
  }

  /** Runs Lua in the root application as one event would, and returns its results. */
  run(source: string, path = ""): Value[] {
    const { vm, applications, objects } = this.scripts.host;
    const application = applications.find(path);
    if (application === undefined) throw new Error(`no application ${path}`);
    const { top } = vm;
    vm.load(new TextEncoder().encode(source), "test.lua");
    vm.pushRef(application.environment);
    vm.c.lua_setupvalue(vm.L, -2, 1);
    try {
      applications.run(application, 0, -1);
      return readValues(new LuaReader(vm, top + 1, vm.top, objects.typed)).map(plain);
    } finally {
      vm.top = top;
    }
  }
}

/** The same value with objects as literals make them, for `deepEqual`. */
export function plain(value: Value): Value {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== null) {
    return value;
  }
  const named = Object.entries(value).map(([name, inner]) => [name, plain(inner as Value)]);
  return Object.fromEntries(named);
}
