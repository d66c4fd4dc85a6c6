import assert from "node:assert/strict";
import { Chunk } from "../../src/protocols/rtmfp/wire/chunk.ts";
import { AMPLIFICATION, DATAGRAM_OVERHEAD } from "../../src/protocols/rtmfp/params.ts";
import { PLAIN_PROTECTION } from "../../src/protocols/rtmfp/startup/key_agreement.ts";
import type { LinkAddress } from "../support/simulated_link.ts";
import { payloadOf, ping, pingReply, typeOf } from "./chunks.ts";
import { RawPeer } from "./raw_peer.ts";
import { strict } from "./sealing.ts";
import { metadata, Simulation } from "./simulation.ts";

const there = { host: "192.0.2.77", port: 5000 };

/** What the session asks an address for when a packet comes from there. */
function proofFor(peer: RawPeer, from: LinkAddress): string {
  peer.say("", { from });
  return payloadOf(peer.heard()[0]!);
}

Deno.test("a session moves to a new address only after a proof from there", () => {
  const peer = new RawPeer();
  peer.say(ping("aa"), { from: there });
  const [reply, challenge] = peer.seen.splice(0);
  assert.equal(reply?.to.host, "192.0.2.10");
  assert.deepEqual(challenge?.to, there);
  const proof = payloadOf(challenge.chunks[0]!);
  const forged = proof.slice(0, -2) + (proof.endsWith("00") ? "01" : "00");
  peer.say(pingReply(forged), { from: there });
  peer.say(pingReply(proof), { from: { ...there, port: 5001 } });
  peer.say(pingReply(proof));
  assert.equal(peer.moved.length, 0);
  peer.say(pingReply(proof), { from: there });
  assert.equal(peer.moved[0]?.host, "192.0.2.10");
  assert.deepEqual(peer.session.address, there);
  assert.deepEqual(peer.recorder.moves, [{ host: "192.0.2.10", port: 4000 }]);
  peer.close();
});

Deno.test("an old proof does not move a session back", () => {
  const peer = new RawPeer();
  const proof = proofFor(peer, there);
  peer.clock.advance(2000);
  const next = { ...there, port: 6000 };
  peer.say(pingReply(proofFor(peer, next)), { from: next });
  peer.say(pingReply(proof), { from: there });
  assert.equal(peer.session.address.port, 6000);
  peer.close();
});

Deno.test("a proof older than two minutes moves no session", () => {
  const peer = new RawPeer();
  const proof = proofFor(peer, there);
  peer.clock.advance(120_001);
  peer.say(pingReply(proof), { from: there });
  assert.equal(peer.moved.length, 0);
  peer.close();
});

Deno.test("addresses are asked for a proof at most once a second", () => {
  const peer = new RawPeer();
  for (let port = 1; port <= 50; port++) peer.say("", { from: { ...there, port } });
  assert.equal(peer.heard().length, 1);
  peer.close();
});

Deno.test("a question about a new address is repeated when its answer does not come", () => {
  const peer = new RawPeer();
  peer.say("", { from: there });
  peer.clock.advance(10_000);
  assert.equal(peer.seen.length, 2);
  assert(
    peer.seen.every(({ to, chunks }) =>
      to.port === there.port && typeOf(chunks[0]!) === Chunk.ping
    ),
  );
  const proof = payloadOf(peer.heard().at(-1)!);
  peer.say(pingReply(proof), { from: there });
  assert.deepEqual(peer.session.address, there);
  const back = { host: "192.0.2.10", port: 4000 };
  peer.say(pingReply(proofFor(peer, back)), { from: back });
  assert.deepEqual(peer.session.address, back);
  peer.clock.advance(10_000);
  assert.deepEqual(peer.heard(), [], "nothing is asked after the proof");
  peer.close();
});

Deno.test("a stream goes on within a second when the question about its new address is lost", () => {
  const simulation = new Simulation({ conditions: { latency: 20 }, nat: true });
  const { client, server } = simulation.establish();
  server.openFlow(metadata).write(new Uint8Array(400_000));
  simulation.clock.advance(500);
  simulation.rebind({ host: "203.0.113.7", port: 61_000 });
  let lost = 0;
  simulation.link.filter = (_datagram, _from, to) => to.port !== 61_000 || lost++ > 0;
  client.openFlow(metadata).write(new Uint8Array(1));
  simulation.clock.advance(700);
  assert(lost > 1);
  assert.equal(server.address.port, 61_000);
  simulation.close();
});

Deno.test("a stream goes on when a NAT gives its peer another port", () => {
  const simulation = new Simulation({ conditions: { latency: 20 }, nat: true });
  const { client, server } = simulation.establish();
  const up = client.openFlow(metadata);
  const down = server.openFlow(metadata);
  for (let i = 0; i < 40; i++) {
    if (i === 20) {
      simulation.rebind({ host: "203.0.113.7", port: 61_000 });
    }
    up.write(Uint8Array.of(i));
    down.write(Uint8Array.of(i));
    simulation.clock.advance(50);
  }
  simulation.clock.advance(10_000);
  assert.deepEqual(
    simulation.atServer.messages.map((m) => m[0]),
    Array.from({ length: 40 }, (_, i) => i),
  );
  assert.deepEqual(
    simulation.atClient.messages.map((m) => m[0]),
    Array.from({ length: 40 }, (_, i) => i),
  );
  assert.equal(server.address.port, 61_000);
  assert.equal(simulation.atServer.moves.length, 1);
  simulation.close();
});

for (const protection of [PLAIN_PROTECTION, strict]) {
  const name = protection === strict ? "HMAC" : "the checksum";
  Deno.test(`questions about a new address, with ${name}, are together less than three times what asked for them`, () => {
    const simulation = new Simulation({
      conditions: { latency: 20 },
      nat: true,
      clientProtection: protection,
      serverProtection: protection,
    });
    const { server } = simulation.establish();
    const flow = server.openFlow(metadata);
    flow.write(new Uint8Array(1));
    simulation.clock.advance(1000);
    flow.write(new Uint8Array(1));
    simulation.clock.advance(30);
    simulation.rebind({ host: "203.0.113.7", port: 61_000 });
    const [from, to]: [number[], number[]] = [[], []];
    simulation.link.filter = (datagram, source, target) => {
      if (source.port === 61_000) from.push(datagram.length);
      if (target.port !== 61_000) return true;
      to.push(datagram.length);
      return false;
    };
    // The acknowledgement leaves after 200 ms.
    simulation.clock.advance(5000);
    assert.equal(from.length, 1);
    assert.equal(to.length, 2);
    const onTheWire = (lengths: number[]) =>
      lengths.reduce((sum, length) => sum + length + DATAGRAM_OVERHEAD, 0);
    assert(onTheWire(to) <= AMPLIFICATION * onTheWire(from), `${to} for ${from}`);
    simulation.close();
  });
}
