import { type Clock, errorText, type Later } from "../../base/mod.ts";
import { decodeText } from "../../bytes/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { Web } from "../web.ts";
import { JWKS_AGE, JWKS_PAUSE, JWKS_TIMEOUT, MAX_JWKS } from "../params.ts";
import { readTokenKeys, type TokenKey } from "./token_keys.ts";

/** Where keys of tokens come from. */
export interface KeySource {
  /** Those that are known; the first time they may have to be fetched. */
  keys(): Later<readonly TokenKey[]>;
  /** A token names another key: they are fetched anew, unless that was tried a moment ago. */
  renewed(): Promise<readonly TokenKey[]> | undefined;
  /** Changes when keys have come or gone. */
  readonly version: number;
}

/** Keys of a file, which is given again when it has changed. */
export class FileKeys implements KeySource {
  #keys: Later<readonly TokenKey[]> = [];
  #version = 0;

  get version(): number {
    return this.#version;
  }

  /** @throws, or rejects with, an Error with a sentence for the log: no key is known then */
  async read(text: string): Promise<void> {
    const reading = readTokenKeys(text);
    const kept = this.#keys = reading.catch(() => []);
    this.#version++;
    const keys = await kept;
    if (this.#keys === kept) this.#keys = keys;
    await reading;
  }

  /** The file is gone. */
  clear(): void {
    this.#keys = [];
    this.#version++;
  }

  keys(): Later<readonly TokenKey[]> {
    return this.#keys;
  }

  renewed(): undefined {
    return undefined;
  }
}

export interface RemoteKeysOptions {
  /** Of a JWKS. */
  readonly url: string;
  readonly web: Web;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keys of a JWKS that another server has: fetched when they are needed, again when they are old, and
 * kept while that fails.
 */
export class RemoteKeys implements KeySource {
  readonly #options: RemoteKeysOptions;
  #keys: readonly TokenKey[] = [];
  #text = "";
  #version = 0;
  /** When they came last, and when that was last tried, by the clock. */
  #fetchedAt = -Infinity;
  #triedAt = -Infinity;
  #loading: Promise<readonly TokenKey[]> | undefined;
  #isFailing = false;

  constructor(options: RemoteKeysOptions) {
    this.#options = options;
  }

  get version(): number {
    return this.#version;
  }

  keys(): Later<readonly TokenKey[]> {
    const isOld = this.#options.clock.now() - this.#fetchedAt >= JWKS_AGE;
    const loading = isOld ? this.#load() : undefined;
    return this.#keys.length === 0 && loading !== undefined ? loading : this.#keys;
  }

  renewed(): Promise<readonly TokenKey[]> | undefined {
    return this.#load();
  }

  /** Undefined when it was tried a moment ago. */
  #load(): Promise<readonly TokenKey[]> | undefined {
    if (this.#loading !== undefined) return this.#loading;
    const now = this.#options.clock.now();
    if (now - this.#triedAt < JWKS_PAUSE) return undefined;
    this.#triedAt = now;
    return this.#loading = this.#fetch();
  }

  async #fetch(): Promise<readonly TokenKey[]> {
    const { url, web, clock, log } = this.#options;
    try {
      const headers = { accept: "application/json" };
      const request = { url, method: "GET", headers, timeout: JWKS_TIMEOUT, maxBody: MAX_JWKS };
      const { status, body } = await web({ ...request, method: "GET" });
      if (status !== 200) throw new Error(`status ${status}`);
      const text = decodeText(body);
      if (text !== this.#text) {
        this.#keys = await readTokenKeys(text);
        this.#text = text;
        this.#version++;
      }
      this.#fetchedAt = clock.now();
      if (this.#isFailing) log.note("the keys of tokens can be fetched again");
      this.#isFailing = false;
    } catch (error) {
      const kept = this.#keys.length > 0 ? "those that are known stay" : "no token can be verified";
      if (!this.#isFailing) log.error(`the keys of tokens: ${errorText(error)}; ${kept}`);
      this.#isFailing = true;
    } finally {
      this.#loading = undefined;
    }
    return this.#keys;
  }
}
