import type { Clock, Timer } from "../../base/mod.ts";

/** Milliseconds for which idle connections are kept. */
const IDLE = 30_000;
/** Clients that are kept, each for one address. */
const MAX_CLIENTS = 64;
/** Connections to one host that are kept. */
const MAX_IDLE = 8;

interface Entry {
  readonly client: Deno.HttpClient;
  users: number;
  closing: Timer | undefined;
}

/**
 * Clients of Deno's `fetch`, which keep connections. For `http:` the URL has the address that was
 * checked, whatever the name has come to mean since, and the name is in the `host` header; for
 * `https:` the name has to stay in the URL, and the certificate proves that the host is the one that
 * was meant.
 */
export class FetchClients {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** A client for a URL at an address, until `release`. */
  take(url: URL, address: string): { client: Deno.HttpClient; release: () => void } {
    const key = url.protocol === "https:" ? url.protocol : `${address} ${url.port}`;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#makeRoom();
      const kept = { poolMaxIdlePerHost: MAX_IDLE, poolIdleTimeout: IDLE };
      const client = url.protocol === "https:"
        ? Deno.createHttpClient(kept)
        : direct(() => Deno.createHttpClient({ ...kept, allowHost: true }));
      entry = { client, users: 0, closing: undefined };
      this.#entries.set(key, entry);
    }
    const taken = entry;
    taken.users++;
    taken.closing?.cancel();
    return {
      client: taken.client,
      release: () => {
        if (--taken.users > 0 || this.#entries.get(key) !== taken) return;
        taken.closing = this.#clock.after(IDLE, () => this.#close(key, taken));
      },
    };
  }

  close(): void {
    for (const [key, entry] of [...this.#entries]) this.#close(key, entry);
  }

  /** The ones that were made first go first, unless they are in use. */
  #makeRoom(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size < MAX_CLIENTS) return;
      if (entry.users === 0) this.#close(key, entry);
    }
  }

  #close(key: string, { client, closing }: Entry): void {
    closing?.cancel();
    this.#entries.delete(key);
    client.close();
  }
}

/**
 * A client that uses no proxy. Deno reads the environment's when a client is made and has no option
 * against it; a proxy would ask whom the URL names, not whom the `host` header does.
 */
function direct(make: () => Deno.HttpClient): Deno.HttpClient {
  const names = ["NO_PROXY", "no_proxy"];
  const before = names.map((name) => Deno.env.get(name));
  for (const name of names) Deno.env.set(name, "0.0.0.0/0,::/0");
  try {
    return make();
  } finally {
    names.forEach((name, at) => {
      const value = before[at];
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    });
  }
}
