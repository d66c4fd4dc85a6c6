import { decodeText } from "../bytes/mod.ts";
import type { Client } from "../hub/mod.ts";
import { MAX_KEY } from "./params.ts";

/** A key that a client brings, and whose it says it is. */
export interface Credential {
  /** Empty where it says nothing of that. */
  readonly name: string;
  readonly key: string;
}

/** What a client brings with a request. */
export interface Credentials {
  readonly keys: readonly Credential[];
  /** Two of a signed link; undefined when it has none. */
  readonly link: { readonly expires: string; readonly sig: string } | undefined;
}

/**
 * The keys of a request: the query of its stream, that of the connection, `user:password@` of the
 * URL, and an Authorization header (RFC 6750 §2.1, RFC 7617).
 */
export function credentialsOf(
  client: Client,
  parameters: ReadonlyMap<string, string> = new Map(),
): Credentials {
  const query = new URLSearchParams(client.query);
  const keys: Credential[] = [];
  const add = (key: string | null | undefined, name = "") => {
    if (key && key.length <= MAX_KEY) keys.push({ name, key });
  };
  add(parameters.get("key"));
  if (parameters.get("key") === undefined) add(query.get("key"));
  const [, user = "", password] = LOGIN.exec(client.properties.get("tcUrl") ?? "") ?? [];
  add(decoded(password), decoded(user));
  const [, scheme, value = ""] = AUTHORIZATION.exec(
    client.properties.get("authorization")?.slice(0, 2 * MAX_KEY) ?? "",
  ) ?? [];
  if (scheme?.toLowerCase() === "bearer") add(value);
  if (scheme?.toLowerCase() === "basic") {
    const [, name, key] = /^([^:]*):(.*)$/s.exec(fromBase64(value)) ?? [];
    add(key, name);
  }
  return { keys, link: linkOf(parameters) ?? linkOf(query) };
}

const LOGIN = /^[a-z]+:\/\/([^\s/?@:]*):([^\s/?@]+)@/i;
const AUTHORIZATION = /^(\S+) +(\S+)$/;

function linkOf(query: { get(name: string): string | null | undefined }): Credentials["link"] {
  const [expires, sig] = [query.get("expires"), query.get("sig")];
  return expires && sig ? { expires, sig } : undefined;
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return text;
  }
}

function fromBase64(text: string): string {
  try {
    return decodeText(Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)));
  } catch {
    return "";
  }
}
