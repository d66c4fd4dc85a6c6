import { equal, ok } from "node:assert/strict";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import {
  Access,
  AdminPages,
  Control,
  type ControlledRelay,
  type ControlParts,
  controlRoutes,
  Events,
  Health,
  History,
  HubEvents,
  LoopDelay,
  MediaCounts,
  openApi,
  RecentLines,
  Refusals,
  TimedBans,
} from "../../src/admin/mod.ts";
import { Cluster } from "../../src/cluster/mod.ts";
import { WriteScheduler } from "../../src/net/mod.ts";
import { HttpListener } from "../../src/protocols/http/mod.ts";
import { RawClient, type RawResponse } from "../http/support.ts";
import { setUp } from "../hub/scene.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { HTTP_SETTINGS } from "../support/web_settings.ts";

export const TOKEN = "kanarienvogel";
const KEY = { authorization: `Bearer ${TOKEN}` };

/** A server as operators see it: a hub without protocols, applications that are not there. */
export class ControlScene {
  readonly #scene = setUp();
  readonly clock = this.#scene.clock;
  readonly hub = this.#scene.hub;
  readonly connect = this.#scene.connect;
  readonly log = new CaptureLog("admin");
  readonly scheduler = new WriteScheduler(this.clock);
  readonly events = new Events(this.clock, (text) => text.replaceAll("s3cret", "***"));
  readonly refusals = new Refusals(this.events, () => this.clock.epoch());
  readonly lines = new RecentLines();
  readonly calls: unknown[][] = [];
  hasConsole = true;
  readonly relay: ControlledRelay = {
    id: "film",
    name: "film",
    does: "play",
    urls: ["rtmp://a.example/live/…"],
    state: "waiting",
    failure: undefined,
    start: () => this.calls.push(["start"]),
    stop: () => this.calls.push(["stop"]),
  };
  readonly parts: ControlParts;
  readonly document: { paths: Record<string, Record<string, Operation>>; components: unknown };
  readonly #listener: HttpListener;
  readonly #clients: RawClient[] = [];
  readonly #loopDelay: LoopDelay;
  readonly #answers = new Map<unknown, ValidateFunction>();

  constructor() {
    const { hub, clock } = this;
    this.#loopDelay = new LoopDelay(clock);
    hub.observers.add(new HubEvents(this.events));
    hub.observers.add(this.refusals);
    const counts = new MediaCounts(hub);
    const usage = () => ({ cpu: clock.now() / 2_000, resident: 1e8, heap: 1e7 });
    const health = new Health(clock, { ports: () => true });
    this.parts = {
      hub,
      server: {
        version: "1.2.3",
        deno: "2.0.0",
        host: "",
        usage,
        hasConsole: () => this.hasConsole,
      },
      counts,
      history: new History({ hub, counts, loopDelay: this.#loopDelay, usage }),
      health,
      events: this.events,
      bans: new TimedBans(hub.bans, clock),
      refusals: this.refusals,
      log: { level: "INFO", lines: this.lines },
      scripts: scripts(this.calls),
      cluster: new Cluster({ clock, scheduler: this.scheduler, log: this.log, host: "" }),
      relays: () => [this.relay],
      recordings: {
        list: ({ stream = "film" }) => [{
          stream,
          application: "",
          name: "film.mp4",
          path: "/not/shown/film.mp4",
          format: "mp4",
          start: 1_000,
          duration: 2_000.4,
          size: 3_000,
          gaps: [{ at: 10.2, length: 20 }],
        }],
        start: (publication, request) => {
          if (request.path?.includes("..")) throw new Error(`${request.path} leaves the folder`);
          this.calls.push(["record", publication.name, request]);
        },
        stop: (publication) => this.calls.push(["stopRecording", publication.name]) && 2,
        isRecorded: () => true,
      },
      settings: {
        list: () => [{
          key: "live.gop",
          value: "true",
          isSecret: false,
          isSet: true,
          default: "false",
          wanted: "true or false",
          unit: null,
          help: "Keeps groups.",
          live: false,
          where: "my.ini:3",
          isPending: false,
        }],
        change: (changes) => {
          if (changes.has("bad")) throw new Error("there is no key bad");
          this.calls.push(["change", ...changes.keys()]);
          return { applied: [...changes.keys()], restart: [] };
        },
      },
    };
    const routes = controlRoutes(this.parts);
    this.document = JSON.parse(JSON.stringify(openApi(routes, "1.2.3")));
    const control = new Control({
      routes,
      version: "1.2.3",
      clock,
      audit: this.log.child("audit"),
      events: this.events,
    });
    this.#listener = new HttpListener({
      clock,
      log: this.log,
      scheduler: this.scheduler,
      hostname: "127.0.0.1",
      port: 0,
      settings: { ...HTTP_SETTINGS, crossOrigin: "", maxBody: 0 },
      resources: [
        new AdminPages({
          access: new Access({ token: TOKEN, names: ["127.0.0.1"] }),
          health,
          metrics: [],
          control,
          conceal: (text) => text.replaceAll("s3cret", "***"),
        }),
      ],
    });
  }

  async client(): Promise<RawClient> {
    const client = await RawClient.connect(this.#listener.port);
    this.#clients.push(client);
    return client;
  }

  /** A request below the interface, on a connection of its own. */
  async ask(
    method: string,
    path: string,
    headers?: Record<string, string>,
    body?: unknown,
  ): Promise<RawResponse> {
    const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
    const client = await this.client();
    const answer = await client.ask(method, `/api/v1${path}`, { ...KEY, ...headers }, text);
    client.close();
    return answer;
  }

  /** The value that is answered, which holds to the document. */
  async get(path: string): Promise<Shown> {
    return this.#value("get", path, await this.ask("GET", path));
  }

  /** The same of an act, whose one line of the log this checks. */
  async act(path: string, body: unknown = {}, method = "POST"): Promise<Shown> {
    const before = this.audit.length;
    const headers = { "content-type": "application/json" };
    const answer = await this.ask(method, path, headers, method === "DELETE" ? undefined : body);
    equal(this.audit.length, before + 1, path);
    return this.#value(method.toLowerCase(), path, answer);
  }

  /** Why a request is not answered: its status, and a sentence. */
  async refused(
    method: string,
    path: string,
    headers?: Record<string, string>,
    body?: unknown,
  ): Promise<[number, string]> {
    const { status, text } = await this.ask(method, path, headers, body);
    ok(status >= 400, `${status} ${text}`);
    const value = JSON.parse(text);
    equal(Object.keys(value).join(), "error");
    return [status, value.error];
  }

  get audit(): string[] {
    return this.log.lines.filter((line) => line.includes(" audit: "));
  }

  async close(): Promise<void> {
    this.#loopDelay.close();
    this.parts.history.close();
    this.parts.bans.close();
    this.events.close();
    for (const client of this.#clients) client.close();
    await this.#listener.close();
    this.scheduler.close();
    equal(this.log.lines.join("\n").includes(TOKEN), false);
  }

  #value(method: string, path: string, { status, text }: RawResponse): Shown {
    equal(status, 200, text);
    const value = JSON.parse(text);
    const [plain = ""] = path.split("?");
    const found = Object.entries(this.document.paths).find(([pattern]) =>
      new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(`/api/v1${plain}`)
    );
    const operation = found?.[1][method];
    ok(operation, `${method} ${plain} is not in the document`);
    const check = this.#validator(operation.responses["200"].content["application/json"]!.schema);
    ok(check(value), `${path}: ${JSON.stringify(check.errors)} in ${text}`);
    return value;
  }

  #validator(schema: object): ValidateFunction {
    let check = this.#answers.get(schema);
    if (check === undefined) {
      const ajv = new Ajv2020({ strict: true, allErrors: true });
      ajv.addKeyword("components");
      check = ajv.compile({ ...schema, components: this.document.components });
      this.#answers.set(schema, check);
    }
    return check;
  }
}

/** What an answer holds, whatever it is. */
// deno-lint-ignore no-explicit-any
export type Shown = any;

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: {
    readonly "200": { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  };
}

/** One application, `/`, which notes what is asked of it. */
function scripts(calls: unknown[][]): ControlParts["scripts"] {
  const facts = {
    path: "/",
    state: "running",
    clients: 0,
    resources: 0,
    errors: 1,
    lastError: { message: "www/main.lua:3: s3cret", file: "www/main.lua", line: 3, at: 5 },
  } as const;
  const note = <T>(path: string, call: unknown[], value: T): T | undefined => {
    if (path !== "/") return undefined;
    calls.push(call);
    return value;
  };
  return {
    memory: 1000,
    memoryLimit: 2000,
    errors: 1,
    list: () => [facts],
    newestErrors: () => [{ application: "/", count: 2, ...facts.lastError }],
    restart: (path) => note(path, ["restart"], facts),
    call(path, name, args) {
      if (name === "bad") throw new Error("www/main.lua:4: no");
      return note(path, ["call", name, args], [1, { a: "s3cret" }]);
    },
    evaluate: (path, source) => note(path, ["evaluate", source], { results: ["2"], printed: [] }),
    files: (path) => note(path, ["files"], [{ name: "main.lua", size: 9, modified: 7 }]),
    read: (path, file) => file === "main.lua" ? note(path, ["read"], "a\nb\nc\nd\n") : undefined,
  };
}

/** Runs a test with a scene of its own. */
export async function withScene(run: (scene: ControlScene) => Promise<void>): Promise<void> {
  const scene = new ControlScene();
  try {
    await run(scene);
  } finally {
    await scene.close();
  }
}
