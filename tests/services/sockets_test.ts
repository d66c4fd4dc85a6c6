import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import fc from "fast-check";
import { systemClock } from "../../src/base/mod.ts";
import { BanList } from "../../src/hub/mod.ts";
import { WriteScheduler } from "../../src/net/mod.ts";
import {
  type Endpoint,
  parseEndpoint,
  type SocketOptions,
  TcpClient,
  TcpServer,
} from "../../src/services/mod.ts";

const HOST = "127.0.0.1";

/** A test with a scheduler of its own: a timer that it still has is none of the next test's. */
function socketTest(name: string, run: (options: SocketOptions) => Promise<void> | void): void {
  Deno.test(name, async () => {
    const scheduler = new WriteScheduler(systemClock);
    try {
      await run({ clock: systemClock, scheduler });
    } finally {
      // What is closed says so to its peer in the scheduler's next round, then the runtime knows.
      for (let i = 0; i < 3; i++) {
        await new Promise<void>((resolve) => void systemClock.after(0, resolve));
      }
      scheduler.close();
    }
  });
}

function startServer(
  options: SocketOptions,
  onConnection: (client: TcpClient) => void,
  gate = new BanList(),
) {
  const server = new TcpServer({ ...options, gate, onError: assert.fail });
  server.onConnection = onConnection;
  assert.equal(server.start({ hostname: HOST, port: 0 }), undefined);
  return { server, at: parseEndpoint(server.address!, undefined, "") as Endpoint };
}

/** Sends everything back and closes when the peer does. */
function echo(client: TcpClient): void {
  client.events = {
    onData(bytes) {
      client.send(bytes.slice());
      return 0;
    },
    onDisconnection() {},
  };
}

/** An address that nobody listens on. */
async function freeAddress(options: SocketOptions): Promise<Endpoint> {
  const { server, at } = startServer(options, echo);
  server.close();
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  return at;
}

/** Collects what comes until the connection is over. */
function collect(client: TcpClient, wanted = Infinity): Promise<Uint8Array> {
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  let bytes = new Uint8Array(0);
  client.events = {
    onData(more) {
      const joined = new Uint8Array(bytes.length + more.length);
      joined.set(bytes);
      joined.set(more, bytes.length);
      bytes = joined;
      if (bytes.length >= wanted) client.disconnect();
      return 0;
    },
    onDisconnection: () => resolve(bytes),
  };
  return promise;
}

socketTest("a TCP client gets every byte back that an echo server was sent", async (options) => {
  const { server, at } = startServer(options, echo);
  const sent = Uint8Array.from({ length: 300_000 }, (_, i) => i * 7 % 256);
  const client = new TcpClient(options);
  const received = collect(client, sent.length);
  assert.equal(client.connect(at), undefined);
  assert.equal(client.isConnected, false);
  for (let i = 0; i < sent.length; i += 50_000) client.send(sent.slice(i, i + 50_000));
  assert.deepEqual(await received, sent);
  assert.equal(client.error, undefined);
  assert.equal(client.isConnected, false);
  assert.equal(client.address, undefined);
  server.close();
});

socketTest("what a script leaves unconsumed comes again before the next bytes", async (options) => {
  const given: string[] = [];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const { server, at } = startServer(options, (client) => {
    client.events = {
      onData(bytes) {
        const text = new TextDecoder().decode(bytes);
        given.push(text);
        client.send(bytes.slice(0, 1));
        return text.length - text.lastIndexOf("\n") - 1;
      },
      onDisconnection: resolve,
    };
  });
  const conn = await Deno.connect(at);
  for (const text of ["a\nb", "c", "d\n\n", "e"]) {
    await conn.write(new TextEncoder().encode(text));
    await conn.read(new Uint8Array(1));
  }
  conn.close();
  await done;
  assert.deepEqual(given, ["a\nb", "bc", "bcd\n\n", "e"]);
  server.close();
});

Deno.test("a stream is the same however it is cut and however much is left over", async () => {
  const { ReceiveBuffer } = await import("../../src/services/sockets/receive_buffer.ts");
  const parts = fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(30)));
  fc.assert(fc.property(parts, (list) => {
    const buffer = new ReceiveBuffer();
    let expected: number[] = [];
    for (const [bytes, rest] of list) {
      expected = [...expected, ...bytes];
      assert.deepEqual([...buffer.add(bytes)!], expected);
      buffer.keep(rest);
      expected = rest === 0 ? [] : expected.slice(-rest);
      assert.equal(buffer.size, expected.length);
    }
  }));
});

socketTest("a script that consumes nothing of an endless stream is cut", async (options) => {
  const { promise: over, resolve } = Promise.withResolvers<string | undefined>();
  const { server, at } = startServer(options, (client) => {
    client.events = {
      onData: (bytes) => bytes.length,
      onDisconnection: () => resolve(client.error),
    };
  });
  const conn = await Deno.connect(at);
  const block = new Uint8Array(1_000_000);
  try {
    for (;;) {
      let at = 0;
      while (at < block.length) at += await conn.write(block.subarray(at));
    }
  } catch {
    // Cut, as it should be.
  }
  assert.match((await over)!, /the script leaves \d+ bytes unconsumed/);
  conn.close();
  server.close();
});

socketTest("a peer that does not read is cut when too much is queued, once", async (options) => {
  const events: (string | undefined)[] = [];
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const { server, at } = startServer(options, (client) => {
    client.events = {
      onData: () => 0,
      onDisconnection() {
        events.push(client.error);
        resolve();
      },
    };
    for (let i = 0; i < 20; i++) client.send(new Uint8Array(1_000_000));
  });
  const conn = await Deno.connect(at);
  await over;
  assert.deepEqual(events.map((error) => error?.replace(/\d+/, "N")), [
    "the peer does not read: N bytes queued",
  ]);
  conn.close();
  server.close();
});

socketTest(
  "a TCP client that finds nobody is told so by an event, with the reason",
  async (options) => {
    const at = await freeAddress(options);
    const client = new TcpClient(options);
    const bytes = collect(client);
    assert.equal(client.connect(at), undefined);
    assert.equal(client.connect(at), "the socket is connected already");
    assert.equal((await bytes).length, 0);
    assert.match(client.error!, /refused/i);
    assert.equal(client.send(new Uint8Array(1)), "the socket is not connected");
  },
);

socketTest("a TCP client connects again from its own onDisconnection", async (options) => {
  let connections = 0;
  const { server, at } = startServer(options, (client) => {
    connections++;
    client.send(Uint8Array.of(connections));
    client.disconnect();
  });
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const client = new TcpClient(options);
  const seen: number[] = [];
  client.events = {
    onData(bytes) {
      seen.push(...bytes);
      return 0;
    },
    onDisconnection() {
      if (seen.length < 3) assert.equal(client.connect(at), undefined);
      else resolve();
    },
  };
  client.connect(at);
  await done;
  assert.deepEqual(seen, [1, 2, 3]);
  server.close();
});

socketTest(
  "disconnecting gives up an attempt, and ends a connection from inside onData",
  async (options) => {
    const { server, at } = startServer(options, echo);
    const client = new TcpClient(options);
    let disconnections = 0;
    const { promise: data, resolve } = Promise.withResolvers<void>();
    client.events = {
      onData() {
        client.disconnect();
        resolve();
        return 5;
      },
      onDisconnection: () => disconnections++,
    };
    client.connect(at);
    client.disconnect();
    client.disconnect();
    assert.equal(disconnections, 1);
    client.connect(at);
    client.send(new Uint8Array(10));
    await data;
    assert.equal(disconnections, 2);
    assert.equal(client.isActive, false);
    server.close();
  },
);

socketTest("hundreds of sockets of one script all get their own bytes", async (options) => {
  const { server, at } = startServer(options, echo);
  const clients = Array.from({ length: 300 }, () => new TcpClient(options));
  const answers = clients.map((client, i) => {
    const answer = collect(client, 2);
    client.connect(at);
    client.send(Uint8Array.of(i >> 8, i & 255));
    return answer;
  });
  const numbers = (await Promise.all(answers)).map(([high, low]) => high! * 256 + low!);
  assert.deepEqual(numbers, clients.map((_, i) => i));
  server.close();
});

for (const [host, name] of [["::1", "::1"], ["127.0.0.1", "localhost"]] as const) {
  socketTest(`a server at ${host} is reached as ${name}`, async (options) => {
    const server = new TcpServer({ ...options, gate: new BanList(), onError: assert.fail });
    server.onConnection = echo;
    assert.equal(server.start({ hostname: host, port: 0 }), undefined);
    const { port } = parseEndpoint(server.address!, undefined, "")!;
    const client = new TcpClient(options);
    const answer = collect(client, 1);
    client.connect({ hostname: name, port });
    client.send(Uint8Array.of(9));
    assert.deepEqual([...await answer], [9], client.error);
    server.close();
  });
}

socketTest("a server says why it does not start", (options) => {
  const { server, at } = startServer(options, echo);
  assert.equal(server.start(at), "the server is running already");
  const other = new TcpServer({ ...options, gate: new BanList(), onError: assert.fail });
  assert.match(other.start(at)!, /in use/);
  assert.match(other.start({ hostname: "example.com", port: 0 })!, /no address to listen on/);
  assert.equal(other.isActive, false);
  server.close();
  assert.equal(server.isActive, false);
});

socketTest("a port that a script closes is its again in the same turn", async (options) => {
  const { server, at } = startServer(options, echo);
  server.close();
  const other = new TcpServer({ ...options, gate: new BanList(), onError: assert.fail });
  other.onConnection = echo;
  assert.equal(other.start(at), undefined);
  assert.equal(other.isActive, true);
  assert.equal(other.address, `${at.hostname}:${at.port}`);
  const answer = await new Promise<number[]>((resolve) => {
    const client = new TcpClient(options);
    client.events = {
      onData(bytes) {
        resolve([...bytes]);
        client.close();
        return 0;
      },
      onDisconnection() {
        client.connect(at);
        client.send(Uint8Array.of(3));
      },
    };
    client.events.onDisconnection();
  });
  assert.deepEqual(answer, [3]);
  other.close();
});

socketTest("a banned peer does not reach a script's server", async (options) => {
  const gate = new BanList();
  gate.ban(HOST);
  const { server, at } = startServer(options, () => assert.fail("accepted"), gate);
  const client = new TcpClient(options);
  const bytes = collect(client);
  client.connect(at);
  assert.equal((await bytes).length, 0);
  server.close();
});

Deno.test("host and port are understood in both styles", () => {
  const cases: [string, number | undefined, string | undefined][] = [
    ["host", 80, "host 80"],
    ["host:80", undefined, "host 80"],
    ["::1", 80, "::1 80"],
    ["[::1]", 80, "::1 80"],
    ["[::1]:80", undefined, "::1 80"],
    ["", 80, "default 80"],
    [":80", undefined, "default 80"],
    ["*", 80, "default 80"],
    ["host", undefined, undefined],
    ["::1:80", undefined, undefined],
    ["host:65536", undefined, undefined],
    ["host", -1, undefined],
    ["host", 1.5, undefined],
    ["host\0.example", 80, undefined],
    ["ho st", 80, undefined],
  ];
  for (const [host, port, wanted] of cases) {
    const found = parseEndpoint(host, port, "default");
    assert.equal(found && `${found.hostname} ${found.port}`, wanted, `${host} ${port}`);
  }
});
