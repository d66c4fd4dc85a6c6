import assert from "node:assert/strict";
import {
  FRAGMENT_OVERHEAD,
  MAX_PROBED_HOSTS,
  packetOf,
  PATH_RETRY,
} from "../../src/protocols/rtmfp/params.ts";
import { PacketFragments } from "../../src/protocols/rtmfp/session/packet_fragments.ts";
import { ProbedHosts } from "../../src/protocols/rtmfp/session/path_limit.ts";
import { PLAIN_PROTECTION } from "../../src/protocols/rtmfp/startup/key_agreement.ts";
import type { LinkConditions } from "../support/simulated_link.ts";
import { strict } from "./sealing.ts";
import { metadata, Simulation, type SimulationOptions } from "./simulation.ts";

const LONGEST = 1392;
/** Two sides that try long datagrams, and how long those are that the client sends. */
class Path {
  readonly simulation: Simulation;
  readonly client;
  /** Lengths of the client's datagrams since the last look. */
  readonly lengths: number[] = [];

  constructor(conditions: LinkConditions, options: SimulationOptions = {}) {
    const simulation = new Simulation({ conditions, longestDatagram: LONGEST, ...options });
    this.simulation = simulation;
    this.client = simulation.establish().client;
    simulation.link.filter = (datagram, from) => {
      if (from.port !== simulation.serverNode.address.port) this.lengths.push(datagram.length);
      return true;
    };
  }

  get isLong(): boolean {
    return this.client.path.packet === packetOf(LONGEST);
  }

  get isShort(): boolean {
    return this.client.path.packet === packetOf(1200);
  }

  /** Sends messages over one flow; returns the lengths of the datagrams that took. */
  send(count: number, size: number): number[] {
    const { atServer } = this.simulation;
    const sent = Array.from({ length: count }, (_, i) => new Uint8Array(size).fill(i + 1));
    const flow = this.client.openFlow(metadata);
    for (const message of sent) flow.write(message);
    flow.close();
    this.simulation.until(() => atServer.messages.length >= count);
    assert.deepEqual(atServer.messages.splice(0), sent);
    this.simulation.clock.advance(20_000);
    return this.lengths.splice(0);
  }
}

for (const protection of [PLAIN_PROTECTION, strict]) {
  const name = protection === strict ? "HMAC and sequence numbers" : "the checksum";
  Deno.test(`packets with ${name} are long once the path is seen to let a long one through`, () => {
    const path = new Path({ latency: 20, mtu: LONGEST }, {
      clientProtection: protection,
      serverProtection: protection,
    });
    assert.deepEqual(path.send(3, 100).filter((length) => length > 1200), []);
    assert(path.isShort);
    const first = path.send(1, 20_000);
    assert(first.some((length) => length > 1200 && length <= LONGEST), `${first}`);
    assert(path.isLong);
    // The first fragments of a flow have its metadata with them.
    const inTens = 10 * (packetOf(LONGEST) - FRAGMENT_OVERHEAD - metadata.length - 8);
    const second = path.send(10, inTens).filter((length) => length > 100);
    assert.equal(second.length, 100);
    assert(second.every((length) => length <= LONGEST), `${Math.max(...second)}`);
    path.simulation.close();
  });
}

Deno.test("a path that lets no long packet through is asked once, and again when routers' word is forgotten", () => {
  const path = new Path({ latency: 20, mtu: 1200 });
  const lengths = path.send(10, 20_000);
  assert.equal(lengths.filter((length) => length > 1200).length, 1);
  assert.equal(path.simulation.link.counts.lost, 1);
  assert(path.isShort);
  assert(path.send(10, 20_000).every((length) => length <= 1200));
  // A session without a flow would end meanwhile.
  path.client.openFlow(metadata).write(new Uint8Array(1));
  path.simulation.link.conditions = { latency: 20 };
  path.simulation.clock.advance(PATH_RETRY);
  path.simulation.atServer.messages.length = 0;
  path.send(1, 20_000);
  assert(path.isLong);
  path.simulation.close();
});

Deno.test("a host that no long packet reached is not asked by its next session, others are", () => {
  const hosts = new ProbedHosts();
  assert(hosts.tryProbe("192.0.2.1", 0));
  assert(!hosts.tryProbe("192.0.2.1", PATH_RETRY - 1));
  assert(hosts.tryProbe("192.0.2.2", 10));
  hosts.forget("192.0.2.2");
  assert(hosts.tryProbe("192.0.2.2", 11));
  assert(hosts.tryProbe("192.0.2.1", PATH_RETRY));
  for (let i = 0; i < MAX_PROBED_HOSTS; i++) hosts.tryProbe(`host ${i}`, PATH_RETRY);
  assert(hosts.tryProbe("192.0.2.1", PATH_RETRY));
  assert(!hosts.tryProbe("host 1", PATH_RETRY));
  const path = new Path({ latency: 20, mtu: 1200 });
  path.send(10, 20_000);
  path.client.close();
  path.simulation.clock.advance(1000);
  path.simulation.link.conditions = { latency: 20 };
  path.simulation.connect();
  path.simulation.clock.advance(1000);
  path.simulation.clientSession!.openFlow(metadata).write(new Uint8Array(20_000));
  path.simulation.clock.advance(1000);
  assert.notEqual(path.simulation.clientSession, path.client);
  assert(path.lengths.length > 20 && path.lengths.every((length) => length <= 1200));
  path.simulation.close();
});

Deno.test("IPv6, whose header is longer, gets datagrams that are shorter by as much", () => {
  const path = new Path({ latency: 20 }, { host: "2001:db8::1" });
  path.send(1, 20_000);
  assert.equal(path.client.path.packet, packetOf(LONGEST - 20));
  assert(path.send(10, 20_000).every((length) => length <= LONGEST - 20));
  path.simulation.close();
});

Deno.test("nothing long is tried where the owner has no long datagrams", () => {
  const path = new Path({ latency: 20 }, { longestDatagram: 1200 });
  assert(path.send(10, 20_000).every((length) => length <= 1200));
  path.simulation.close();
});

Deno.test("all of a message arrives when the path lets only short packets through from its midst on", () => {
  const path = new Path({ latency: 20 });
  path.send(1, 20_000);
  assert(path.isLong);
  const { link, clock, atServer, serverSessions } = path.simulation;
  const message = new Uint8Array(400_000).fill(7);
  path.client.openFlow(metadata).write(message);
  clock.advance(60);
  assert(path.client.congestion.outstanding > 4000);
  link.conditions = { latency: 20, mtu: 1200 };
  path.simulation.until(() => atServer.messages.length === 1);
  assert.deepEqual(atServer.messages, [message]);
  assert(path.isShort);
  // What was cut for long packets came in parts of one, and was read.
  assert.equal(serverSessions[0]!.dropped, 0);
  path.simulation.close();
});

for (const again of [true, false]) {
  const name = again ? "the path may be asked again" : "no path may be asked for now";
  Deno.test(`what was cut for long packets reaches a peer that reads no parts of packets, where ${name}`, () => {
    // As rtmfp-cpp's clients at the time of writing.
    const { addFragment } = PacketFragments.prototype;
    PacketFragments.prototype.addFragment = () => undefined;
    try {
      const path = new Path({ latency: 20 }, { nat: true });
      path.send(1, 20_000);
      const { clock, atServer, atClient, server } = path.simulation;
      const [session] = server.sessions;
      assert(session);
      const message = new Uint8Array(400_000).fill(7);
      session.openFlow(metadata).write(new Uint8Array(20_000));
      clock.advance(5000);
      assert.equal(session.path.packet, packetOf(LONGEST));
      atClient.messages.length = 0;
      session.openFlow(metadata).write(message);
      clock.advance(60);
      assert(session.congestion.outstanding > 4000);
      if (!again) assert(server.probedHosts.tryProbe("203.0.113.99", clock.now()));
      path.simulation.rebind({ host: "203.0.113.99", port: 60_000 });
      path.client.openFlow(metadata).write(new Uint8Array(10));
      path.simulation.until(() => atClient.messages.length === 1);
      assert.deepEqual(atClient.messages, [message]);
      assert.equal(atServer.moves.length, 1);
      assert.equal(session.path.packet, packetOf(again ? LONGEST : 1200));
      path.simulation.close();
    } finally {
      PacketFragments.prototype.addFragment = addFragment;
    }
  });
}

Deno.test("eight long packets lost by chance make the path be asked once more", () => {
  const path = new Path({ latency: 20 });
  path.send(1, 20_000);
  const { link } = path.simulation;
  let unlucky = 8;
  const seen = link.filter!;
  const limits = new Set<number>();
  link.filter = (datagram, from, to) => {
    limits.add(path.client.path.packet);
    return seen(datagram, from, to) && !(datagram.length > 1200 && unlucky-- > 0);
  };
  path.send(10, 20_000);
  assert(unlucky < 0);
  assert.deepEqual([...limits], [packetOf(LONGEST), packetOf(1200)], "it is short meanwhile");
  assert(path.isLong);
  path.simulation.close();
});

Deno.test("after a move the new path is asked before long packets take it", () => {
  const path = new Path({ latency: 20 }, { nat: true });
  path.send(1, 20_000);
  assert(path.isLong);
  const { link, server, atServer } = path.simulation;
  const [session] = server.sessions;
  assert(session);
  session.openFlow(metadata).write(new Uint8Array(20_000));
  path.simulation.clock.advance(5000);
  assert.equal(session.path.packet, packetOf(LONGEST));
  link.conditions = { latency: 20, mtu: 1200 };
  path.simulation.rebind({ host: "203.0.113.99", port: 60_000 });
  path.client.openFlow(metadata).write(new Uint8Array(10));
  path.simulation.until(() => atServer.moves.length === 1);
  assert.equal(session.path.packet, packetOf(1200));
  path.simulation.close();
});

Deno.test("a session that ends at once asks nothing any more", () => {
  const path = new Path({ latency: 20 });
  path.client.openFlow(metadata).write(new Uint8Array(20_000));
  path.client.close();
  path.simulation.clock.advance(20_000);
  assert(path.lengths.length > 0 && path.lengths.every((length) => length <= 1200));
  path.simulation.close();
});

Deno.test("the reply to another ping proves nothing of the path", () => {
  const path = new Path({ latency: 20, mtu: 1200 });
  path.client.openFlow(metadata).write(new Uint8Array(20_000));
  assert(!path.client.path.verify(new Uint8Array(16)));
  path.simulation.clock.advance(30);
  assert(!path.client.path.verify(new Uint8Array(16)));
  assert(!path.client.path.verify(new Uint8Array(0)));
  path.simulation.clock.advance(30_000);
  assert(path.isShort);
  path.simulation.close();
});
