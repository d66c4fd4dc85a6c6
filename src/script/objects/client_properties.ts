import { readValues, type Value } from "../../codecs/mod.ts";
import type { Client } from "../../hub/mod.ts";
import type { Answer } from "../lua/definition.ts";
import type { Arguments } from "../lua/arguments.ts";
import { define } from "../lua/definition.ts";
import { Type } from "../lua/stack.ts";
import { onePer } from "./one_per.ts";
import { typed, typedEntries } from "./string_map.ts";

/** A client's URL parameters, headers and cookies, and what its connect command told. */
export class ClientProperties {
  readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }
}

/** A client's properties. */
export const propertiesOf = onePer((client: Client) => new ClientProperties(client));

/** `client.properties`: read by name; called with a name and a value it sets an HTTP cookie. */
export const clientProperties = define<ClientProperties>({
  name: "properties",
  type: ClientProperties,
  members: {},
  dynamic: ({ client }, name) => typed(client.properties.get(name)),
  length: ({ client }) => client.properties.size,
  entries: ({ client }) => typedEntries(client.properties),
  data: ({ client }) => typedEntries(client.properties),
  call: ({ client }, args) => {
    if (args.type(1) !== Type.string) return undefined;
    const name = args.text(1);
    if (args.count === 1) return typed(client.properties.get(name));
    return setCookie(client, name, args);
  },
});

/** Sets a cookie: answers the value as it was passed, undefined when it cannot be one. */
function setCookie(client: Client, name: string, args: Arguments): Answer {
  const [value = "", options] = readValues(args.reader(2), 2);
  const text = textOf(value ?? "");
  if (text === undefined || !client.setProperty?.(name, text, cookieOptions(options))) return;
  client.properties.set(name, text);
  return args.has(2) ? (vm) => vm.pushCopy(args.at(2)) : text;
}

/** The options table of a cookie: `expires`, `path`, `domain`, `secure`, `httpOnly`. */
function cookieOptions(options: Value): Map<string, string> {
  const texts = new Map<string, string>();
  const named = options instanceof Map ? options : Object.entries(options ?? {});
  for (const [name, value] of named) {
    const text = textOf(value);
    if (typeof name === "string" && text !== undefined) texts.set(name, text);
  }
  return texts;
}

/** Undefined for what no header can hold. */
function textOf(value: Value): string | undefined {
  if (value instanceof Date) return value.toUTCString();
  return value === null || typeof value === "object" ? undefined : value?.toString();
}
