import type { Metered } from "../base/mod.ts";
import type { ServerOptions } from "../cli/mod.ts";
import { bindUdp, type DatagramCalls } from "../net/mod.ts";
import { type NetGroups, RtmfpListener } from "../protocols/rtmfp/mod.ts";
import type { Announced } from "./announced.ts";
import type { Parts } from "./parts.ts";

/**
 * Opens RTMFP.
 * @param datagramCalls the system's own calls for datagrams; undefined where it offers none
 */
export function openRtmfp(
  { config }: ServerOptions,
  { hub, objects, scheduler: { turns }, ports }: Parts,
  announced: Announced,
  datagramCalls: DatagramCalls | undefined,
  groupMember: NetGroups | undefined,
): Metered {
  const { bind: hostname, RTMFP, limits: { handshakes, flows } } = config;
  let listener: RtmfpListener | undefined;
  ports.open(
    { section: "RTMFP", transport: "UDP", ...RTMFP },
    ({ port, log }) =>
      listener = new RtmfpListener({
        hub,
        objects,
        log,
        bind: (receive) =>
          bindUdp({ hostname, port, turns, ...(datagramCalls ? { datagramCalls } : {}) }, receive),
        turns,
        ...(groupMember ? { ownPeer: groupMember } : {}),
        settings: {
          keepaliveServer: RTMFP.keepAliveServer,
          keepalivePeer: RTMFP.keepAlivePeer,
          longestDatagram: RTMFP.longestDatagram,
          handshakes,
          flows,
        },
        ...(announced.host === "" ? {} : { publicAddress: announced.address(port) }),
      }),
  );
  // A port that was taken may open later.
  return { metrics: () => listener?.metrics() ?? [] };
}
