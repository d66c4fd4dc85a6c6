import assert from "node:assert/strict";
import { ByteWriter, encodeText, hex } from "../../src/bytes/mod.ts";
import { type WriteOptions } from "../../src/protocols/rtmfp/flow/send_flow.ts";
import { chunk, RawPeer } from "./raw_peer.ts";

export const metadata = Uint8Array.of(0xaa);
/** Flow options of the first packets: metadata aa, marker. */
export const options = "0200aa" + "00";

/** A flow with one message out and acknowledged, so that options are done with. */
export function open() {
  const peer = new RawPeer();
  const flow = peer.session.openFlow(metadata);
  const write = (text: string, how?: WriteOptions) => flow.write(encodeText(text), how);
  write("o");
  peer.clock.advance(0);
  assert.deepEqual(peer.heard(), ["10:80" + "010101" + options + "6f"]);
  ack(peer, "01");
  return { peer, flow, write };
}

/** Acknowledges flow 1 with a window of 64 kB. */
export function ack(peer: RawPeer, rest: string): void {
  peer.say(chunk("51", "01" + "40" + rest));
}

/** Acknowledges all that flow 1 sent, time after time, and tells how many fragments that are. */
export function acknowledging(peer: RawPeer): () => number {
  let sent = 1;
  return () => {
    peer.clock.advance(300);
    sent += peer.heard().filter((seen) => seen.startsWith("1")).length;
    ack(peer, number(sent));
    return sent;
  };
}

export function number(value: number): string {
  return hex(new ByteWriter(4).vlu(value).view());
}
