import { isAddress, spelledAddress } from "../../base/mod.ts";
import type { AddressRanges } from "../../base/mod.ts";
import { hostOf } from "../../hub/mod.ts";
import { formatAddress } from "../../net/mod.ts";
import type { SentFields } from "./wire/fields.ts";

/** Whom to believe, and what they say it by. */
export interface ProxyTrust {
  readonly proxies: AddressRanges;
  readonly header: "X-Forwarded-For" | "Forwarded";
}

/** Hops that are looked at. */
const MAX_HOPS = 32;

/** `for=` of an element of the header Forwarded (RFC 7239 §4). */
const FOR = /(?:^|;)\s*for\s*=\s*(?:"([^"]*)"|([^;,\s]*))/i;

/**
 * The client of a request, as `host:port`, with port 0 where it is not told: the last hop that is
 * none of ours. What a client says of those before it is not believed.
 * @param remote `host:port` of the connection
 */
export function clientOf(remote: string, fields: SentFields, trust: ProxyTrust): string {
  const { proxies, header } = trust;
  if (!proxies.has(hostOf(remote))) return remote;
  const hops = (fields.get(header.toLowerCase()) ?? "").split(",").slice(-MAX_HOPS);
  let client = remote;
  for (const hop of hops.toReversed()) {
    const address = addressOf(header === "Forwarded" ? nodeOf(hop) : hop.trim());
    if (address === undefined) break;
    client = address;
    if (!proxies.has(hostOf(address))) break;
  }
  return client;
}

function nodeOf(element: string): string {
  const [, quoted, plain] = FOR.exec(element) ?? [];
  return quoted ?? plain ?? "";
}

/** `host:port` of an address with or without a port; undefined for a name, or what hides one. */
function addressOf(text: string): string | undefined {
  const host = isAddress(text) ? text : hostOf(text);
  if (!isAddress(host)) return undefined;
  const port = host === text ? undefined : /:(\d{1,5})$/.exec(text)?.[1];
  return formatAddress(spelledAddress(host), Number(port ?? 0));
}
