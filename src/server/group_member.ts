import type { ServerOptions } from "../cli/mod.ts";
import type { Hub } from "../hub/mod.ts";
import { bindUdp, type SenderFactory, type Turns } from "../net/mod.ts";
import { type Address, NetGroups, parseAddress } from "../protocols/rtmfp/mod.ts";
import type { Announced } from "./announced.ts";

/** This server as a member of NetGroups; undefined where RTMFP is off, which introduces its peers. */
export function makeGroupMember(
  { config, logger }: ServerOptions,
  hub: Hub,
  turns: Turns,
  announced: Announced,
  senders: SenderFactory | undefined,
): NetGroups | undefined {
  const { bind: hostname, RTMFP, limits: { flows } } = config;
  if (RTMFP.port === 0) return undefined;
  const socket = { hostname, port: RTMFP.groupPort, turns, ...(senders ? { senders } : {}) };
  return new NetGroups({
    hub,
    log: logger("group"),
    bind: (receive) => bindUdp(socket, receive),
    hosts: (peer) => hostsFor(peer, announced.host, hostname),
    keepalive: RTMFP.keepAlivePeer,
    longestDatagram: RTMFP.longestDatagram,
    flows,
    turns,
  });
}

/** The announced address, or those of this machine that a peer at `peer` may reach. */
function hostsFor(peer: Address, announced: string, bound: string): string[] {
  const own = parseAddress(announced, 1)?.host;
  const isNear = isLoopback(peer.host);
  if (own !== undefined && !isNear) return [own];
  const family = peer.host.includes(":") ? "IPv6" : "IPv4";
  const isAny = bound === "0.0.0.0" || bound === "::";
  const all = isAny
    ? Deno.networkInterfaces().flatMap((each) => each.family === family ? [each.address] : [])
    : [bound];
  return all.filter((host) => isLoopback(host) === isNear && !host.startsWith("fe80:"));
}

const isLoopback = (host: string): boolean => host.startsWith("127.") || host === "::1";
