import { lookup } from "node:dns/promises";
import { type Clock, isAddress } from "../../base/mod.ts";
import { FetchClients } from "./fetch_clients.ts";
import type { FetchRules } from "./fetch_rules.ts";
import { HostSlots } from "./host_slots.ts";

/** Redirections that are followed. */
const MAX_REDIRECTS = 5;
/** Requests to one host at a time; others wait for their turn. */
const MAX_PER_HOST = 16;
/** Concurrent requests to all hosts: each response takes memory. */
const MAX_REQUESTS = 128;
/** Headers that only the host they were meant for gets. */
const OWN_HEADERS = ["authorization", "cookie", "proxy-authorization"];

/** What a script asks for. */
export interface FetchRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body?: Uint8Array<ArrayBuffer> | undefined;
  /** Milliseconds until the whole response is there. */
  readonly timeout: number;
  /** Whether redirections are followed. */
  readonly follows: boolean;
}

/** A whole response. */
export interface FetchResponse {
  readonly status: number;
  /** Values by name in lower case; several of one name are joined by commas. */
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** Which hosts may be asked, and how much a response may have. */
export interface FetcherOptions {
  readonly clock: Clock;
  readonly rules: FetchRules;
  /** Bytes of a response. */
  readonly maxSize: number;
  /** Addresses of a name; the system's by default. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
}

/** HTTP requests of scripts, to hosts that the settings allow. */
export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #clients: FetchClients;
  readonly #hosts = new HostSlots(MAX_PER_HOST);
  readonly #all = new HostSlots(MAX_REQUESTS);

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#clients = new FetchClients(options.clock);
  }

  /** Requests are over: connections that are kept are closed. */
  close(): void {
    this.#clients.close();
  }

  /** Rejects with an Error whose message is for the script, `signal`'s reason included. */
  async fetch(request: FetchRequest, signal: AbortSignal): Promise<FetchResponse> {
    const limit = new AbortController();
    const timer = this.#options.clock.after(request.timeout, () => {
      limit.abort(new Error(`no whole response within ${request.timeout / 1000} s`));
    });
    try {
      return await this.#follow(request, AbortSignal.any([signal, limit.signal]));
    } finally {
      timer.cancel();
    }
  }

  async #follow(request: FetchRequest, signal: AbortSignal): Promise<FetchResponse> {
    let { method, body } = request;
    const headers = new Headers(request.headers);
    let url = parsed(request.url);
    for (let count = 0;; count++) {
      const response = await this.#once(url, { method, headers, body: body ?? null, signal });
      const location = response.headers.get("location");
      const isRedirection = [301, 302, 303, 307, 308].includes(response.status);
      if (!request.follows || !isRedirection || location === null) return response;
      if (count === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirections`);
      const next = parsed(location, url);
      if (next.origin !== url.origin) OWN_HEADERS.forEach((name) => headers.delete(name));
      if (
        response.status === 303 ? method !== "HEAD" : response.status < 303 && method === "POST"
      ) {
        method = "GET";
        body = undefined;
        headers.delete("content-type");
      }
      url = next;
    }
  }

  async #once(url: URL, init: RequestInit & { signal: AbortSignal }): Promise<FetchResponse> {
    const leave = await this.#hosts.enter(url.host, init.signal);
    try {
      const leaveAll = await this.#all.enter("", init.signal);
      try {
        return await this.#askAny(url, init);
      } finally {
        leaveAll();
      }
    } finally {
      leave();
    }
  }

  /** Asks a host by the first of its addresses that is reached. */
  async #askAny(url: URL, init: RequestInit & { signal: AbortSignal }): Promise<FetchResponse> {
    const addresses = await this.#addresses(url, init.signal);
    let failure: unknown;
    for (const address of addresses) {
      try {
        return await this.#ask(url, address, init);
      } catch (error) {
        init.signal.throwIfAborted();
        if (!isConnectError(error)) throw failed(error);
        failure = error;
      }
    }
    throw failed(failure);
  }

  /** Where a host may be asked, after its name was resolved. @throws Error when nowhere */
  async #addresses(url: URL, signal: AbortSignal): Promise<string[]> {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const { rules, resolve = systemAddresses } = this.#options;
    const found = isAddress(host) ? [host] : await aborted(resolve(host), signal).catch(() => {
      signal.throwIfAborted();
      throw new Error(`no address of '${host}' was found`);
    });
    const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
    const allowed = found.filter((address) => rules.allows(host, address, port));
    if (allowed.length === 0) throw new Error(rules.refusal(host, found[0] ?? host));
    return allowed;
  }

  async #ask(url: URL, address: string, init: RequestInit): Promise<FetchResponse> {
    const { client, release } = this.#clients.take(url, address);
    try {
      const at = url.protocol === "http:" ? atAddress(url, address, init.headers) : { url };
      const response = await fetch(at.url, { ...init, ...at, redirect: "manual", client });
      const body = await this.#read(response);
      return { status: response.status, headers: response.headers, body };
    } finally {
      release();
    }
  }

  async #read(response: Response): Promise<Uint8Array> {
    const { maxSize } = this.#options;
    const tooLarge = () =>
      new Error(`the response has more than ${maxSize} bytes: [lua] fetchSize`);
    if (response.body === null) return new Uint8Array();
    if (Number(response.headers.get("content-length")) > maxSize) {
      await response.body.cancel();
      throw tooLarge();
    }
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of response.body) {
      size += part.length;
      if (size > maxSize) throw tooLarge();
      parts.push(part);
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}

function parsed(text: string, base?: URL): URL {
  const url = URL.parse(text, base);
  if (url === null) throw new Error(`'${text}' is no URL`);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new Error(`${url.protocol}// is neither http:// nor https://`);
  }
  return url;
}

/** A request to exactly this address, whose origin server is told the name (RFC 9112 §3.2.1). */
function atAddress(name: URL, address: string, init?: HeadersInit): { url: URL; headers: Headers } {
  const url = new URL(name);
  url.hostname = address.includes(":") ? `[${address}]` : address;
  const headers = new Headers(init);
  headers.set("host", name.host);
  return { url, headers };
}

async function systemAddresses(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

/** The value, unless the signal comes first. */
function aborted<T>(value: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Nothing was sent yet: another address may be tried. */
function isConnectError(error: unknown): boolean {
  return /client error \(Connect\)/.test(causeOf(error));
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** What Deno says of a failure, without the URL: a query may have secrets. */
function failed(error: unknown): Error {
  const text = causeOf(error);
  return new Error(/client error \(\w+\): (.*)/s.exec(text)?.[1] ?? text);
}
