import { equal, ok, rejects, throws } from "node:assert/strict";
import { systemClock } from "../../src/base/mod.ts";
import {
  listenTcp,
  openSocketControl,
  type TcpConnection,
  useSocketControl,
  WriteScheduler,
} from "../../src/net/mod.ts";
import { IPPROTO_TCP, TCP_NODELAY } from "../../src/net/native/layout.ts";
import { LibC } from "../../src/net/native/libc.ts";
import { familyAndPort } from "../../src/net/native/socket_address.ts";
import { reach } from "../support/reachable.ts";

const vector = (name: string) =>
  Deno.readTextFileSync(new URL(`../vectors/tls/${name}.pem`, import.meta.url));
const keys = (name: string) => ({ cert: vector(`${name}.cert`), key: vector(`${name}.key`) });
const caCerts = [vector("authority.cert")];

/** A port that speaks TLS; what comes in goes to `onData`, with the connection it came by. */
function listen(onData: (bytes: Uint8Array, connection: TcpConnection) => void = () => {}) {
  const accepted: TcpConnection[] = [];
  const closed: (string | undefined)[] = [];
  const clock = systemClock;
  const scheduler = new WriteScheduler(clock);
  const tls = keys("signed");
  const server = listenTcp(
    { hostname: "127.0.0.1", port: 0, clock, scheduler, tls },
    (connection) => {
      accepted.push(connection);
      return {
        onData: (bytes) => onData(bytes.slice(), connection),
        onClosed: (reason) => void closed.push(reason),
      };
    },
  );
  return { server, accepted, closed };
}

Deno.test("a port with TLS takes connections as soon as it says so", async () => {
  const { server } = listen();
  await server.ready;
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  conn.close();
  server.close();
});

/** The same for the port of node:tls, and for the runtime's, which needs the system's calls. */
function testBoth(name: string, run: () => Promise<void>): void {
  Deno.test(`${name} (node:tls)`, run);
  Deno.test(`${name} (the runtime)`, async () => {
    using control = await openSocketControl();
    useSocketControl(control);
    try {
      await run();
    } finally {
      useSocketControl(undefined);
    }
  });
}

async function secure(port: number): Promise<Deno.TlsConn> {
  return await Deno.startTls(await reach(port) as Deno.TcpConn, { hostname: "localhost", caCerts });
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}

testBoth("bytes go both ways over TLS, in pieces of any size, and an end is told", async () => {
  const { server, accepted, closed } = listen((bytes, { outbox }) => outbox.send(bytes));
  const conn = await secure(server.port);
  ok(accepted[0]!.remote.startsWith("127.0.0.1:"));
  equal(accepted[0]!.local, `127.0.0.1:${server.port}`);
  const sent = crypto.getRandomValues(new Uint8Array(60_000));
  for (let at = 0; at < 1_200_000; at += sent.length) {
    let rest = sent.subarray();
    const writing = (async () => {
      while (rest.length > 0) rest = rest.subarray(await conn.write(rest));
    })();
    const back = new Uint8Array(sent.length);
    for (let got = 0; got < back.length;) got += await conn.read(back.subarray(got)) ?? Infinity;
    await writing;
    ok(back.every((byte, index) => byte === sent[index]));
  }
  accepted[0]!.outbox.end();
  // Without the words of farewell this would be an error: somebody might have cut the stream.
  equal(await conn.read(new Uint8Array(1)), null);
  conn.close();
  await until(() => closed.length === 1);
  server.close();
});

testBoth("every name in SNI, and none, is answered with the certificate of the port", async () => {
  const { server, closed } = listen();
  const shake = async (hostname: string) => {
    const tls = await Deno.startTls(await reach(server.port) as Deno.TcpConn, {
      hostname,
      caCerts,
    });
    try {
      await tls.handshake();
    } finally {
      tls.close();
    }
  };
  await shake("localhost");
  // An address is never sent as a name (RFC 6066 §3); the certificate is for it too.
  await shake("127.0.0.1");
  // It is the client that finds it to be another's: an alert about the name would say so.
  await rejects(() => shake("other.example"), /not valid for name "other.example"/);
  await until(() => closed.length === 3);
  server.close();
});

testBoth("a connection that is dropped in its handshake is over for the peer too", async () => {
  const { server, accepted, closed } = listen();
  for (const hello of [[], [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]]) {
    const conn = await reach(server.port);
    await conn.write(Uint8Array.from(hello));
    await until(() => accepted.length === 1);
    accepted.pop()!.outbox.abort();
    equal(await conn.read(new Uint8Array(1)).catch(() => null), null);
    conn.close();
    await until(() => closed.length === 1);
    closed.pop();
  }
  server.close();
});

testBoth(
  "a peer that leaves, or speaks no TLS, ends its connection with a reason or none",
  async () => {
    const { server, accepted, closed } = listen();
    const gone = await reach(server.port);
    await until(() => accepted.length === 1);
    gone.close();
    await until(() => closed.length === 1);
    const plain = await reach(server.port);
    await plain.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
    await until(() => closed.length === 2);
    ok(closed[1] !== undefined);
    plain.close();
    const secured = await secure(server.port);
    await secured.handshake();
    secured.close();
    await until(() => closed.length === 3);
    server.close();
  },
);

testBoth("a port that is taken and keys that do not fit are known at once", async () => {
  const { server } = listen();
  const clock = systemClock;
  const scheduler = new WriteScheduler(clock);
  const again = (port: number, tls = keys("signed")) => () =>
    listenTcp({ hostname: "127.0.0.1", port, clock, scheduler, tls }, () => undefined);
  await (async () => (await reach(server.port)).close())();
  throws(again(server.port), Deno.errors.AddrInUse);
  throws(again(0, { ...keys("one"), key: keys("two").key }));
  await rejects(server.renew({ ...keys("one"), key: "no key" }));
  const conn = await secure(server.port);
  await conn.handshake();
  conn.close();
  server.close();
});

/** The descriptors of connections to a peer. */
function descriptorsOf(remote: string): number[] {
  using libc = LibC.open();
  return [...libc.sockets()].filter((descriptor) => {
    const peer = libc.peerOf(descriptor);
    return peer !== undefined && familyAndPort(peer).port === Number(remote.split(":")[1]);
  });
}

testBoth("a connection is cut though its peer reads nothing of a write", async () => {
  const { server, accepted, closed } = listen();
  const conn = await secure(server.port);
  await conn.handshake();
  await until(() => accepted.length === 1);
  const { remote, outbox } = accepted[0]!;
  equal(descriptorsOf(remote).length, 1);
  // More than the buffers of both sides hold.
  outbox.send(new Uint8Array(7_900_000));
  let [written, stalls] = [0, 0];
  await until(() => {
    stalls = outbox.written === written ? stalls + 1 : 0;
    written = outbox.written;
    return stalls === 50;
  });
  ok(outbox.isBusy);
  outbox.abort();
  await until(() => descriptorsOf(remote).length === 0);
  conn.close();
  await until(() => closed.length === 1);
  server.close();
});

testBoth("small writes do not wait for the peer's acknowledgement", async () => {
  const { server, accepted } = listen();
  const conn = await secure(server.port);
  await conn.handshake();
  await until(() => accepted.length === 1);
  const [descriptor] = descriptorsOf(accepted[0]!.remote);
  using libc = LibC.open();
  equal(libc.option(descriptor!, IPPROTO_TCP, TCP_NODELAY), 1);
  conn.close();
  server.close();
});
