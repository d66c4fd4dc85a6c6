import assert from "node:assert/strict";
import { ByteWriter } from "../../src/bytes/mod.ts";
import { commandMessage } from "../../src/flash/mod.ts";
import type { Turn } from "../../src/net/mod.ts";
import { writeMessage } from "../../src/protocols/rtmp/wire/chunk_writer.ts";
import { fakeHub } from "../support/flash_peer.ts";
import { RtmpPeer } from "../support/rtmp_peer.ts";
import { peerWith } from "./scene.ts";
import { bytes, joined } from "./wire_bytes.ts";

/** A turn that is over after a number of messages. */
function turnOf(messages: number): Turn {
  let left = messages;
  return { now: 1000, spend: () => --left <= 0 };
}

Deno.test("a session stops between two messages when its turn is over, and goes on where it was", () => {
  const called: string[] = [];
  const { peer } = peerWith({ onCall: ({ name }) => void called.push(name) });
  peer.ready();
  const out = new ByteWriter();
  const header = { chunkStreamId: 3, type: 20, streamId: 0, time: 0 };
  const names = ["a", "b", "c", "d", "e"];
  for (const name of names) {
    writeMessage(out, header, commandMessage(false, name, 0).payload, peer.chunkSize);
  }
  let rest = out.take();
  const counts: number[] = [];
  while (rest.length > 0) {
    rest = rest.slice(peer.session.receive(rest, 1000, turnOf(2)));
    counts.push(called.length);
  }
  assert.deepEqual(called, names);
  assert.deepEqual(counts, [2, 4, 5]);
});

Deno.test("a session that ends within a turn takes what is left and drops it", () => {
  const called: string[] = [];
  const { peer } = peerWith({
    onCall: ({ client, name }) => {
      called.push(name);
      client.writer.close();
    },
  });
  peer.ready();
  const out = new ByteWriter();
  const header = { chunkStreamId: 3, type: 20, streamId: 0, time: 0 };
  for (const name of ["a", "b"]) {
    writeMessage(out, header, commandMessage(false, name, 0).payload, peer.chunkSize);
  }
  const input = out.take();
  const taken = peer.session.receive(input, 1000, turnOf(1));
  assert.equal(peer.session.receive(input.subarray(taken), 1000), input.length - taken);
  assert.deepEqual(called, ["a"]);
});

Deno.test("a held client that sends on is not read until its requests are worked off", () => {
  const pauses: string[] = [];
  const input = { pause: () => pauses.push("pause"), resume: () => pauses.push("resume") };
  const { hub, peer } = peerWith({}, { input });
  peer.ready();
  const [client] = hub.clients.values();
  client?.input?.hold();
  for (let count = 0; count < 300; count++) peer.command(0, "call", "x".repeat(1000));
  assert.deepEqual(pauses, ["pause"]);
  assert.equal(peer.output.aborted, false);
  client?.input?.release();
  assert.deepEqual(pauses, ["pause", "resume"]);
});

Deno.test("unfinished messages of one address share a budget, whatever connections they come by", () => {
  const { hub } = fakeHub({}, { inputs: { address: 1_000_000, all: 0 } });
  const peers = [0, 1].map(() => new RtmpPeer(hub));
  const begin = bytes("04 000000 0f4240 14 01000000");
  for (const peer of peers) {
    peer.handshake();
    peer.connect();
    peer.control({ type: 1, size: 1_000_000 });
  }
  const [first, second] = peers;
  first!.give(joined(begin, new Uint8Array(900_000)));
  assert.equal(first!.output.aborted || first!.output.ended, false);
  second!.give(joined(begin, new Uint8Array(60_000)));
  assert.equal(second!.output.aborted || second!.output.ended, false);
  second!.give(new Uint8Array(600_000));
  assert.equal(second!.output.aborted || second!.output.ended, true);
  first!.give(new Uint8Array(100_000));
  assert.equal(hub.inputs.bytes, 0);
});
