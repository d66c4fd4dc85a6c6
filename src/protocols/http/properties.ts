import type { Properties } from "../../hub/mod.ts";
import type { SentFields } from "./wire/fields.ts";

/** The pairs of a query, each name with its last value; what is badly encoded stays as it is. */
export function parseQuery(query: string): Map<string, string> {
  return query === "" ? new Map() : new Map(new URLSearchParams(query));
}

/**
 * The cookies of a Cookie header (RFC 6265 §4.2): values without their quotes, and without the
 * percent-encoding that most servers and pages give them.
 */
export function parseCookies(header: string | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of header?.split(";") ?? []) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, equals).trim();
    if (equals === -1 || name === "") continue;
    const value = pair.slice(equals + 1).trim();
    cookies.set(name, decodeValue(/^".*"$/.test(value) ? value.slice(1, -1) : value));
  }
  return cookies;
}

function decodeValue(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (error) {
    if (error instanceof URIError) return value;
    throw error;
  }
}

/**
 * What scripts see as members of an HTTP client: its query, over its cookies, over its headers, over
 * those of its packet of AMF.
 * Headers are found in any case, and listed as they were sent.
 */
export class HttpProperties implements Properties {
  readonly #query: string;
  #fields: SentFields;
  /** What a Flash client says with its packet. */
  #packet: ReadonlyMap<string, string> | undefined;
  /** Query, cookies, and what the script set; made when it is asked for. */
  #own: Map<string, string> | undefined;

  constructor(fields: SentFields, query: string) {
    this.#fields = fields;
    this.#query = query;
  }

  /** The client's next request brings its own headers and cookies. */
  renew(fields: SentFields): void {
    this.#fields = fields;
    this.#own = this.#packet = undefined;
  }

  /** Headers of the packet that is the request's body. */
  set packet(headers: ReadonlyMap<string, string>) {
    this.#packet = headers;
  }

  get size(): number {
    return this.#all().size;
  }

  get(name: string): string | undefined {
    return this.#named().get(name) ?? this.#fields.get(name.toLowerCase()) ??
      this.#packet?.get(name);
  }

  set(name: string, text: string): void {
    this.#named().set(name, text);
  }

  [Symbol.iterator](): Iterator<[name: string, text: string]> {
    return this.#all().entries();
  }

  #all(): Map<string, string> {
    const all = new Map<string, string>(this.#packet);
    let index = 0;
    for (const text of this.#fields.values()) all.set(this.#fields.names[index++] ?? "", text);
    for (const [name, text] of this.#named()) all.set(name, text);
    return all;
  }

  #named(): Map<string, string> {
    if (this.#own === undefined) {
      this.#own = parseCookies(this.#fields.get("cookie"));
      for (const [name, text] of parseQuery(this.#query)) this.#own.set(name, text);
    }
    return this.#own;
  }
}
