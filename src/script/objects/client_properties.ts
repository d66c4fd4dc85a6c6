import type { Client } from "../../hub/mod.ts";
import type { Arguments } from "../lua/arguments.ts";
import { define } from "../lua/definition.ts";
import { Type } from "../lua/stack.ts";
import { onePer } from "./one_per.ts";

/** A client's URL parameters, headers and cookies. */
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
  dynamic: ({ client }, name) => client.properties.get(name),
  length: ({ client }) => client.properties.size,
  entries: ({ client }) => client.properties,
  data: ({ client }) => client.properties,
  call: ({ client }, args) => {
    if (args.type(1) !== Type.string) return undefined;
    const name = args.text(1);
    if (args.count === 1) return client.properties.get(name);
    const value = args.vm.toText(args.at(2));
    if (value === undefined && args.has(2)) return undefined;
    const set = client.setProperty?.(name, value ?? "", cookieOptions(args));
    if (set !== undefined) client.properties.set(name, set);
    return set;
  },
});

/** The options table of a cookie: `expires`, `path`, `domain`, `secure`, `httpOnly`. */
function cookieOptions(args: Arguments): Map<string, string> {
  const options = new Map<string, string>();
  if (args.type(3) !== Type.table) return options;
  const { vm } = args;
  vm.pushNil();
  while (vm.c.lua_next(vm.L, args.at(3)) !== 0) {
    if (vm.type(-2) === Type.string) {
      const name = vm.toText(-2) ?? "";
      const value = vm.type(-1) === Type.boolean ? String(vm.toBoolean(-1)) : vm.toText(-1);
      if (value !== undefined) options.set(name, value);
    }
    vm.pop();
  }
  return options;
}
