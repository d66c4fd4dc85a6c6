import assert from "node:assert/strict";
import { ByteWriter, encodeText, equalBytes } from "../../src/bytes/mod.ts";
import type { HelloAnswer } from "../../src/protocols/rtmfp/endpoint.ts";
import { Identity, readCertificate } from "../../src/protocols/rtmfp/startup/certificate.ts";
import { CookieJar } from "../../src/protocols/rtmfp/startup/cookie_jar.ts";
import {
  isSelected,
  readDiscriminator,
  writeDiscriminator,
} from "../../src/protocols/rtmfp/startup/endpoint_discriminator.ts";
import type { Protection } from "../../src/protocols/rtmfp/startup/key_agreement.ts";
import { DEFAULT_KEY, MAX_EARLY_PACKETS } from "../../src/protocols/rtmfp/params.ts";
import {
  BACK_MARGIN,
  defaultKey,
  FRONT_MARGIN,
  readSessionId,
  type SessionKey,
} from "../../src/protocols/rtmfp/startup/session_key.ts";
import { Origin } from "../../src/protocols/rtmfp/wire/address.ts";
import { Chunk } from "../../src/protocols/rtmfp/wire/chunk.ts";
import { Mode } from "../../src/protocols/rtmfp/wire/packet.ts";
import { writeInitiatorHello } from "../../src/protocols/rtmfp/wire/startup_chunks.ts";
import type { LinkAddress } from "../support/simulated_link.ts";
import { metadata, Recorder, Simulation } from "./simulation.ts";

/** One message each way shows that both sides have the same keys. */
function exchange(simulation: Simulation): void {
  const { client } = simulation.establish();
  client.openFlow(metadata).write(encodeText("ping"));
  simulation.atServer.onMessage = (message, flow) => {
    simulation.serverSessions[0]!.openFlow(metadata, { answers: flow }).write(message);
  };
  simulation.until(() => simulation.atClient.messages.length === 1);
  assert.deepEqual(simulation.atClient.messages[0], encodeText("ping"));
}

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

Deno.test("a session opens when every packet of its handshake comes in fragments, the last first", () => {
  const simulation = new Simulation({ conditions: { latency: 20 } });
  const key = defaultKey(encodeText(DEFAULT_KEY));
  const { client, server, clientNode } = simulation;
  let fragmented = 0;
  simulation.link.filter = (datagram, from) => {
    const parts = fragmentsOf(key, datagram, fragmented);
    if (!parts) return true;
    fragmented++;
    const receiver = from.port === clientNode.address.port ? server : client;
    for (const part of parts.reverse()) {
      simulation.clock.after(20, () => receiver.receive(part, from));
    }
    return false;
  };
  exchange(simulation);
  assert.equal(fragmented, 4);
  assert.equal(simulation.serverSessions.length, 1);
  key.close();
  simulation.close();
});

/** A startup packet in three fragments; undefined when the datagram is none. */
function fragmentsOf(
  key: SessionKey,
  datagram: Uint8Array,
  packet: number,
): Uint8Array[] | undefined {
  let plain: Uint8Array;
  try {
    plain = key.open(datagram).rest();
  } catch {
    return undefined;
  }
  const third = Math.ceil(plain.length / 3);
  return [0, 1, 2].map((number) => {
    const part = plain.subarray(number * third, (number + 1) * third);
    const output = new ByteWriter();
    output.reserve(FRONT_MARGIN);
    output.u8(Mode.Startup).u8(Chunk.Fragment).u16(3 + part.length);
    output.u8(number < 2 ? 0x80 : 0).vlu(packet).vlu(number).bytes(part);
    const end = output.length;
    output.reserve(BACK_MARGIN);
    return key.seal(output.buffer, end, readSessionId(datagram));
  });
}

Deno.test("fragments of handshakes that never end are forgotten, the oldest sender's first", () => {
  const simulation = new Simulation();
  const key = defaultKey(encodeText(DEFAULT_KEY));
  const output = new ByteWriter();
  output.reserve(FRONT_MARGIN);
  output.u8(Mode.Startup | 8).u16(0);
  writeInitiatorHello(output, {
    discriminator: writeDiscriminator({ ancillaryData: encodeText("rtmfp://198.51.100.1/app") }),
    tag: new Uint8Array(16),
  });
  while (output.length < 400) output.u8(0xff);
  const end = output.length;
  output.reserve(BACK_MARGIN);
  const hello = fragmentsOf(key, key.seal(output.buffer, end, 0), 1) ?? assert.fail();
  const [first, second, third] = hello as [Uint8Array, Uint8Array, Uint8Array];
  const senders = Array.from({ length: 33 }, (_, i) => ({ host: "203.0.113.7", port: 6000 + i }));
  const answered: number[] = [];
  for (const { host, port } of senders) {
    simulation.link.attach({ host, port }, () => answered.push(port));
  }
  for (const part of [first, second, third]) {
    for (const sender of senders.toReversed()) {
      if (part === first || sender !== senders[32]) simulation.server.receive(part, sender);
    }
  }
  simulation.server.receive(second, senders[32]!);
  simulation.server.receive(third, senders[32]!);
  simulation.clock.advance(1000);
  assert.equal(answered.length, 32);
  assert(!answered.includes(6032));
  key.close();
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

Deno.test("an initiator that nobody answers asks after 1, 2.5, 4 seconds more and gives up after 95", () => {
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

Deno.test("a server may redirect to others, and the initiator follows", () => {
  const other = { host: "198.51.100.9", port: 1936 };
  const simulation = new Simulation({
    onHello: (): HelloAnswer => ({ redirect: [{ ...other, origin: Origin.Relay }] }),
  });
  const recorder = new Recorder();
  const second = simulation.endpoint(
    { acceptsAncillaryData: true, groups: [2] },
    undefined,
    (datagram, to) => node.send(datagram, to),
    { onHello: () => "accept", onSession: () => recorder },
  );
  const node = simulation.link.attach(other, (d, from) => second.receive(d, from));
  simulation.connect();
  simulation.until(() => simulation.clientSession !== undefined);
  assert.deepEqual(simulation.clientSession?.address, other);
  second.close();
  simulation.close();
});

Deno.test("a hello that the server ignores or that asks for somebody else gets no answer", () => {
  for (const onHello of [(): HelloAnswer => "ignore", undefined]) {
    const simulation = new Simulation({
      ...(onHello ? { onHello } : {}),
      server: { acceptsAncillaryData: false },
    });
    simulation.connect();
    simulation.until(() => simulation.failed);
    simulation.close();
  }
});

Deno.test("an initiator whose address changes before its keying gets a new cookie", () => {
  const simulation = new Simulation({ conditions: { latency: 20 }, nat: true });
  const nat = simulation.clientNode;
  assert("rebind" in nat);
  let toServer = 0;
  simulation.link.filter = (_datagram, from) => {
    if (from.port === 50_000 && ++toServer === 2) {
      (nat as unknown as { rebind(a: LinkAddress): void }).rebind({
        host: "203.0.113.7",
        port: 50_001,
      });
      return false;
    }
    return true;
  };
  exchange(simulation);
  assert.equal(simulation.serverSessions[0]?.address.port, 50_001);
  simulation.close();
});

Deno.test("two peers that open to each other at once end up with one session", () => {
  for (let round = 0; round < 4; round++) {
    const simulation = new Simulation({ conditions: { latency: 50 } });
    const { server, client, atServer, atClient } = simulation;
    const open = (
      from: typeof server,
      to: typeof server,
      address: LinkAddress,
      takes: Recorder,
    ) => {
      from.open({
        discriminator: { fingerprint: to.identity.certificate.fingerprint },
        addresses: [address],
        onOpen: (session) => {
          simulation.clientSession = session;
          return takes;
        },
      });
    };
    open(client, server, simulation.serverNode.address, atClient);
    open(server, client, simulation.clientNode.address, atServer);
    simulation.until(() => server.sessions.length > 0 && client.sessions.length > 0);
    simulation.clock.advance(10_000);
    assert.equal(server.size, 1);
    assert.equal(client.size, 1);
    client.sessions[0]!.openFlow(metadata).write(encodeText("one"));
    server.sessions[0]!.openFlow(metadata).write(encodeText("other"));
    simulation.clock.advance(1000);
    assert.deepEqual(atServer.messages, [encodeText("one")]);
    assert.deepEqual(atClient.messages, [encodeText("other")]);
    simulation.close();
  }
});

for (const [who, replaces] of [["its own peer", true], ["a stranger", false]] as const) {
  const does = replaces ? "replaces" : "does not replace";
  Deno.test(`${who} that begins at a session's address ${does} it`, () => {
    const simulation = new Simulation();
    simulation.establish();
    const client = simulation.endpoint(
      replaces ? simulation.client.identity : { acceptsAncillaryData: false, groups: [2] },
      undefined,
      (datagram, to) => simulation.clientNode.send(datagram, to),
      { onHello: () => "ignore", onSession: () => new Recorder() },
    );
    simulation.link.attach(simulation.clientNode.address, (d, from) => client.receive(d, from));
    client.open({
      discriminator: { ancillaryData: encodeText("rtmfp://x/") },
      addresses: [simulation.serverNode.address],
      onOpen: () => new Recorder(),
    });
    simulation.clock.advance(5000);
    assert.equal(simulation.atServer.closed, replaces ? "replaced" : undefined);
    assert.equal(simulation.serverSessions.length, replaces ? 2 : 1);
    client.close();
    simulation.close();
  });
}

/** The datagram of a hello as short as clients send them. */
function shortHello(): Uint8Array {
  const key = defaultKey(encodeText(DEFAULT_KEY));
  const output = new ByteWriter();
  output.reserve(FRONT_MARGIN);
  output.u8(0x0b).u16(0);
  const discriminator = writeDiscriminator({ ancillaryData: encodeText("live") });
  writeInitiatorHello(output, { discriminator, tag: new Uint8Array(16) });
  const end = output.length;
  output.reserve(BACK_MARGIN);
  const datagram = key.seal(output.buffer, end, 0);
  key.close();
  return datagram;
}

Deno.test("an answer to an unproven address is at most three times as long as its question", () => {
  const many = Array.from({ length: 60 }, (_, i) => ({
    host: `198.51.100.${i + 1}`,
    port: 1935,
    origin: Origin.Relay,
  }));
  const answers: (HelloAnswer & { redirect?: unknown })[] = ["accept", { redirect: many }];
  for (const answer of answers) {
    const simulation = new Simulation({ onHello: () => answer, server: { groups: [2, 14, 16] } });
    const question = shortHello();
    assert.equal(question.length, 36);
    const sizes: number[] = [];
    const stranger = simulation.link.attach({ host: "192.0.2.9", port: 9 }, (datagram) => {
      sizes.push(datagram.length);
    });
    stranger.send(question, simulation.serverNode.address);
    simulation.clock.advance(100);
    assert.equal(sizes.length, 1);
    // As frames on Ethernet: 46 bytes are around each datagram.
    assert(sizes[0]! + 46 <= 3 * (question.length + 46), `${sizes[0]} bytes`);
    assert(sizes[0]! > 150);
    simulation.close();
  }
});

Deno.test("a cookie that another server gave opens nothing", () => {
  const simulation = new Simulation({ conditions: { latency: 20 } });
  simulation.connect();
  simulation.clock.advance(50);
  let opened = 0;
  const other = simulation.endpoint(
    simulation.server.identity,
    undefined,
    (datagram, to) => simulation.serverNode.send(datagram, to),
    {
      onHello: () => "ignore",
      onSession: () => {
        opened++;
        return new Recorder();
      },
    },
  );
  simulation.link.attach(simulation.serverNode.address, (d, from) => other.receive(d, from));
  simulation.until(() => simulation.failed);
  assert.equal(opened, 0);
  other.close();
  simulation.close();
});

Deno.test("a flood of keyings from proven addresses is served only up to the limit a second", () => {
  const simulation = new Simulation();
  let opened = 0;
  const endpoints = Array.from({ length: 450 }, (_, i) => {
    const endpoint = simulation.endpoint(
      { acceptsAncillaryData: false, groups: [2] },
      undefined,
      (datagram, to) => node.send(datagram, to),
      { onHello: () => "ignore", onSession: () => new Recorder() },
    );
    const address = { host: "203.0.113.9", port: 1000 + i };
    const node = simulation.link.attach(address, (d, from) => endpoint.receive(d, from));
    endpoint.open({
      discriminator: { ancillaryData: encodeText("rtmfp://x/") },
      addresses: [simulation.serverNode.address],
      onOpen: () => {
        opened++;
        return new Recorder();
      },
    });
    return endpoint;
  });
  simulation.clock.advance(100);
  assert.equal(opened, 400);
  assert.equal(simulation.server.responder.refused, 50);
  simulation.clock.advance(5000);
  assert.equal(opened, 450);
  for (const endpoint of endpoints) endpoint.close();
  simulation.close();
});

Deno.test("a cookie proves its address for its lifetime, over a change of secrets, and no other", () => {
  const here = { host: "192.0.2.1", port: 5 };
  const jar = new CookieJar(0);
  const cookie = jar.bake(here, 90_000);
  assert.equal(cookie.length, 64);
  assert.equal(jar.check(cookie, here, 90_000), "good");
  assert.equal(jar.check(cookie, here, 180_000), "good");
  assert.equal(jar.check(cookie, { ...here, port: 6 }, 100_000), "moved");
  assert.equal(jar.check(cookie, here, 186_000), "bad");
  const fresh = new CookieJar(0);
  assert.equal(fresh.check(cookie, here, 90_000), "bad");
  for (let at = 0; at < 32; at++) {
    const forged = fresh.bake(here, 1000);
    forged[at]! ^= 1;
    assert.equal(fresh.check(forged, here, 1000), "bad", `byte ${at}`);
  }
  assert.equal(fresh.check(fresh.bake(here, 5000), here, 1000), "bad");
  assert.equal(fresh.check(new Uint8Array(63), here, 0), "bad");
});

Deno.test("our certificate is the 77 bytes that a widespread client expects", () => {
  const { certificate } = new Identity({ acceptsAncillaryData: true });
  const { bytes } = certificate;
  assert.equal(bytes.length, 77);
  assert.deepEqual([...bytes.subarray(0, 4)], [0x01, 0x0a, 0x41, 0x0e]);
  assert.deepEqual([...bytes.subarray(68)], [2, 0x15, 2, 2, 0x15, 14, 2, 0x15, 16]);
  assert.deepEqual([...certificate.groups], [2, 14, 16]);
});

Deno.test("a peer id covers the certificate through its first marker", () => {
  const base = [2, 0x15, 2, 0];
  const one = readCertificate(Uint8Array.from([...base, 1, 2, 3]));
  const other = readCertificate(Uint8Array.from([...base, 9]));
  assert(equalBytes(one.fingerprint, other.fingerprint));
  assert.throws(() => readCertificate(Uint8Array.from([1, 0x0a])), /neither or both/);
  assert.throws(
    () => readCertificate(Uint8Array.from([2, 0x15, 2, 3, 0x1d, 2, 7])),
    /neither or both/,
  );
});

Deno.test("discriminators select by fingerprint, hostname and URL", () => {
  const hostname = encodeText("mona");
  const owner = new Identity({ acceptsAncillaryData: true, hostname, groups: [2] }).certificate;
  const ancillaryData = encodeText("rtmfp://mona/");
  const fingerprint = owner.fingerprint;
  const selects = (epd: Parameters<typeof writeDiscriminator>[0]) =>
    isSelected(owner, readDiscriminator(writeDiscriminator(epd)));
  assert.equal(selects({ fingerprint }), true);
  assert.equal(selects({ fingerprint: new Uint8Array(32), ancillaryData }), false);
  assert.equal(selects({ ancillaryData }), true);
  assert.equal(selects({ ancillaryData, hostname }), true);
  assert.equal(selects({ hostname }), true);
  assert.equal(selects({ ancillaryData, hostname: encodeText("other") }), false);
  assert.equal(selects({}), false);
  assert.equal(isSelected({ ...owner, acceptsAncillaryData: false }, { ancillaryData }), false);
});
