import assert from "node:assert/strict";
import { ByteWriter, encodeText } from "../../src/bytes/mod.ts";
import type { DiffieHellmanGroup } from "../../src/crypto/mod.ts";
import type { HelloAnswer } from "../../src/protocols/rtmfp/endpoint.ts";
import { CookieJar } from "../../src/protocols/rtmfp/startup/cookie_jar.ts";
import { writeDiscriminator } from "../../src/protocols/rtmfp/startup/endpoint_discriminator.ts";
import { DEFAULT_KEY } from "../../src/protocols/rtmfp/params.ts";
import { defaultKey } from "../../src/protocols/rtmfp/startup/session_key.ts";
import { Origin } from "../../src/protocols/rtmfp/wire/address.ts";
import { writeInitiatorHello } from "../../src/protocols/rtmfp/wire/startup_chunks.ts";
import { sealed } from "./sealing.ts";
import { Recorder, Simulation } from "./simulation.ts";

/** The datagram of a hello as short as clients send them. */
function shortHello(): Uint8Array {
  const key = defaultKey(encodeText(DEFAULT_KEY));
  const output = new ByteWriter();
  output.u8(0x0b).u16(0);
  const discriminator = writeDiscriminator({ ancillaryData: encodeText("live") });
  writeInitiatorHello(output, { discriminator, tag: new Uint8Array(16) });
  return sealed(key, output.view(), 0);
}

Deno.test("an answer to an unproven address is at most three times as long as its question", () => {
  const many = Array.from({ length: 60 }, (_, i) => ({
    host: `198.51.100.${i + 1}`,
    port: 1935,
    origin: Origin.relay,
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

/** Opens sessions from each host at once; returns the number that is open, by host. */
function flood(
  simulation: Simulation,
  hosts: readonly (readonly [host: string, count: number])[],
  group: DiffieHellmanGroup = 2,
) {
  const opened = new Map<string, number>(hosts.map(([host]) => [host, 0]));
  const open = (host: string, port: number) => {
    const endpoint = simulation.endpoint(
      { acceptsAncillaryData: false, groups: [group] },
      undefined,
      (datagram, to) => node.send(datagram, to),
      { onHello: () => "ignore", onSession: () => new Recorder() },
    );
    const node = simulation.link.attach({ host, port }, (d, from) => endpoint.receive(d, from));
    endpoint.open({
      discriminator: { ancillaryData: encodeText("rtmfp://x/") },
      addresses: [simulation.serverNode.address],
      onOpen: () => {
        opened.set(host, (opened.get(host) ?? 0) + 1);
        return new Recorder();
      },
    });
    return endpoint;
  };
  const endpoints = hosts.flatMap(([host, count]) =>
    Array.from({ length: count }, (_, at) => open(host, 1000 + at))
  );
  const close = () => {
    for (const endpoint of endpoints) endpoint.close();
  };
  return { opened, close };
}

Deno.test("a flood of keyings from proven addresses is served only up to the limit a second", () => {
  const refused: string[] = [];
  const onRefused = (text: string, host = "all") => void refused.push(`${host}: ${text}`);
  const simulation = new Simulation({ onRefused });
  const hosts = ["203.0.113.7", "203.0.113.8", "203.0.113.9"].map((host) => [host, 150] as const);
  const { opened, close } = flood(simulation, hosts);
  const total = () => [...opened.values()].reduce((sum, count) => sum + count);
  simulation.clock.advance(100);
  assert.equal(total(), 400);
  assert.equal(simulation.server.responder.refused, 50);
  assert.deepEqual(refused, [
    "all: handshakes refused: more than 400 a second, [limits] handshakes",
  ]);
  simulation.clock.advance(5000);
  assert.equal(total(), 450);
  close();
  simulation.close();
});

Deno.test("a flood of keyings from one host leaves half of what there is to others", () => {
  const refused: string[] = [];
  const onRefused = (text: string, host = "all") => void refused.push(`${host}: ${text}`);
  const simulation = new Simulation({ onRefused });
  const { opened, close } = flood(simulation, [["203.0.113.9", 450], ["203.0.113.8", 100]]);
  simulation.clock.advance(100);
  assert.deepEqual([...opened.values()], [200, 100]);
  assert.deepEqual(refused, [
    "203.0.113.9: handshakes refused: more than 200 a second of one address, [limits] handshakes",
  ]);
  simulation.clock.advance(20_000);
  assert.deepEqual([...opened.values()], [450, 100]);
  close();
  simulation.close();
});

Deno.test("key agreements of group 16 count for eight in the limit a second", () => {
  let asked = 0;
  const agree = () => {
    asked++;
    return undefined;
  };
  const simulation = new Simulation({
    server: { groups: [16] },
    agreements: { agree, isBusy: false },
  });
  const { close } = flood(simulation, [["203.0.113.9", 30]], 16);
  simulation.clock.advance(100);
  // One host has 200 of 400.
  assert.equal(asked, 25);
  close();
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
