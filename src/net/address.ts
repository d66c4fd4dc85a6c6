/** How a socket of IPv6 writes an address of IPv4. */
export const MAPPED = "::ffff:";

/** `host:port`, with an IPv6 host in brackets; IPv4 keeps its own form, whatever socket it came by. */
export function formatAddress(hostname: string, port: number): string {
  const host = ipv4Of(hostname);
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** An address of IPv4 in its own form; any other as it is. */
export function ipv4Of(hostname: string): string {
  return hostname.startsWith(MAPPED) && hostname.includes(".")
    ? hostname.slice(MAPPED.length)
    : hostname;
}
