import { andThen, type Clock, type Later } from "../../base/mod.ts";
import { encodeText } from "../../bytes/mod.ts";
import { QueryReader, type Value } from "../../codecs/mod.ts";
import { Client, type ClientInfo, type Hub } from "../../hub/mod.ts";
import type { HeldInput } from "../../net/mod.ts";
import { cookieHeader } from "./cookie.ts";
import { originsOf } from "./cors.ts";
import { HttpWriter } from "./exchange.ts";
import type { HttpProperties } from "./properties.ts";
import type { SentFields } from "./wire/fields.ts";

/** What a request tells of its client. */
export interface HttpClientInfo extends ClientInfo {
  readonly properties: HttpProperties;
}

/** Settings that `onConnection` gave its client in place of the listener's; undefined for those. */
export interface Overrides {
  /** Milliseconds of silence. */
  readonly timeout: number | undefined;
  /** What a folder shows. */
  readonly index: string | undefined;
  /** Origins whose pages may read. */
  readonly origins: string | undefined;
}

/** Scripts give the timeout in seconds. */
function overridesOf({ timeout, index, crossOrigin }: Readonly<Record<string, Value>>): Overrides {
  const seconds = Number(plainText(timeout) ?? NaN);
  return {
    timeout: seconds >= 0 ? seconds * 1000 : undefined,
    index: plainText(index),
    origins: originsOf(crossOrigin),
  };
}

/** Undefined for what has a structure. */
function plainText(value: Value): string | undefined {
  return value === null || typeof value === "object" ? undefined : value?.toString();
}

/** Where a connection's client is connected, and how it is reached. */
export interface BindingOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  /** Where the connection's requests wait. */
  readonly requests: HeldInput;
  /** The script closes its client: the connection ends after the response under way. */
  readonly onClose: () => void;
}

/**
 * A client of one application on one connection. It leaves when the connection ends, or asks for
 * another application or with another query.
 */
export class ClientBinding {
  readonly client: Client;
  readonly writer: HttpWriter;
  /** Where what it asks for waits. */
  readonly requests: HeldInput;
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #properties: HttpProperties;
  #overrides: Overrides = overridesOf({});
  #setCookies: string[] = [];

  constructor(info: HttpClientInfo, { hub, clock, requests, onClose }: BindingOptions) {
    this.#hub = hub;
    this.#clock = clock;
    this.#properties = info.properties;
    this.client = new Client(info);
    this.writer = new HttpWriter(onClose);
    this.client.writer = this.writer;
    this.client.input = this.requests = requests;
    this.client.setProperty = (key, value, options) => this.#setCookie(key, value, options);
  }

  get overrides(): Overrides {
    return this.#overrides;
  }

  /** Asks the application for its client. @throws Refusal, or rejects with it */
  connect(): Later<void> {
    const args = new QueryReader(encodeText(this.client.query));
    return andThen(this.#hub.connect(this.client, args), (added) => {
      this.#overrides = overridesOf(Object.fromEntries(added));
    });
  }

  /** Takes over what a later request on the connection brings. */
  refresh(fields: SentFields, file: string): void {
    this.client.requestedFile = file;
    this.client.lastReception = this.#clock.epoch();
    this.#properties.renew(fields);
  }

  /** Headers of the packet of AMF that the request brings. */
  set packet(headers: ReadonlyMap<string, string>) {
    this.#properties.packet = headers;
  }

  /** Set-Cookie headers for the response under way. */
  takeCookies(): string[] {
    const cookies = this.#setCookies;
    if (cookies.length > 0) this.#setCookies = [];
    return cookies;
  }

  /** The connection is over, or asks for another application. */
  leave(error?: string): void {
    this.#hub.disconnect(this.client, error);
  }

  #setCookie(key: string, value: string, options: ReadonlyMap<string, string>): boolean {
    const header = cookieHeader(key, value, options, this.#clock.epoch());
    if (header === undefined) return false;
    this.#setCookies.push(header);
    return true;
  }
}
