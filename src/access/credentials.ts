import { decodeText } from "../bytes/mod.ts";
import type { Client } from "../hub/mod.ts";
import { MAX_KEY, MAX_TOKEN } from "./params.ts";

/** A key that a client brings, and whose it says it is. */
export interface Credential {
  /** Empty where it says nothing of that. */
  readonly name: string;
  readonly key: string;
}

/** What a client brings with a request. */
export interface Credentials {
  readonly keys: readonly Credential[];
  /** Signed tokens (JWT). */
  readonly tokens: readonly string[];
  /** Two of a signed link; undefined when it has none. */
  readonly link: { readonly expires: string; readonly sig: string } | undefined;
  /** `user:password@` of the URL, or of the header Authorization. */
  readonly login: { readonly user: string; readonly password: string } | undefined;
  /** The token of the header Authorization; empty for none. */
  readonly bearer: string;
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
  const tokens: string[] = [];
  const add = (key: string | null | undefined, name = "") => {
    if (!key) return;
    if (TOKEN.test(key) && key.length <= MAX_TOKEN) tokens.push(key);
    if (key.length <= MAX_KEY) keys.push({ name, key });
  };
  const named = (name: string) => parameters.get(name) ?? query.get(name);
  add(named("key"));
  const login = urlLogin(client);
  add(login?.password, login?.user);
  const [, scheme, value = ""] = AUTHORIZATION.exec(
    client.properties.get("authorization")?.slice(0, MAX_TOKEN + 16) ?? "",
  ) ?? [];
  const isBearer = scheme?.toLowerCase() === "bearer";
  if (isBearer) add(value);
  const basic = scheme?.toLowerCase() === "basic" ? basicLogin(value) : undefined;
  add(basic?.password, basic?.user);
  for (const name of ["jwt", "token"]) {
    const token = named(name);
    if (token && TOKEN.test(token) && token.length <= MAX_TOKEN) tokens.push(token);
  }
  return {
    keys,
    tokens,
    link: linkOf(parameters) ?? linkOf(query),
    login: basic ?? login,
    bearer: isBearer ? value : "",
  };
}

const LOGIN = /^[a-z]+:\/\/([^\s/?@:]*):([^\s/?@]+)@/i;
const AUTHORIZATION = /^(\S+) +(\S+)$/;

/** The compact form of a JWS (RFC 7515 §3.1); what is between the dots is read by its verifier. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]*$/;

function urlLogin(client: Client): Credentials["login"] {
  const [, user = "", password] = LOGIN.exec(client.properties.get("tcUrl") ?? "") ?? [];
  if (password === undefined) return undefined;
  return { user: decoded(user), password: decoded(password) };
}

function basicLogin(value: string): Credentials["login"] {
  const [, user = "", password] = /^([^:]*):(.*)$/s.exec(fromBase64(value)) ?? [];
  return password === undefined ? undefined : { user, password };
}

function linkOf(query: { get(name: string): string | null | undefined }): Credentials["link"] {
  const [expires, sig] = [query.get("expires"), query.get("sig")];
  return expires && sig ? { expires, sig } : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
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
