import assert from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import { type WriteOptions } from "../../src/protocols/rtmfp/flow/send_flow.ts";
import { ack, isData, userData } from "./chunks.ts";
import { RawPeer } from "./raw_peer.ts";

/** Metadata of {@link open}'s flow: its first packets carry it. */
export const METADATA = "aa";
export const metadata = Uint8Array.fromHex(METADATA);

/** A flow with one message out and acknowledged, so that options are done with. */
export function open() {
  const peer = new RawPeer();
  const flow = peer.session.openFlow(metadata);
  const write = (text: string, how?: WriteOptions) => flow.write(encodeText(text), how);
  write("o");
  peer.clock.advance(0);
  assert.deepEqual(peer.heard(), [
    userData({ sequence: 1, forward: 0, metadata: METADATA, data: "o" }),
  ]);
  peer.say(ack({ cumulative: 1 }));
  return { peer, flow, write };
}

/** Acknowledges all that flow 1 sent, time after time, and tells how many fragments that are. */
export function acknowledging(peer: RawPeer): () => number {
  let sent = 1;
  return () => {
    peer.clock.advance(300);
    sent += peer.heard().filter(isData).length;
    peer.say(ack({ cumulative: sent }));
    return sent;
  };
}
