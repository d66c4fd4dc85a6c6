import type { Handler } from "../../src/hub/mod.ts";
import type { RtmpSessionOptions } from "../../src/protocols/rtmp/mod.ts";
import { fakeHub } from "../support/flash_peer.ts";
import { RtmpPeer } from "../support/rtmp_peer.ts";

/** A peer whose applications decide as `handler` does. */
export function peerWith(
  handler: Partial<Handler> = {},
  options: Partial<RtmpSessionOptions> = {},
) {
  const { hub, clock } = fakeHub(handler);
  return { hub, clock, peer: new RtmpPeer(hub, options) };
}
