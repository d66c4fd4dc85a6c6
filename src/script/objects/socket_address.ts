import { define, readonly } from "../lua/definition.ts";
import { IPAddress } from "./ip_address.ts";

/** An address with a port. */
export class SocketAddress {
  readonly host: IPAddress;
  readonly port: number;

  constructor(host: IPAddress, port: number) {
    this.host = host;
    this.port = port;
  }

  toString(): string {
    return this.host.isIPv6 ? `[${this.host}]:${this.port}` : `${this.host}:${this.port}`;
  }
}

/** What `mona:createSocketAddress` makes. */
export const socketAddress = define<SocketAddress>({
  name: "SocketAddress",
  type: SocketAddress,
  members: {
    host: readonly((address) => address.host),
    port: readonly((address) => address.port),
    value: readonly(String),
    isIPv6: readonly(({ host }) => host.isIPv6),
  },
  text: String,
  equals: (one, other) => String(one) === String(other),
});
