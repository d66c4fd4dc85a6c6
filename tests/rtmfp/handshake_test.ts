import assert from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import type { Protection } from "../../src/protocols/rtmfp/startup/key_agreement.ts";
import { MAX_EARLY_PACKETS } from "../../src/protocols/rtmfp/params.ts";
import { exchange, metadata, Simulation } from "./simulation.ts";

Deno.test("a handshake takes two round trips", () => {
  const simulation = new Simulation({ conditions: { latency: 100 } });
  const start = simulation.clock.now();
  simulation.establish();
  assert.equal(simulation.clock.now() - start, 400);
  simulation.close();
});

for (let lost = 1; lost <= 6; lost++) {
  Deno.test(`a session opens and carries data when packet ${lost} of it is lost`, () => {
    const simulation = new Simulation({ conditions: { latency: 20 } });
    let count = 0;
    simulation.link.filter = () => ++count !== lost;
    exchange(simulation);
    assert.equal(simulation.serverSessions.length, 1);
    assert(count >= lost);
    simulation.close();
  });
}

Deno.test("a session opens when half of all packets are lost and the rest comes twice", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const conditions = { latency: 20, jitter: 60, loss: 0.5, duplication: 1 };
    const simulation = new Simulation({ conditions, seed });
    exchange(simulation);
    assert.equal(simulation.serverSessions.length, 1);
    simulation.close();
  }
});

Deno.test("data that overtakes the responder's keying is kept", () => {
  const simulation = new Simulation({ conditions: { latency: 20 } });
  simulation.connect();
  simulation.until(() => simulation.serverSessions.length === 1);
  const [server] = simulation.serverSessions;
  assert(server);
  simulation.link.conditions = { latency: 1 };
  server.openFlow(metadata).write(encodeText("early"));
  simulation.until(() => simulation.clientSession !== undefined);
  assert.deepEqual(simulation.atClient.messages, [encodeText("early")]);
  simulation.close();
});

Deno.test("of what overtakes the responder's keying the newest 18 packets are kept", () => {
  const simulation = new Simulation({ conditions: { latency: 20 } });
  let answers = 0;
  let isHeldBack = true;
  simulation.link.filter = (_datagram, from) => {
    const isClients = from.port === simulation.clientNode.address.port;
    if (isClients && simulation.clientSession) answers++;
    return isClients || !isHeldBack || simulation.serverSessions.length === 0;
  };
  simulation.connect();
  simulation.until(() => simulation.serverSessions.length === 1);
  isHeldBack = false;
  for (let i = 0; i < 500; i++) simulation.serverSessions[0]?.sendPing();
  simulation.clock.advance(100);
  assert.equal(simulation.clientSession, undefined);
  simulation.until(() => simulation.clientSession !== undefined);
  simulation.clock.advance(10);
  // Each ping is answered.
  assert.equal(answers, MAX_EARLY_PACKETS);
  simulation.close();
});

for (const group of [2, 14, 16] as const) {
  for (const [server, client] of [[false, false], [false, true], [true, false], [true, true]]) {
    const kind = (isStatic?: boolean) => isStatic ? "static" : "ephemeral";
    Deno.test(`group ${group} works with ${kind(server)} keys here and ${kind(client)} ones there`, () => {
      const simulation = new Simulation({
        server: { groups: [group], staticKeys: server ?? false },
        client: { groups: [group], staticKeys: client ?? false },
      });
      exchange(simulation);
      simulation.close();
    });
  }
}

Deno.test("packet protection is agreed in every combination of wishes", () => {
  const wishes: Protection[] = [];
  for (let bits = 0; bits < 16; bits++) {
    wishes.push({
      sendHmac: (bits & 1) !== 0,
      requireHmac: (bits & 2) !== 0,
      sendSequence: (bits & 4) !== 0,
      requireSequence: (bits & 8) !== 0,
      hmacLength: 4 + bits,
    });
  }
  for (const serverProtection of wishes) {
    for (const clientProtection of wishes) {
      const simulation = new Simulation({ serverProtection, clientProtection });
      exchange(simulation);
      const hmac = [serverProtection, clientProtection].some((p) => p.sendHmac || p.requireHmac);
      const sequence = [serverProtection, clientProtection].some((p) =>
        p.sendSequence || p.requireSequence
      );
      const expected = (hmac ? "hmac" : "checksum") + (sequence ? "+sequence" : "");
      assert.equal(simulation.clientSession?.protection, expected);
      assert.equal(simulation.serverSessions[0]?.protection, expected);
      simulation.close();
    }
  }
});

Deno.test("peers without a group in common do not open a session, and give up in time", () => {
  const simulation = new Simulation({ server: { groups: [14] }, client: { groups: [2] } });
  simulation.connect();
  simulation.until(() => simulation.failed);
  assert.equal(simulation.serverSessions.length, 0);
  assert.equal(simulation.client.size, 0);
  simulation.close();
});

Deno.test("an initiator without an answer asks after 1, 2.5, 4 seconds more and gives up after 95", () => {
  const simulation = new Simulation();
  const times: number[] = [];
  simulation.link.filter = () => {
    times.push(simulation.clock.now() - 1000);
    return false;
  };
  simulation.connect();
  simulation.until(() => simulation.failed);
  assert.deepEqual(times.slice(0, 4), [0, 1000, 3500, 7500]);
  assert.equal(simulation.clock.now(), 96_000);
  simulation.close();
});

Deno.test("a repeated keying gets the same answer and no second session", () => {
  const simulation = new Simulation({ conditions: { latency: 10, duplication: 1 } });
  simulation.establish();
  simulation.clock.advance(1000);
  assert.equal(simulation.serverSessions.length, 1);
  simulation.close();
});

Deno.test("an initiator whose address changes before its keying gets a new cookie", () => {
  const simulation = new Simulation({ conditions: { latency: 20 }, nat: true });
  let toServer = 0;
  simulation.link.filter = (_datagram, from) => {
    if (from.port === 50_000 && ++toServer === 2) {
      simulation.rebind({ host: "203.0.113.7", port: 50_001 });
      return false;
    }
    return true;
  };
  exchange(simulation);
  assert.equal(simulation.serverSessions[0]?.address.port, 50_001);
  simulation.close();
});
