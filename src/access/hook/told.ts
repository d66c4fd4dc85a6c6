import type { Client, LocalName, Origin } from "../../hub/mod.ts";
import type { Action } from "../action.ts";
import type { Credentials } from "../credentials.ts";
import { MAX_HOOK_TEXT } from "../params.ts";

/** What happens without a decision. */
export type HookEvent = "publish" | "unpublish" | "play" | "stop" | "recorded";

/** What a hook is told, whatever its form. */
export interface Told {
  /** What is to be decided, or has happened. */
  readonly action: Action | HookEvent;
  readonly isEvent: boolean;
  /** Path of the application, such as `/live`; `/` for the root. */
  readonly application: string;
  /** Empty for an action without a stream. */
  readonly stream: string;
  /** Path of a file from `/`, on the disk of a recording; empty for other actions. */
  readonly file: string;
  /** Parameters of the stream, else the query of the connection. */
  readonly query: string;
  /** Of the client; empty for a publication that no client feeds. */
  readonly client: string;
  readonly address: string;
  readonly protocol: string;
  /** What the client says of itself. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tcUrl: string;
  readonly user: string;
  readonly password: string;
  readonly token: string;
}

/** What is done, and where. */
export interface Deed {
  readonly action: Action | HookEvent;
  readonly isEvent?: boolean;
  readonly stream?: string | undefined;
  readonly file?: string;
  readonly parameters?: ReadonlyMap<string, string> | undefined;
}

/** Headers of requests over HTTP that may decide. */
const HEADERS = ["user-agent", "referer", "origin", "accept-language", "cookie"];

/** What is told of a client. */
export function toldOf(client: Client, deed: Deed, brought?: Credentials): Told {
  const { action, isEvent = false, stream = "", file = "", parameters } = deed;
  const { properties, flashVersion, pageUrl, path } = client;
  const headers: Record<string, string> = {};
  const add = (name: string, text: string | undefined) => {
    if (text) headers[name] = cut(text);
  };
  if (client.protocol === "HTTP" || client.protocol === "WebSocket") {
    for (const name of HEADERS) add(name, properties.get(name));
  } else {
    add("user-agent", flashVersion);
    add("referer", pageUrl);
  }
  const query = new URLSearchParams([...parameters ?? []]).toString();
  return {
    action,
    isEvent,
    application: path || "/",
    stream,
    file,
    query: cut(query || client.query),
    client: client.id,
    address: client.address,
    protocol: client.transport,
    headers,
    tcUrl: cut(properties.get("tcUrl") ?? ""),
    user: brought?.login?.user ?? client.user ?? "",
    password: brought?.login?.password ?? "",
    token: brought?.bearer ?? "",
  };
}

/** What is told of a publication that no client feeds. */
export function toldOfOrigin(
  { kind, id }: Origin,
  event: HookEvent,
  { application, localName }: LocalName,
): Told {
  return {
    action: event,
    isEvent: true,
    application: application || "/",
    stream: localName,
    file: "",
    query: "",
    client: `${kind}:${id}`,
    address: "",
    protocol: "",
    headers: {},
    tcUrl: "",
    user: "",
    password: "",
    token: "",
  };
}

function cut(text: string): string {
  return text.slice(0, MAX_HOOK_TEXT);
}
