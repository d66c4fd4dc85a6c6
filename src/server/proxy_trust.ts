import { AddressRanges } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import type { ProxyTrust } from "../protocols/http/mod.ts";

/** Proxies that are trusted to name the addresses of clients; undefined for none. */
export function proxyTrust({ HTTP }: Config): ProxyTrust | undefined {
  const proxies = AddressRanges.of(HTTP.proxies);
  if (proxies.entries.length === 0) return undefined;
  const header = HTTP.proxyHeader === "Forwarded" ? "Forwarded" : "X-Forwarded-For";
  return { proxies, header };
}
