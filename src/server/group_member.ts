import type { Clock } from "../base/mod.ts";
import type { ServerOptions } from "../cli/mod.ts";
import type { Hub } from "../hub/mod.ts";
import { bindUdp, type DatagramCalls, type Turns } from "../net/mod.ts";
import { type Address, NetGroups, parseAddress } from "../protocols/rtmfp/mod.ts";
import type { Announced } from "./announced.ts";

/** This server as a member of NetGroups; undefined where RTMFP is off, which introduces its peers. */
export function makeGroupMember(
  { config, logger }: ServerOptions,
  hub: Hub,
  turns: Turns,
  announced: Announced,
  datagramCalls: DatagramCalls | undefined,
): NetGroups | undefined {
  const { bind: hostname, RTMFP, limits: { flows } } = config;
  if (RTMFP.port === 0) return undefined;
  const socket = {
    hostname,
    port: RTMFP.groupPort,
    turns,
    ...(datagramCalls ? { datagramCalls } : {}),
  };
  const hosts = new OwnHosts(announced.host, hostname, hub.clock);
  return new NetGroups({
    hub,
    log: logger("group"),
    bind: (receive) => bindUdp(socket, receive),
    hosts: (peer) => hosts.for(peer),
    keepalive: RTMFP.keepAlivePeer,
    longestDatagram: RTMFP.longestDatagram,
    flows,
    turns,
  });
}

/** Milliseconds for which the addresses of this machine are remembered. */
const REMEMBERED = 60_000;

/** The announced address, or those of this machine that a peer may reach. */
class OwnHosts {
  readonly #announced: string | undefined;
  readonly #bound: string;
  readonly #clock: Clock;
  #found: readonly { readonly family: string; readonly address: string }[] = [];
  #foundAt = -Infinity;

  constructor(announced: string, bound: string, clock: Clock) {
    this.#announced = parseAddress(announced, 1)?.host;
    this.#bound = bound;
    this.#clock = clock;
  }

  for({ host }: Address): string[] {
    const isNear = isLoopback(host);
    if (this.#announced !== undefined && !isNear) return [this.#announced];
    if (this.#bound !== "0.0.0.0" && this.#bound !== "::") return [this.#bound];
    const family = host.includes(":") ? "IPv6" : "IPv4";
    return this.#all().filter((each) =>
      each.family === family && isLoopback(each.address) === isNear &&
      !each.address.startsWith("fe80:")
    ).map(({ address }) => address);
  }

  #all() {
    const now = this.#clock.now();
    if (now - this.#foundAt >= REMEMBERED) {
      this.#found = Deno.networkInterfaces();
      this.#foundAt = now;
    }
    return this.#found;
  }
}

const isLoopback = (host: string): boolean => host.startsWith("127.") || host === "::1";
