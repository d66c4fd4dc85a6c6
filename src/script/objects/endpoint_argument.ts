import { type Endpoint, parseEndpoint } from "../../services/mod.ts";
import type { Arguments } from "../lua/arguments.ts";
import { Type } from "../lua/stack.ts";
import { IPAddress } from "./ip_address.ts";
import { SocketAddress } from "./socket_address.ts";

/**
 * Where a socket is to go, in any style: a host and a port, `"host:port"`, a port alone, a
 * SocketAddress, an IPAddress and a port. `otherwise` is the host when there is none. Undefined
 * when it names no endpoint.
 */
export function endpointArgument(
  args: Arguments,
  index: number,
  otherwise: string,
): Endpoint | undefined {
  const address = args.object(index, SocketAddress);
  if (address !== undefined) return parseEndpoint(String(address.host), address.port, otherwise);
  if (args.type(index) === Type.number) return parseEndpoint("", args.number(index), otherwise);
  const host = args.object(index, IPAddress)?.toString() ?? args.text(index, "");
  return parseEndpoint(host, args.has(index + 1) ? args.number(index + 1) : undefined, otherwise);
}

/** What a method returns when the arguments name no endpoint. */
export const NO_ENDPOINT = 'no host and port, such as "host", 80 or "host:80"';
