import assert from "node:assert/strict";
import { ByteWriter, hex } from "../../src/bytes/mod.ts";
import { GROUP_METADATA } from "../../src/protocols/rtmfp/flash/metadata.ts";
import type { SendFlow } from "../../src/protocols/rtmfp/mod.ts";
import { TestServer } from "../script/support.ts";
import {
  createStream,
  type FlashClient,
  FlashServer,
  publish,
  serverAddress,
} from "./flash_client.ts";
import { GUARD } from "../support/guard.ts";

const URL_OF_ROOT = "rtmfp://198.51.100.1/";

/** Clients over a simulated network, at a server whose root application is this Lua text. */
async function scripted(
  main: string,
  run: (server: FlashServer, script: TestServer) => void,
): Promise<void> {
  using script = new TestServer(main);
  const server = new FlashServer({ latency: 10 }, {}, script);
  run(server, script);
  await server.close();
}

interface Info {
  readonly code: string;
  readonly description: string;
}

/** The code and the words of the last status or error that a client got. */
function lastInfo(client: FlashClient): [code: string, description: string] {
  const { code, description } = client.calls.at(-1)?.[3] as unknown as Info;
  return [code, description];
}

Deno.test("a client calls functions of its script over RTMFP, and the script calls the client", async () => {
  const main = `function onConnection(client)
    function client:sum(a, b) return a + b end
    function client:fail() error("no such luck") end
    function client:shout(text) self.writer:writeInvocation("heard", text, { loud = true }) end
  end`;
  await scripted(main, (server) => {
    const client = server.connected(5000, URL_OF_ROOT);
    const answered = (name: string, transaction: number, ...args: unknown[]) => {
      const { length } = client.calls;
      client.command(0, name, transaction, null, ...args);
      server.until(() => client.calls.length > length);
      return client.calls.at(-1);
    };
    assert.deepEqual(answered("sum", 7, 2, 3), ["_result", 7, null, 5]);
    assert.equal(answered("fail", 8)?.[0], "_error");
    assert.equal(lastInfo(client)[0], "NetConnection.Call.Failed");
    assert.match(lastInfo(client)[1], /no such luck$/);
    assert.equal(answered("nothing", 9)?.[0], "_error");
    assert.deepEqual(lastInfo(client), [
      "NetConnection.Call.Failed",
      "Method client 'nothing' not found in application /",
    ]);
    const [name, , , text, how] = answered("shout", 0, "hello") ?? [];
    assert.deepEqual([name, text, { ...how as object }], ["heard", "hello", { loud: true }]);
  });
});

Deno.test("what a script refuses over RTMFP has the codes and words of the references", async () => {
  await scripted(GUARD, (server) => {
    const refused: [query: string, description: string][] = [
      ["", "client rejected"],
      ["?user=ben", "you are not Tom!"],
    ];
    refused.forEach(([query, description], index) => {
      const client = server.client(5000 + index);
      client.connect(URL_OF_ROOT + query);
      server.until(() => client.closed);
      assert.deepEqual(client.statuses, ["NetConnection.Connect.Rejected", "close"]);
      assert.equal((client.calls[0]?.[3] as unknown as Info).description, description);
    });
    const missing = server.client(5010);
    missing.connect("rtmfp://198.51.100.1/no/such");
    server.until(() => missing.closed);
    assert.deepEqual(missing.statuses, ["NetConnection.Connect.InvalidApp", "close"]);

    const client = server.connected(5020, `${URL_OF_ROOT}?user=tom`);
    const ask = (command: string, name: string) => {
      const stream = createStream(server, client);
      const { length } = client.statuses;
      client.command(stream, command, 0, null, name);
      server.until(() => client.statuses.length > length);
      return lastInfo(client);
    };
    assert.deepEqual(ask("publish", "mine"), [
      "NetStream.Publish.Failed",
      "no rights to publish it",
    ]);
    assert.deepEqual(ask("publish", "theirs"), [
      "NetStream.Publish.Failed",
      "Not allowed to publish theirs",
    ]);
    assert.deepEqual(ask("play", "mine"), ["NetStream.Play.Failed", "no rights to play it"]);
    assert.deepEqual(ask("play", "theirs"), [
      "NetStream.Play.Failed",
      "Not authorized to play theirs",
    ]);
    publish(server, server.connected(5021, `${URL_OF_ROOT}?user=tom`), "free");
    assert.deepEqual(ask("publish", "free"), [
      "NetStream.Publish.BadName",
      "free is already publishing",
    ]);
  });
});

const GROUP = new Uint8Array(32).fill(0x22);
const PEER = "11".repeat(32);

function join(client: FlashClient): SendFlow {
  const flow = client.session?.openFlow(GROUP_METADATA) ?? assert.fail();
  flow.write(new ByteWriter().u8(1).vlu(32).bytes(GROUP).take());
  return flow;
}

const idOf = (client: FlashClient) => hex(client.endpoint.identity.certificate.fingerprint);

Deno.test("a script sees who joins and leaves a NetGroup, and who is in it", async () => {
  const main = `seen = {}
  function onJoinGroup(client, group) seen[#seen + 1] = { "join", client.id, group.id, #group } end
  function onUnjoinGroup(client, group) seen[#seen + 1] = { "unjoin", client.id, #group } end`;
  await scripted(main, (server, script) => {
    const [one, other] = [5000, 5001].map((port) => server.connected(port, URL_OF_ROOT));
    assert(one && other);
    const flow = join(one);
    join(other);
    server.clock.advance(100);
    const [size, called, ids] = script.run(`local group, ids = mona.groups("${hex(GROUP)}"), {}
      for _, client in ipairs(group) do ids[#ids + 1] = client.id end
      return group.size, group:size(), ids, #mona.groups`);
    assert.deepEqual([size, called, ids], [2, 2, [idOf(one), idOf(other)]]);
    flow.close();
    server.clock.advance(100);
    other.session?.close();
    server.clock.advance(100);
    assert.deepEqual(script.run("return seen, #mona.groups"), [[
      ["join", idOf(one), hex(GROUP), 1],
      ["join", idOf(other), hex(GROUP), 2],
      ["unjoin", idOf(one), 1],
      ["unjoin", idOf(other), 0],
    ], 0]);
  });
});

Deno.test("a member that a script adds is told to those who are there, until it is released or collected", async () => {
  await scripted("", (server, script) => {
    const client = (port: number) => {
      const connected = server.connected(port, URL_OF_ROOT);
      join(connected);
      server.clock.advance(100);
      return connected;
    };
    const told = (who: FlashClient) => who.groupMessages.map(hex);
    const first = client(5000);
    for (const end of ["m:release()", "m = nil collectgarbage() collectgarbage()"]) {
      first.groupMessages.length = 0;
      script.run(`m = mona.groups:join("${PEER}", "${hex(GROUP)}")`);
      server.clock.advance(100);
      assert.deepEqual(told(first), ["0b" + PEER]);
      const while_ = client(end === "m:release()" ? 5001 : 5003);
      assert(told(while_).includes("0b" + PEER));
      script.run(end);
      server.clock.advance(100);
      const after = client(end === "m:release()" ? 5002 : 5004);
      assert(told(after).length > 0 && !told(after).includes("0b" + PEER));
    }
  });
});

/** Hosts and ports that a client's datagrams went to, the server's aside. */
function asked(server: FlashServer): Set<string> {
  const found = new Set<string>();
  server.link.filter = (_datagram, from, to) => {
    if (from.host === "203.0.113.7" && to.host !== serverAddress.host) {
      found.add(`${to.host}:${to.port}`);
    }
    return true;
  };
  return found;
}

Deno.test("a script sends clients that look for a stranger to other servers, singly or in lists", async () => {
  const main = `function onRendezVousUnknown(protocol, id)
    who = protocol .. #id
    return "203.0.113.50", { "203.0.113.51:7000", { "203.0.113.52" } }
  end`;
  await scripted(main, (server, script) => {
    const client = server.connected(5000, URL_OF_ROOT);
    const found = asked(server);
    client.meet(new Uint8Array(32).fill(5));
    server.clock.advance(200);
    assert.deepEqual([...found].sort(), [
      "203.0.113.50:1935",
      "203.0.113.51:7000",
      "203.0.113.52:1935",
    ]);
    assert.deepEqual(script.run("return who"), ["RTMFP32"]);
  });
});

Deno.test("a script sends newcomers elsewhere and takes them at another attempt: again is here", async () => {
  const main = `function onHandshake(address, path, properties, attempts)
    last = address .. path .. attempts
    if attempts == 1 then return { properties.to, "203.0.113.61:1936" }, "again" end
  end`;
  await scripted(main, (server, script) => {
    const found = asked(server);
    const client = server.client(5000);
    client.connect(`${URL_OF_ROOT}?to=203.0.113.60`);
    server.until(() => client.statuses.length > 0);
    assert.deepEqual(client.statuses, ["NetConnection.Connect.Success"]);
    assert.deepEqual([...found].sort(), ["203.0.113.60:1935", "203.0.113.61:1936"]);
    assert.deepEqual(script.run("return last"), ["203.0.113.7:50002"]);
  });
});

Deno.test("writer.reliable decides whether what is lost is sent again", async () => {
  for (const reliable of [true, false]) {
    await scripted("function onConnection(client) w = client.writer end", (server, script) => {
      const client = server.connected(5000, URL_OF_ROOT);
      server.clock.advance(2000);
      server.link.filter = (_datagram, from) => from.port !== serverAddress.port;
      script.run(`w.reliable = ${reliable} w:writeInvocation("lost")`);
      server.clock.advance(1);
      server.link.filter = undefined;
      script.run(`w:writeInvocation("kept")`);
      server.clock.advance(10_000);
      assert.deepEqual(client.statuses, reliable ? ["lost", "kept"] : ["kept"]);
    });
  }
});

Deno.test("a script's own writer is a flow: what was lost on another one does not hold it back", async () => {
  const main = "function onConnection(client) w = client.writer n = w:newFlowWriter() end";
  await scripted(main, (server, script) => {
    const client = server.connected(5000, URL_OF_ROOT);
    server.clock.advance(2000);
    const flows = client.flows.length;
    server.link.filter = (_datagram, from) => from.port !== serverAddress.port;
    script.run(`w:writeInvocation("first")`);
    server.clock.advance(1);
    server.link.filter = undefined;
    script.run(`n:writeInvocation("second")`);
    server.clock.advance(20);
    assert.deepEqual(client.statuses, ["second"]);
    assert.equal(client.flows.length, flows + 1);
    server.clock.advance(10_000);
    assert.deepEqual(client.statuses, ["second", "first"]);
    script.run("n:close()");
    server.clock.advance(1000);
    assert.equal(client.closed, false);
    assert.equal(client.flows.filter((flow) => flow.isOpen).length, flows);
  });
});

Deno.test("flush(false) of a script sends full packets and keeps the last one for flush()", async () => {
  await scripted("function onConnection(client) w = client.writer end", (server, script) => {
    const client = server.connected(5000, URL_OF_ROOT);
    server.clock.advance(2000);
    const sizes: number[] = [];
    server.link.filter = (datagram, from) => {
      if (from.port === serverAddress.port) sizes.push(datagram.length);
      return true;
    };
    script.run(`for i = 1, 3 do w:writeInvocation("a", ("x"):rep(500)) end w:flush(false)`);
    assert.equal(sizes.length, 1, `${sizes}`);
    assert(sizes[0]! > 1000, `${sizes}`);
    script.run(`w:flush()`);
    assert.equal(sizes.length, 2);
    server.clock.advance(1000);
    assert.deepEqual(client.statuses, ["a", "a", "a"]);
  });
});
