import type { Clock } from "../../base/mod.ts";
import { encodeText } from "../../bytes/mod.ts";
import { QueryReader, type Value, ValueWriter } from "../../codecs/mod.ts";
import { Client, type ClientInfo, type Hub } from "../../hub/mod.ts";
import { cookieHeader } from "./cookie.ts";
import { originsOf } from "./cors.ts";
import type { HeldInput } from "../../net/mod.ts";
import { HttpWriter } from "./exchange.ts";
import type { SentFields } from "./wire/fields.ts";
import type { HttpProperties } from "./properties.ts";

/** What a request tells of its client. */
export interface HttpClientInfo extends ClientInfo {
  readonly properties: HttpProperties;
}

/** What a script may want for its client in place of the settings. */
export interface Wishes {
  /** Seconds of silence. */
  readonly timeout: number | undefined;
  /** What a folder shows. */
  readonly index: string | undefined;
  /** Origins whose pages may read. */
  readonly origins: string | undefined;
}

function wishesOf({ timeout, index, crossOrigin }: Readonly<Record<string, Value>>): Wishes {
  const seconds = Number(plainText(timeout) ?? NaN);
  return {
    timeout: seconds >= 0 ? seconds : undefined,
    index: plainText(index),
    origins: originsOf(crossOrigin),
  };
}

/** Undefined for what has a structure. */
function plainText(value: Value): string | undefined {
  return value === null || typeof value === "object" ? undefined : value?.toString();
}

/**
 * A client of one application on one connection. It leaves when the connection ends, or asks for
 * another application or with another query.
 */
export class Seat {
  readonly client: Client;
  readonly writer: HttpWriter;
  /** Where what it asks for waits. */
  readonly requests: HeldInput;
  /** What `onConnection` said of this client, undefined where it said nothing. */
  readonly wishes: Wishes;
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #properties: HttpProperties;
  #setCookies: string[] = [];

  /**
   * @param requests those of its connection
   * @param close ends the connection after the answer
   * @throws Refusal
   */
  constructor(
    hub: Hub,
    clock: Clock,
    info: HttpClientInfo,
    requests: HeldInput,
    close: () => void,
  ) {
    this.#hub = hub;
    this.#clock = clock;
    this.#properties = info.properties;
    this.client = new Client(info);
    this.writer = new HttpWriter(close);
    this.client.writer = this.writer;
    this.client.input = this.requests = requests;
    this.client.setProperty = (key, value, options) => this.#setCookie(key, value, options);
    const answer = new ValueWriter();
    hub.connect(this.client, new QueryReader(encodeText(info.query)), answer);
    const [value] = answer.values;
    this.wishes = wishesOf(isRecord(value) ? value : {});
  }

  /** Takes over what a later request on the connection brings. */
  refresh(fields: SentFields): void {
    this.client.lastReception = this.#clock.epoch();
    this.#properties.renew(fields);
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

function isRecord(value: Value): value is Record<string, Value> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null;
}
