import type { Handler } from "../../src/hub/mod.ts";
import { Hub, type InputLimits, openHandler } from "../../src/hub/mod.ts";
import { type Log, silentLog } from "../../src/logs/mod.ts";
import {
  HttpListener,
  type HttpListenerOptions,
  type HttpSettings,
} from "../../src/protocols/http/mod.ts";
import { WriteScheduler } from "../../src/net/mod.ts";
import { httpResources, type HttpResourcesOptions } from "../../src/server/http_resources.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { reach } from "../support/reachable.ts";
import { HTTP_SETTINGS } from "../support/web_settings.ts";

const encoder = new TextEncoder();
const latin1 = new TextDecoder("latin1");

export interface RawResponse {
  readonly status: number;
  /** Values of one name joined by ", ", except Set-Cookie by newlines. */
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** A client that writes exactly what it is told. */
export class RawClient {
  readonly #conn: Deno.TcpConn;
  #kept = new Uint8Array(0);
  #isClosed = false;

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async connect(port: number): Promise<RawClient> {
    return new RawClient(await Deno.connect({ port, hostname: "127.0.0.1" }));
  }

  async send(...parts: (string | Uint8Array)[]): Promise<void> {
    for (const part of parts) {
      let rest = typeof part === "string" ? encoder.encode(part) : part;
      while (rest.length > 0) rest = rest.subarray(await this.#conn.write(rest));
    }
  }

  /** A request without a body, or with one that a Content-Length announces. */
  async ask(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body: string | Uint8Array = "",
  ): Promise<RawResponse> {
    const bytes = typeof body === "string" ? encoder.encode(body) : body;
    let head = `${method} ${path} HTTP/1.1\r\nhost: localhost\r\n`;
    for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`;
    if (bytes.length > 0) head += `content-length: ${bytes.length}\r\n`;
    // In one write: Nagle's algorithm would have the body wait for an acknowledgement.
    const start = encoder.encode(`${head}\r\n`);
    const whole = new Uint8Array(start.length + bytes.length);
    whole.set(start);
    whole.set(bytes, start.length);
    await this.send(whole);
    return await this.response(method === "HEAD");
  }

  /** The next response; of an endless one, its head. */
  async response(isHead = false): Promise<RawResponse> {
    const head = latin1.decode(await this.#until("\r\n\r\n"));
    const lines = head.trimEnd().split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(lines[0]!)?.[1]);
    if (Number.isNaN(status)) throw new Error(`no response begins with ${lines[0]}`);
    const headers = new Map<string, string>();
    for (const line of lines.slice(1)) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      const glue = name === "set-cookie" ? "\n" : ", ";
      headers.set(name, headers.has(name) ? `${headers.get(name)}${glue}${value}` : value);
    }
    const bytes = await this.#body(status, headers, isHead);
    return { status, headers, bytes, text: new TextDecoder().decode(bytes) };
  }

  async #body(status: number, headers: ReadonlyMap<string, string>, isHead: boolean) {
    if (isHead || status === 304 || status === 204 || status < 200) return new Uint8Array(0);
    return await this.bytes(Number(headers.get("content-length") ?? 0));
  }

  async bytes(count: number): Promise<Uint8Array> {
    while (this.#kept.length < count) {
      if (!await this.#more()) throw new Error(`${this.#kept.length} bytes, then the end`);
    }
    return this.#take(count);
  }

  /** Everything until the server closes. */
  async rest(): Promise<string> {
    while (await this.#more());
    return latin1.decode(this.#take(this.#kept.length));
  }

  /** Everything up to a mark, and the mark. */
  async until(mark: string): Promise<string> {
    return latin1.decode(await this.#until(mark));
  }

  /** Says that nothing more comes; what the server says can still be read. */
  async end(): Promise<void> {
    await this.#conn.closeWrite();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#conn.close();
  }

  async #until(mark: string): Promise<Uint8Array> {
    for (;;) {
      const at = latin1.decode(this.#kept).indexOf(mark);
      if (at >= 0) return this.#take(at + mark.length);
      if (!await this.#more()) throw new Error("the server closed the connection");
    }
  }

  async #more(): Promise<boolean> {
    const buffer = new Uint8Array(65_536);
    const count = await this.#conn.read(buffer).catch(() => null);
    if (count === null) return false;
    const joined = new Uint8Array(this.#kept.length + count);
    joined.set(this.#kept);
    joined.set(buffer.subarray(0, count), this.#kept.length);
    this.#kept = joined;
    return true;
  }

  #take(count: number): Uint8Array {
    const taken = this.#kept.slice(0, count);
    this.#kept = this.#kept.slice(count);
    return taken;
  }
}

export interface Rig {
  readonly hub: Hub;
  readonly clock: FakeClock;
  readonly www: string;
  readonly listener: HttpListener;
  connect(): Promise<RawClient>;
  /** One request on a connection of its own. */
  ask(...args: Parameters<RawClient["ask"]>): Promise<RawResponse>;
  write(path: string, content: string | Uint8Array): Promise<void>;
}

export interface RigOptions {
  readonly handler?: Partial<Handler>;
  readonly settings?: Partial<HttpSettings>;
  readonly log?: Log;
  /** Bytes of input that may be held; any number by default. */
  readonly inputs?: InputLimits;
  readonly files?: Record<string, string>;
  readonly more?: (
    hub: Hub,
    clock: FakeClock,
  ) => Partial<HttpListenerOptions> & Partial<HttpResourcesOptions>;
}

/** Runs a test against a listener over a temporary `www/`, and takes both down. */
export async function withServer(
  options: RigOptions,
  run: (rig: Rig) => Promise<void>,
): Promise<void> {
  const www = await Deno.makeTempDir();
  const clock = new FakeClock();
  const hub = new Hub({ clock, ...(options.inputs && { inputs: options.inputs }) });
  hub.handler = { ...openHandler, ...options.handler };
  const clients: RawClient[] = [];
  const scheduler = new WriteScheduler(clock);
  const more = options.more?.(hub, clock);
  const settings = { ...HTTP_SETTINGS, ...options.settings };
  const common = { hub, clock, log: options.log ?? silentLog, settings };
  const listener = new HttpListener({
    ...common,
    scheduler,
    hostname: "127.0.0.1",
    port: 0,
    resources: httpResources({ ...common, turns: scheduler.turns, www, ...more }),
    ...more,
  });
  const connect = async () => {
    const client = await RawClient.connect(listener.port);
    clients.push(client);
    return client;
  };
  const write = async (path: string, content: string | Uint8Array) => {
    const folder = path.split("/").slice(0, -1).join("/");
    await Deno.mkdir(`${www}/${folder}`, { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(`${www}/${path}`, content);
    else await Deno.writeFile(`${www}/${path}`, content);
  };
  try {
    const probe = await reach(listener.port);
    await until(() => listener.connections === 1);
    probe.close();
    await until(() => listener.connections === 0);
    for (const [path, text] of Object.entries(options.files ?? {})) await write(path, text);
    await run({
      hub,
      clock,
      www,
      listener,
      connect,
      write,
      ask: async (...args) => {
        const client = await connect();
        const response = await client.ask(...args);
        client.close();
        return response;
      },
    });
  } finally {
    for (const client of clients) client.close();
    listener.close();
    await until(() => listener.connections === 0);
    await Deno.remove(www, { recursive: true });
  }
}

/** Lets the event loop turn until something that other tasks bring about is so. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let turns = 0; !isSo(); turns++) {
    if (turns > 5_000) throw new Error("it never came to be");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
