import assert from "node:assert/strict";
import { systemClock } from "../../src/base/mod.ts";
import { formatAddress, listenTcp, type TcpConnection, WriteScheduler } from "../../src/net/mod.ts";

function listen(
  onData: (connection: TcpConnection, bytes: Uint8Array) => void,
  onClosed: (reason: string | undefined) => void,
) {
  const scheduler = new WriteScheduler(systemClock);
  return listenTcp(
    { hostname: "127.0.0.1", port: 0, scheduler, clock: systemClock },
    (connection) => ({ onData: (bytes) => onData(connection, bytes), onClosed }),
  );
}

Deno.test("a TCP server hands over input and writes output back", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<string | undefined>();
  const server = listen((connection, bytes) => connection.outbox.send(bytes.slice()), resolve);
  const client = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await client.write(new TextEncoder().encode("echo"));
  const buffer = new Uint8Array(16);
  const count = await client.read(buffer);
  assert.equal(new TextDecoder().decode(buffer.subarray(0, count!)), "echo");
  client.close();
  assert.equal(await closed, undefined);
  server.close();
});

Deno.test("a TCP connection closes once when its handler throws", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<string | undefined>();
  const server = listen(() => {
    throw new Error("broken handler");
  }, resolve);
  const client = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await client.write(new Uint8Array(1));
  assert.equal(await closed, "broken handler");
  assert.equal(await client.read(new Uint8Array(1)), null);
  client.close();
  server.close();
});

Deno.test("a port that is taken is refused when a second server wants it", () => {
  const server = listen(() => {}, () => {});
  const scheduler = new WriteScheduler(systemClock);
  const options = { hostname: "127.0.0.1", port: server.port, scheduler, clock: systemClock };
  assert.throws(() => listenTcp(options, () => undefined), Deno.errors.AddrInUse);
  server.close();
});

Deno.test("an IPv6 address is written in brackets", () => {
  assert.equal(formatAddress("::1", 1935), "[::1]:1935");
  assert.equal(formatAddress("127.0.0.1", 80), "127.0.0.1:80");
});

Deno.test("a peer of IPv4 has its own address at a port of IPv6", async () => {
  const scheduler = new WriteScheduler(systemClock);
  const accepted = Promise.withResolvers<TcpConnection>();
  const server = listenTcp(
    { hostname: "::", port: 0, scheduler, clock: systemClock },
    (connection) => {
      accepted.resolve(connection);
      return { onData: () => {}, onClosed: () => {} };
    },
  );
  const client = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const { remote, local, outbox } = await accepted.promise;
  const { port } = client.localAddr as Deno.NetAddr;
  assert.deepEqual([remote, local], [`127.0.0.1:${port}`, `127.0.0.1:${server.port}`]);
  outbox.end();
  assert.equal(await client.read(new Uint8Array(1)), null);
  client.close();
  server.close();
});

Deno.test("a peer that is refused is dropped unread, and one refused later is cut", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<string | undefined>();
  let isBanned = false;
  let cut = () => {};
  let watching = 0;
  const gate = {
    isBanned: (host: string) => isBanned && host === "127.0.0.1",
    watch(run: () => void) {
      cut = run;
      watching++;
      return () => void watching--;
    },
  };
  const scheduler = new WriteScheduler(systemClock);
  let accepted = 0;
  const { promise: reading, resolve: onRead } = Promise.withResolvers<void>();
  const server = listenTcp(
    { hostname: "127.0.0.1", port: 0, scheduler, clock: systemClock, gate },
    () => {
      accepted++;
      return { onData: () => onRead(), onClosed: resolve };
    },
  );
  const first = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await first.write(new Uint8Array(1));
  await reading;
  cut();
  isBanned = true;
  cut();
  assert.equal(await closed, "banned");
  await assertEnds(first);
  const second = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await assertEnds(second);
  assert.equal(accepted, 1);
  server.close();
  assert.equal(watching, 0);
});

async function assertEnds(conn: Deno.Conn): Promise<void> {
  assert.equal(await conn.read(new Uint8Array(1)), null);
  conn.close();
}
