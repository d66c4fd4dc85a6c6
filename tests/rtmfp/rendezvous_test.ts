import assert from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import { FlashServer, serverAddress } from "./flash_client.ts";
import { metadata } from "./simulation.ts";

for (const isStatic of [true, false]) {
  const keys = isStatic ? "static" : "ephemeral";
  Deno.test(`two clients with ${keys} keys behind NATs meet through the server`, async () => {
    const server = new FlashServer();
    const one = server.connected(5000);
    const other = server.client(5001, { static: isStatic });
    other.connect("rtmfp://198.51.100.1/live");
    server.until(() => other.statuses.length > 0);
    // A NAT lets in only what comes from where its client has sent to.
    const opened = new Set<string>();
    server.link.filter = (_datagram, from, to) => {
      opened.add(`${from.port}>${to.port}`);
      return to.port === serverAddress.port || from.port === serverAddress.port ||
        opened.has(`${to.port}>${from.port}`);
    };
    one.meet(other.endpoint.identity.certificate.fingerprint);
    server.until(() => one.peers.length > 0 && other.peers.length > 0);
    assert.deepEqual(one.peers[0]?.address, other.address);
    const [peer] = one.peers;
    peer?.openFlow(metadata).write(encodeText("hello"));
    server.until(() => other.heard.some(({ payload }) => payload.length === 0));
    await server.close();
  });
}

Deno.test("a client's own addresses are told beside the one the server sees", async () => {
  const server = new FlashServer();
  const one = server.connected(5000);
  const other = server.connected(5001);
  other.command(0, "setPeerInfo", 0, null, "192.168.7.7:5001", "[2001:db8::9]:5001");
  server.clock.advance(100);
  const asked = new Set<string>();
  server.link.filter = (_datagram, from, to) => {
    if (from.port === 5000) asked.add(to.host);
    return true;
  };
  one.meet(other.endpoint.identity.certificate.fingerprint);
  server.clock.advance(100);
  assert.deepEqual(
    [...asked].sort(),
    ["192.168.7.7", "198.51.100.1", "2001:db8::9", "203.0.113.7"],
  );
  await server.close();
});

Deno.test("a peer that is not here is looked for by the application", async () => {
  const wanted: number[] = [];
  const server = new FlashServer({ latency: 10 }, {
    onRendezVousUnknown: (protocol, peerId) => {
      assert.equal(protocol, "RTMFP");
      wanted.push(peerId.length);
      return ["203.0.113.50", "not an address", "203.0.113.51:7000"];
    },
  });
  const one = server.connected(5000);
  const asked = new Set<string>();
  server.link.filter = (_datagram, from, to) => {
    if (from.port === 5000 && to.host !== serverAddress.host) asked.add(`${to.host}:${to.port}`);
    return true;
  };
  one.meet(new Uint8Array(32).fill(5));
  server.clock.advance(200);
  assert.deepEqual(wanted, [32]);
  assert.deepEqual([...asked].sort(), ["203.0.113.50:1935", "203.0.113.51:7000"]);
  await server.close();
});

Deno.test("a client that asks for an unknown peer gets no answer and gives up", async () => {
  const server = new FlashServer();
  const one = server.connected(5000);
  one.meet(new Uint8Array(32).fill(5));
  server.until(() => one.failed, 200_000);
  assert.equal(one.peers.length, 0);
  await server.close();
});

Deno.test("a peer that has left, or was never accepted, is not there to be met", async () => {
  const server = new FlashServer();
  const one = server.connected(5000);
  const other = server.connected(5001);
  other.session?.close();
  server.clock.advance(1000);
  one.meet(other.endpoint.identity.certificate.fingerprint);
  server.until(() => one.failed, 200_000);
  await server.close();
});

Deno.test("an application may send clients elsewhere, counting their attempts", async () => {
  const seen: unknown[][] = [];
  const server = new FlashServer({ latency: 10 }, {
    onHandshake: ({ protocol, address, path, properties, attempts }) => {
      seen.push([protocol, address, path, properties.get("a"), attempts]);
      return attempts < 3 ? ["203.0.113.50:1936"] : undefined;
    },
  });
  const client = server.client(5000);
  client.connect("rtmfp://198.51.100.1/games/chess?a=1");
  server.until(() => client.statuses.length > 0);
  assert.deepEqual(
    seen,
    [1, 2, 3].map((n) => ["RTMFP", "203.0.113.7:5000", "/games/chess", "1", n]),
  );
  await server.close();
});

Deno.test("again means this server's own public address", async () => {
  const server = new FlashServer({ latency: 10 }, {
    onHandshake: ({ attempts }) => attempts === 1 ? ["203.0.113.50:1936", "again"] : undefined,
  });
  const client = server.client(5000);
  const asked: string[] = [];
  server.link.filter = (_datagram, from, to) => {
    if (from.port === 5000) asked.push(to.host);
    return true;
  };
  client.connect("rtmfp://198.51.100.1/live");
  server.until(() => client.statuses.length > 0);
  assert.deepEqual(asked.slice(0, 2), ["198.51.100.1", "203.0.113.50"]);
  await server.close();
});
