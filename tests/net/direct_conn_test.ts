import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { systemClock } from "../../src/base/mod.ts";
import {
  listenTcp,
  openSocketControl,
  type TcpConnection,
  useSocketControl,
  WriteScheduler,
} from "../../src/net/mod.ts";
import { DirectConn } from "../../src/net/direct_conn.ts";
import type { DirectWrite, SocketControl } from "../../src/net/socket_control.ts";

const PEERS = 4;
const PARTS = 60;
const PART = 100_000;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const address = (port: number): Deno.NetAddr => ({ transport: "tcp", hostname: "127.0.0.1", port });

/** A connection that notes what goes the runtime's way, and what the system is given at once. */
function setUp(direct: DirectWrite | undefined) {
  const written: string[] = [];
  const conn = {
    localAddr: address(1),
    remoteAddr: address(2),
    write({ length }: Uint8Array) {
      written.push(`runtime ${length}`);
      return Promise.resolve(length);
    },
    close: () => written.push("closed"),
  } as unknown as Deno.TcpConn;
  const control: SocketControl = {
    setNoDelay: () => false,
    cut: () => false,
    writerOf(local, remote) {
      written.push(`look for ${local.port} ${remote.port}`);
      return direct && ((bytes) => {
        written.push(`direct ${bytes.length}`);
        return direct(bytes);
      });
    },
  };
  return { conn: new DirectConn(conn, control), written };
}

Deno.test("a connection that writes often does so at once, and waits the runtime's way", async () => {
  let room = 3;
  const { conn, written } = setUp(() => room);
  for (let count = 0; count < 4; count++) await conn.write(new Uint8Array(9));
  assert.deepEqual(written.splice(0), [
    ...Array(3).fill("runtime 9"),
    "look for 1 2",
    "direct 9",
  ]);
  assert.equal(conn.write(new Uint8Array(7)), 3);
  room = 0;
  assert.equal(await conn.write(new Uint8Array(5)), 5);
  assert.deepEqual(written.splice(0), ["direct 7", "direct 5", "runtime 5"]);
});

Deno.test("a connection that is not found is looked for ever less often", () => {
  const { conn, written } = setUp(undefined);
  const looks: number[] = [];
  for (let count = 1; count <= 40; count++) {
    void conn.write(new Uint8Array(1));
    if (written.splice(0).some((what) => what.startsWith("look"))) looks.push(count);
  }
  assert.deepEqual(looks, [4, 8, 16, 32]);
});

Deno.test("nothing is written at once to a connection that is closed", () => {
  const { conn, written } = setUp(({ length }) => length);
  for (let count = 0; count < 5; count++) void conn.write(new Uint8Array(1));
  conn.close();
  written.splice(0);
  for (let count = 0; count < 100; count++) void conn.write(new Uint8Array(1));
  assert.deepEqual(new Set(written), new Set(["runtime 1"]));
});

Deno.test("all bytes arrive in order at a peer that reads slowly, and each peer gets its own", async () => {
  using control = await openSocketControl();
  useSocketControl(control);
  const connections: TcpConnection[] = [];
  const accepted = Promise.withResolvers<void>();
  const scheduler = new WriteScheduler(systemClock);
  const server = listenTcp(
    { hostname: "127.0.0.1", port: 0, scheduler, clock: systemClock },
    (connection) => {
      if (connections.push(connection) === PEERS) accepted.resolve();
      return { onData: () => {}, onClosed: () => {} };
    },
  );
  try {
    const peers = await Promise.all(
      Array.from({ length: PEERS }, () => Deno.connect({ port: server.port })),
    );
    await accepted.promise;
    const total = PARTS * PART + 10 * PEERS;
    const received = peers.map(async (peer) => {
      const { port } = peer.localAddr as Deno.NetAddr;
      let [at, chunk] = [0, new Uint8Array(70_000)];
      while (at < total) {
        const count = await peer.read(chunk);
        for (const byte of chunk.subarray(0, count ?? 0)) {
          assert.equal(byte, (port + at++) & 0xff);
        }
      }
      assert.equal(at, total);
      peer.close();
    });
    const at = connections.map(() => 0);
    const send = (index: number, size: number) => {
      const { remote, outbox } = connections[index]!;
      const port = Number(remote.slice(remote.lastIndexOf(":") + 1));
      const bytes = Uint8Array.from({ length: size }, (_, byte) => port + at[index]! + byte);
      at[index]! += size;
      outbox.send(bytes);
    };
    // Small ones first, until the descriptors are known; then more than the system's buffers hold.
    for (let round = 0; round < 10 * PEERS; round++) {
      for (let index = 0; index < PEERS; index++) send(index, 1);
      await turn();
    }
    for (let part = 0; part < PARTS; part++) {
      for (let index = 0; index < PEERS; index++) send(index, PART);
    }
    await Promise.all(received);
  } finally {
    useSocketControl(undefined);
    for (const { outbox } of connections) outbox.abort();
    server.close();
  }
});
