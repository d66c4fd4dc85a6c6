import assert from "node:assert/strict";
import { received } from "../support/flash_peer.ts";
import { RtmpPeer } from "../support/rtmp_peer.ts";
import { withSharing } from "./sharing.ts";

Deno.test("a server that stops asks RTMP clients that understand it to go to the others in turn", () =>
  withSharing(3, (a) => {
    const peers = [1, 1, 0].map((capsEx) => {
      const peer = new RtmpPeer(a.hub);
      peer.handshake();
      peer.connect({ capsEx });
      peer.take();
      return peer;
    });
    a.cluster.moveClients();
    const asked = peers.map((peer) =>
      peer.take().map(({ type, payload }) => received(0, { type, payload }).values?.[3])
    );
    assert.deepEqual(asked[2], []);
    const seen = asked.flat().map((info) => {
      const { level, code, tcUrl } = info as Record<string, unknown>;
      return [level, code, tcUrl];
    });
    assert.deepEqual(
      seen,
      [1946, 1947].map((port) => [
        "status",
        "NetConnection.Connect.ReconnectRequest",
        `rtmp://127.0.0.1:${port}/live`,
      ]),
    );
    return Promise.resolve();
  }));
