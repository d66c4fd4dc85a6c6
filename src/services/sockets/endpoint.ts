import { isHost } from "../../base/mod.ts";

/** Where a socket is or goes: a host name or a numerical address, and a port. */
export interface Endpoint {
  /** IPv6 addresses without brackets. */
  readonly hostname: string;
  readonly port: number;
}

/**
 * Reads both styles of arguments: `host` and `port`, or everything in `host` as `host:port` or
 * `[host]:port`. An empty host is `otherwise`. Undefined when there is no valid host or port.
 */
export function parseEndpoint(
  host: string,
  port: number | undefined,
  otherwise: string,
): Endpoint | undefined {
  if (port === undefined) {
    const [, inner, digits] = /^(.*):(\d{1,5})$/s.exec(host) ?? [];
    if (inner === undefined) return undefined;
    const isBracketed = /^\[.*\]$/s.test(inner);
    if (inner.includes(":") && !isBracketed) return undefined;
    return parseEndpoint(inner, Number(digits), otherwise);
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return undefined;
  const hostname = host.replace(/^\[(.*)\]$/s, "$1");
  if (hostname === "" || hostname === "*") return { hostname: otherwise, port };
  if (!/^[A-Za-z0-9._:%-]+$/.test(hostname) || hostname.length > 255) return undefined;
  return isHost(hostname) ? { hostname, port } : undefined;
}
