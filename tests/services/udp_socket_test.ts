import assert from "node:assert/strict";
import { systemClock } from "../../src/base/mod.ts";
import { Turns } from "../../src/net/mod.ts";
import { type Endpoint, parseEndpoint, UdpSocket } from "../../src/services/mod.ts";

/** Those of the test that runs: none of its timers is left to the next one. */
let turns = new Turns(systemClock);
const common = {
  clock: systemClock,
  get turns() {
    return turns;
  },
};

function udpTest(
  name: string,
  run: (test: Deno.TestContext) => Promise<void> | void,
  options: { readonly sanitizeOps?: boolean } = {},
): void {
  Deno.test({
    name,
    ...options,
    async fn(test) {
      turns = new Turns(systemClock);
      try {
        await run(test);
      } finally {
        turns.close();
      }
    },
  });
}

function bound(hostname = "127.0.0.1", allowBroadcast = false) {
  const errors: string[] = [];
  const socket = new UdpSocket({
    ...common,
    allowBroadcast,
    onError: (reason) => errors.push(reason),
  });
  assert.equal(socket.bind({ hostname, port: 0 }), undefined);
  return { socket, errors, at: parseEndpoint(socket.address!, undefined, "") as Endpoint };
}

function next(socket: UdpSocket): Promise<[number[], string]> {
  return new Promise((resolve) => {
    socket.onPacket = (bytes, address) => resolve([[...bytes], address]);
  });
}

udpTest("a datagram arrives byte for byte, with the sender's address", async () => {
  const [a, b] = [bound(), bound()];
  const packet = next(b.socket);
  const bytes = Uint8Array.from({ length: 1500 }, (_, i) => i % 256);
  assert.equal(a.socket.send(bytes, b.at), undefined);
  assert.deepEqual(await packet, [[...bytes], a.socket.address]);
  a.socket.close();
  b.socket.close();
  assert.equal(a.socket.address, undefined);
});

udpTest("a socket that was never bound sends, and receives the answer", async () => {
  const server = bound();
  server.socket.onPacket = (bytes, address) => {
    server.socket.send(bytes.slice().reverse(), parseEndpoint(address, undefined, "")!);
  };
  const socket = new UdpSocket({ ...common, allowBroadcast: false, onError: assert.fail });
  const answer = next(socket);
  assert.equal(
    socket.send(Uint8Array.of(1, 2), { ...server.at, hostname: "localhost" }),
    undefined,
  );
  assert.deepEqual((await answer)[0], [2, 1]);
  socket.close();
  server.socket.close();
});

udpTest("a connected socket sends to its peer and hears only that one", async () => {
  const [a, b, stranger] = [bound(), bound(), bound()];
  assert.match(a.socket.send(Uint8Array.of(0))!, /an address is needed/);
  assert.equal(a.socket.connect({ ...b.at, hostname: "localhost" }), undefined);
  const atB = next(b.socket);
  a.socket.send(Uint8Array.of(1));
  assert.deepEqual((await atB)[0], [1]);
  assert.equal(a.socket.peerAddress, b.socket.address);
  const atA = next(a.socket);
  stranger.socket.send(Uint8Array.of(2), a.at);
  b.socket.send(Uint8Array.of(3), a.at);
  assert.deepEqual((await atA)[0], [3]);
  a.socket.disconnect();
  assert.equal(a.socket.peerAddress, undefined);
  for (const { socket } of [a, b, stranger]) socket.close();
});

udpTest("broadcast addresses are refused unless the socket was made for them", async () => {
  const plain = bound("0.0.0.0");
  const broadcast = bound("0.0.0.0", true);
  const own = Deno.networkInterfaces().find(({ family, netmask }) =>
    family === "IPv4" && netmask === "255.0.0.0"
  );
  const addresses = ["255.255.255.255", ...own ? ["127.255.255.255"] : []];
  for (const hostname of addresses) {
    const to = { hostname, port: plain.at.port };
    assert.match(plain.socket.send(Uint8Array.of(1), to)!, /is a broadcast address/);
    assert.match(plain.socket.connect(to)!, /is a broadcast address/);
  }
  const packet = next(plain.socket);
  const to = { hostname: addresses.at(-1)!, port: plain.at.port };
  assert.equal(broadcast.socket.send(Uint8Array.of(7), to), undefined);
  if (own) assert.deepEqual((await packet)[0], [7]);
  plain.socket.close();
  broadcast.socket.close();
});

udpTest("what goes wrong with a datagram later is told, and the socket stays", async () => {
  const { promise: told, resolve } = Promise.withResolvers<string>();
  const socket = new UdpSocket({ ...common, allowBroadcast: false, onError: resolve });
  assert.equal(socket.send(new Uint8Array(1), { hostname: "no.such.invalid", port: 9 }), undefined);
  assert.match(await told, /no\.such\.invalid|ENOTFOUND|getaddrinfo/);
  assert.equal(socket.isActive, true);
  socket.close();
});

udpTest("a datagram that cannot be sent is an answer, not an exception", () => {
  const { socket } = bound();
  const to = { hostname: "127.0.0.1", port: 9 };
  assert.match(socket.send(new Uint8Array(1), { ...to, port: 0 })!, /port 0/);
  assert.match(socket.bind(to)!, /bound already/);
  assert.match(socket.send(new Uint8Array(9_000_000), to)!, /on their way/);
  socket.close();
  const other = new UdpSocket({ ...common, allowBroadcast: false, onError: assert.fail });
  assert.match(other.bind({ hostname: "192.0.2.1", port: 0 })!, /./);
  assert.match(other.bind({ hostname: "example.com", port: 0 })!, /no address to bind to/);
});

udpTest("datagrams travel over IPv6", async () => {
  const [a, b] = [bound("::1"), bound("::1")];
  const packet = next(b.socket);
  a.socket.connect({ hostname: "0:0:0:0:0:0:0:1", port: b.at.port });
  a.socket.send(Uint8Array.of(6));
  assert.deepEqual(await packet, [[6], a.socket.address]);
  const answer = next(a.socket);
  b.socket.send(Uint8Array.of(66), a.at);
  assert.deepEqual((await answer)[0], [66]);
  a.socket.close();
  b.socket.close();
});

udpTest("a UDP port that a script closes is its again in the same turn", async () => {
  const { socket, at } = bound();
  socket.close();
  assert.equal(socket.bind(at), undefined);
  const packet = next(socket);
  assert.equal(socket.send(Uint8Array.of(4), at), undefined);
  assert.deepEqual(await packet, [[4], socket.address]);
  socket.close();
});

/** Sends ten datagrams in one turn and says in which order they arrive. */
async function orderOf(send: (bytes: Uint8Array) => string | undefined, to: UdpSocket) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const order: number[] = [];
  to.onPacket = ([number]) => {
    order.push(number as number);
    if (order.length === 10) resolve();
  };
  for (let i = 0; i < 10; i++) assert.equal(send(Uint8Array.of(i)), undefined);
  await promise;
  return order;
}

const IN_ORDER = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

udpTest("datagrams of one turn arrive in the order they were sent", async (test) => {
  const unbound = () => new UdpSocket({ ...common, allowBroadcast: true, onError: assert.fail });
  const to = bound();
  const named = { ...to.at, hostname: "localhost" };
  await test.step("by address", async () => {
    const from = bound().socket;
    assert.deepEqual(await orderOf((bytes) => from.send(bytes, to.at), to.socket), IN_ORDER);
    from.close();
  });
  await test.step("by name", async () => {
    const from = bound().socket;
    assert.deepEqual(await orderOf((bytes) => from.send(bytes, named), to.socket), IN_ORDER);
    from.close();
  });
  await test.step("by a socket that is not bound", async () => {
    const from = unbound();
    assert.deepEqual(await orderOf((bytes) => from.send(bytes, to.at), to.socket), IN_ORDER);
    from.close();
  });
  await test.step("to a peer by name", async () => {
    const from = unbound();
    from.connect(named);
    assert.deepEqual(await orderOf((bytes) => from.send(bytes), to.socket), IN_ORDER);
    from.close();
  });
  await test.step("as a broadcast", async () => {
    const everywhere = bound("0.0.0.0");
    const from = unbound();
    const at = { hostname: "127.255.255.255", port: everywhere.at.port };
    assert.deepEqual(await orderOf((bytes) => from.send(bytes, at), everywhere.socket), IN_ORDER);
    from.close();
    everywhere.socket.close();
  });
  await test.step("as answers", async () => {
    const from = unbound();
    to.socket.onPacket = (_bytes, address) => {
      const back = parseEndpoint(address, undefined, "") as Endpoint;
      for (const number of IN_ORDER) to.socket.send(Uint8Array.of(number), back);
    };
    const order: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    from.onPacket = ([number]) => {
      if (order.push(number as number) === 10) resolve();
    };
    from.send(Uint8Array.of(0), to.at);
    await promise;
    assert.deepEqual(order, IN_ORDER);
    from.close();
  });
  to.socket.close();
});

udpTest("a name that takes long to look up holds no datagram to an address", async () => {
  const [from, to] = [bound(), bound()];
  const packet = next(to.socket);
  from.socket.send(Uint8Array.of(1), { hostname: "no.such.name.invalid", port: 9 });
  from.socket.send(Uint8Array.of(2), to.at);
  assert.deepEqual((await packet)[0], [2]);
  from.socket.close();
  to.socket.close();
  // The system goes on looking.
}, { sanitizeOps: false });

Deno.test("a flood of datagrams leaves others their turn", async () => {
  const turns = new Turns(systemClock);
  const socket = new UdpSocket({
    clock: systemClock,
    turns,
    allowBroadcast: false,
    onError: assert.fail,
  });
  assert.equal(socket.bind({ hostname: "127.0.0.1", port: 0 }), undefined);
  const order: string[] = [];
  const done = Promise.withResolvers<void>();
  const other = turns.share(() => {
    order.push("other");
    return false;
  });
  socket.onPacket = () => {
    if (order.push("packet") === 1) other.ask();
    for (const until = performance.now() + 5; performance.now() < until;);
    if (order.length === 9) done.resolve();
  };
  const sender = bound();
  const at = parseEndpoint(socket.address!, undefined, "") as Endpoint;
  for (let i = 0; i < 8; i++) sender.socket.send(Uint8Array.of(i), at);
  await done.promise;
  assert.ok(order.indexOf("other") <= 3, order.join());
  socket.close();
  sender.socket.close();
  turns.close();
});
