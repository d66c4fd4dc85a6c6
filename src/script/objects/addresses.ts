import type { NameAnswer, NameTable } from "../../services/mod.ts";
import type { Arguments } from "../lua/arguments.ts";
import { type Member, method, Results } from "../lua/definition.ts";
import { IPAddress, NamedAddress } from "./ip_address.ts";
import type { Mona } from "./mona_type.ts";
import { SocketAddress } from "./socket_address.ts";

/** An address that a script names by a text or one of these objects, as text. */
export function addressArgument(args: Arguments, index: number): string {
  const object = args.object(index, IPAddress) ?? args.object(index, SocketAddress);
  return object === undefined ? args.text(index) : String(object);
}

/**
 * The members of `mona` that make addresses: an object, or nil and what is wrong. With `names` they
 * take host names too.
 */
export function addresses(names?: NameTable): Record<string, Member<Mona>> {
  const ending = names === undefined ? "" : "WithDNS";
  return {
    [`createIPAddress${ending}`]: method((_mona, args) => createIPAddress(args, names)),
    [`createSocketAddress${ending}`]: method((_mona, args) => createSocketAddress(args, names)),
  };
}

function createIPAddress(args: Arguments, names?: NameTable): IPAddress | Results {
  const given = args.object(1, SocketAddress)?.host ?? args.object(1, IPAddress);
  return given ?? resolve(args.text(1), names);
}

/** `createSocketAddress(address)`, or a host and a port. */
function createSocketAddress(args: Arguments, names?: NameTable): SocketAddress | Results {
  const given = args.object(1, SocketAddress);
  if (given !== undefined && !args.has(2)) return given;
  let text = String(given?.host ?? addressArgument(args, 1));
  if (args.has(2)) {
    const host = text.includes(":") && !text.startsWith("[") ? `[${text}]` : text;
    text = `${host}:${args.text(2)}`;
  }
  const [, name, digits] = /^(\[.*\]|[^:]*):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (name === undefined || port > 65_535) return new Results(null, `'${text}' is no address`);
  const host = resolve(name, names, text);
  return host instanceof IPAddress ? new SocketAddress(host, port) : host;
}

/**
 * The address that a text is or names, at once: one whose name is being looked up is known later.
 * `whole` is what the error quotes.
 */
function resolve(text: string, names: NameTable | undefined, whole = text): IPAddress | Results {
  const literal = IPAddress.parse(text);
  if (literal !== undefined) return literal;
  if (names === undefined) return new Results(null, `'${whole}' is no address`);
  const answer = names.find(text);
  if (answer === undefined) return new NamedAddress(text, () => addressOf(names.find(text)));
  if ("error" in answer) return new Results(null, answer.error);
  return addressOf(answer) ?? new Results(null, `no address of '${text}' was found`);
}

function addressOf(answer: NameAnswer | undefined): IPAddress | undefined {
  if (answer === undefined || "error" in answer) return undefined;
  const found = answer.addresses.map((address) => IPAddress.parse(address));
  return found.find((address) => address !== undefined);
}
