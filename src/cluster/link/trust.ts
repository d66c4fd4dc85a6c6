import ipaddr from "ipaddr.js";
import { isAddress } from "../../base/mod.ts";
import { hostOf } from "../../hub/mod.ts";

const NEAR = new Set(["loopback", "private", "uniqueLocal", "linkLocal"]);

/** True for `host:port` on this machine or in a private network (RFC 1918, RFC 4193). */
export function isNear(address: string): boolean {
  const host = hostOf(address);
  return isAddress(host) && NEAR.has(ipaddr.process(host).range());
}
