import assert from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import type { HelloAnswer } from "../../src/protocols/rtmfp/endpoint.ts";
import { Origin } from "../../src/protocols/rtmfp/wire/address.ts";
import type { LinkAddress } from "../support/simulated_link.ts";
import { metadata, Recorder, Simulation } from "./simulation.ts";

Deno.test("a server may redirect to others, and the initiator follows", () => {
  const other = { host: "198.51.100.9", port: 1936 };
  const simulation = new Simulation({
    onHello: (): HelloAnswer => ({ redirect: [{ ...other, origin: Origin.relay }] }),
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

Deno.test("a hello that the server ignores or that asks for another endpoint gets no answer", () => {
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

Deno.test("no second session is opened with a peer of whom there is one", () => {
  const simulation = new Simulation();
  simulation.establish();
  simulation.connect();
  simulation.until(() => simulation.failed);
  assert.equal(simulation.serverSessions.length, 1);
  assert.equal(simulation.serverSessions[0]?.isOpen, true);
  simulation.close();
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
