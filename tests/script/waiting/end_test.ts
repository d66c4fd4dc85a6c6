import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { ValueReader } from "../../../src/codecs/mod.ts";
import { Client, Refusal } from "../../../src/hub/mod.ts";
import { settled } from "../../support/decided.ts";
import { TestServer } from "../support.ts";
import { ask } from "./ask.ts";

const SLOW = `log = log or {}
function onConnection(client)
  function client:slow()
    local guard <close> = setmetatable({}, { __close = function() INFO("closed") end })
    mona:wait(3000)
    INFO("never")
    return 1
  end
  function client:quick() return 2 end
end`;

const count = (server: TestServer) => server.scripts.host.applications.tasks.count;
const logged = (server: TestServer, text: string) =>
  server.log.lines.filter((line) => line.includes(text)).length;

Deno.test("a client that leaves ends what waits for it: it is closed, and not gone on with", async () => {
  using server = new TestServer(SLOW);
  const client = server.connect();
  const asked = ask(server, client, "slow");
  equal(count(server), 1);
  server.hub.disconnect(client);
  await settled();
  equal(asked.outcome, "the client is gone");
  server.clock.advance(5000);
  deepEqual([count(server), logged(server, "closed"), logged(server, "never")], [0, 1, 0]);
});

Deno.test("an application that starts again ends what waits in it, and says how many", async () => {
  using server = new TestServer({ "app/main.lua": SLOW });
  const clients = [server.connect("/app"), server.connect("/app")];
  const asked = clients.map((client) => ask(server, client, "slow"));
  server.write("app/main.lua", `${SLOW}\n-- changed`);
  server.clock.advance(2000);
  server.connect("/app");
  await settled();
  for (const { outcome } of asked) equal(outcome, "application /app stopped");
  equal(logged(server, "application /app stops: 2 functions that wait ended"), 1);
  deepEqual([count(server), logged(server, "closed"), logged(server, "never")], [0, 2, 0]);
  const again = ask(server, clients[0]!, "quick");
  deepEqual(again.outcome, [2]);
});

Deno.test("a server that stops ends all that waits", async () => {
  const server = new TestServer(SLOW);
  const asked = ask(server, server.connect(), "slow");
  server[Symbol.dispose]();
  await settled();
  equal(asked.outcome, "application / stopped");
  deepEqual([count(server), logged(server, "closed")], [0, 1]);
});

Deno.test("what waits longer than the limit is ended and the log names where", async () => {
  using server = new TestServer(SLOW, {
    waits: { perApplication: 10, perClient: 10, lifetime: 500 },
  });
  const asked = ask(server, server.connect(), "slow");
  server.clock.advance(500);
  await settled();
  match(String(asked.outcome), /takes longer than 0.5 s, the limit of \[lua\] waitTime/);
  equal(logged(server, "ERROR www/main.lua:5: ended a function that waits"), 1);
  equal(count(server), 0);
});

Deno.test("a client, and an application, may have so many that wait", () => {
  using server = new TestServer(SLOW, {
    waits: { perApplication: 3, perClient: 2, lifetime: 0 },
  });
  const [a, b] = [server.connect(), server.connect()];
  const outcomes = [a, a, a, b, b].map((client) => ask(server, client, "slow").outcome);
  deepEqual(outcomes.map((outcome) => outcome === "waits"), [true, true, false, true, false]);
  equal(
    logged(server, "main.lua:5: too many functions wait for this client: [lua] clientWaits"),
    1,
  );
  equal(logged(server, "too many functions wait in application /: [lua] waits allows 3"), 1);
});

Deno.test("an error after a wait names file and line, and only its text goes to the client", async () => {
  using server = new TestServer(`function onConnection(client)
    function client:said() mona:wait(1) error("not you") end
    function client:fault() mona:wait(1) local a = nil + 1 end
  end`);
  const client = server.connect();
  const asked = [ask(server, client, "said"), ask(server, client, "fault")];
  server.clock.advance(1);
  await settled();
  deepEqual(asked.map(({ outcome }) => outcome), [
    "not you",
    "Method client 'fault' failed in application /",
  ]);
  equal(logged(server, "ERROR www/main.lua:2: not you"), 1);
  equal(logged(server, "ERROR www/main.lua:3: attempt to perform arithmetic"), 1);
});

Deno.test("each part of what waits has the budget of an event", async () => {
  using server = new TestServer(
    `function onConnection(client)
      function client:work(parts)
        for i = 1, parts do for j = 1, 200000 do end mona:wait(1) end
        return "done"
      end
      function client:loop() mona:wait(1) pcall(function() while true do end end) end
    end`,
    { instructions: 500_000 },
  );
  const client = server.connect();
  const work = ask(server, client, "work", 10);
  for (let i = 0; i < 10; i++) server.clock.advance(1);
  const loop = ask(server, client, "loop");
  server.clock.advance(1);
  await settled();
  deepEqual(work.outcome, ["done"]);
  match(String(loop.outcome), /failed/);
  equal(logged(server, "ERROR www/main.lua:6: too many instructions in one event"), 1);
});

Deno.test("what a wait left to be closed is stopped when it does not end", async () => {
  using server = new TestServer(
    `function onConnection(client)
      function client:f(over)
        local a <close> = setmetatable({}, { __close = function() while true do end end })
        if over then while true do end end
        mona:wait(1)
      end
    end`,
    { instructions: 100_000 },
  );
  const client = server.connect();
  ask(server, client, "f", true);
  ask(server, client, "f");
  server.hub.disconnect(client);
  await settled();
  equal(count(server), 0);
  equal(ask(server, server.connect(), "f", true).outcome === "waits", false);
});

Deno.test("a connection that waits is accepted, refused and left like any other", async () => {
  using server = new TestServer(`function onConnection(client, way)
    mona:wait(10)
    if way == "no" then error("not in") end
    client.way = way
    return { welcome = way }
  end
  function onDisconnection(client) INFO("gone " .. client.way) end`);
  const connect = (way: string) => {
    const client = new Client({
      ...{ protocol: "RTMP", address: "127.0.0.1:1", path: "", query: "", properties: new Map() },
    });
    const accepted = server.hub.connect(client, new ValueReader([way]));
    ok(accepted instanceof Promise);
    return { client, accepted: accepted.catch((error: Refusal) => error) };
  };
  const [yes, no, left] = [connect("yes"), connect("no"), connect("left")];
  equal(server.hub.clients.size, 0);
  server.hub.disconnect(left.client);
  server.clock.advance(10);
  deepEqual([...await yes.accepted as Map<string, unknown>], [["welcome", "yes"]]);
  const refusal = await no.accepted as Refusal;
  deepEqual([refusal.code, refusal.message], ["Connect.Rejected", "not in"]);
  equal((await left.accepted as Refusal).message, "the client is gone");
  deepEqual([server.hub.clients.size, count(server)], [1, 0]);
  server.hub.disconnect(yes.client);
  equal(logged(server, "INFO www/main.lua:7: gone "), 1);
  equal(left.client.context, undefined);
});

Deno.test("publishing and playing wait for the script, the application's and the client's own", async () => {
  using server = new TestServer(`function onConnection(client)
    function client:onPublish(publication) mona:wait(5) return publication.name ~= "own" end
  end
  function onPublish(client, publication) mona:wait(5) if publication.name == "no" then error("never") end end
  function onSubscribe(client, listener) mona:wait(5) return listener.publication.name ~= "hidden" end`);
  const client = server.connect();
  const sink = { close() {} };
  const ways = ["yes", "no", "own"].map((name) =>
    Promise.resolve(server.hub.publish(client, name, sink))
      .then(() => "published", (error) => error.message)
  );
  const plays = ["yes", "hidden"].map((name) =>
    Promise.resolve(
      server.hub.subscribe(client, name, { ready() {}, overrun() {}, status() {} }),
    ).then(() => "playing", (error) => error.message)
  );
  for (let i = 0; i < 2; i++) {
    server.clock.advance(5);
    await settled();
  }
  deepEqual(await Promise.all(ways), ["published", "never", "Not allowed to publish own"]);
  deepEqual(await Promise.all(plays), ["playing", "Not authorized to play hidden"]);
});

Deno.test("onDisconnection may wait after its client, onStop and main.lua cannot", async () => {
  using server = new TestServer({
    "app/main.lua": `function onConnection(client) client.nick = "Ann" end
    function onDisconnection(client) mona:wait(10) INFO("told of " .. client.nick) end
    function onStop() mona:wait(1) end`,
    "bad/main.lua": "mona:wait(1)",
  });
  const client = server.connect("/app");
  server.hub.disconnect(client);
  equal(count(server), 1);
  server.clock.advance(10);
  equal(logged(server, "told of Ann"), 1);
  let refused = "";
  try {
    server.connect("/bad");
  } catch (error) {
    refused = (error as Error).message;
  }
  equal(refused, "Application /bad failed");
  equal(
    logged(server, "www/main.lua:1: cannot wait here") +
      logged(server, "www/bad/main.lua:1: cannot wait"),
    1,
  );
  server.write("app/main.lua", "");
  server.pass();
  await settled();
  equal(logged(server, "www/app/main.lua:3: cannot wait"), 1);
});

Deno.test("scripts see the main thread in an event, and cannot reach what waits", async () => {
  using server = new TestServer(`function onConnection(client)
    function client:f()
      local thread, isMain = coroutine.running()
      local ok, text = pcall(coroutine.yield, 1)
      return type(thread), isMain, coroutine.isyieldable(), coroutine.status(thread), ok, text,
        coroutine.resume(thread)
    end
    function client:sleep()
      co = coroutine.create(function() mona:wait(10) return "awake" end)
      return coroutine.resume(co)
    end
    function client:disturb() return coroutine.status(co), coroutine.resume(co, "boo") end
  end`);
  const client = server.connect();
  deepEqual(ask(server, client, "f").outcome, [
    ...["thread", true, false, "running", false, "attempt to yield from outside a coroutine"],
    ...[false, "cannot resume non-suspended coroutine"],
  ]);
  const asleep = ask(server, client, "sleep");
  deepEqual(ask(server, client, "disturb").outcome, [
    ...["suspended", false, "cannot resume a coroutine that waits for the server"],
  ]);
  server.clock.advance(10);
  await settled();
  deepEqual(asleep.outcome, [true, "awake"]);
});

Deno.test("threads are used again, and those of what ended are forgotten", async () => {
  using server = new TestServer(
    `function onConnection(client)
    function client:f(deep)
      if deep > 0 then return self:f(deep - 1) + 1 end
      coroutine.wrap(function() mona:wait(5) end)()
      return 0
    end
    function client:fail() coroutine.wrap(function() mona:wait(5) error("x") end)() end
  end`,
    { waits: { perApplication: 1000, perClient: 1000, lifetime: 0 }, clientShare: 100 },
  );
  const { vm } = server.scripts.host;
  const round = async () => {
    const client = server.connect();
    for (let i = 0; i < 100; i++) ask(server, client, i % 2 === 0 ? "f" : "fail", i % 20);
    server.hub.disconnect(client);
    const other = server.connect();
    for (let i = 0; i < 100; i++) ask(server, other, i % 2 === 0 ? "f" : "fail", i % 20);
    equal(count(server), 100);
    server.clock.advance(5);
    await settled();
    server.hub.disconnect(other);
    equal(count(server), 0);
  };
  await round();
  const before = vm.collect();
  for (let i = 0; i < 20; i++) await round();
  const after = vm.collect();
  ok(after < before + 50_000, `${before} bytes, then ${after}`);
  ok(vm.threads.kept <= 40, `${vm.threads.kept} threads`);
});

Deno.test("a client that used up its share of time waits, and so does what waits for it", () => {
  using server = new TestServer(
    `count = 0
    function onConnection(client)
      function client:f() while true do for i = 1, 1000000 do end count = count + 1 mona:wait(0) end end
    end`,
    { instructions: 10_000_000 },
  );
  const client = server.connect();
  for (let i = 0; i < 4; i++) ask(server, client, "f");
  for (let i = 0; i < 1000; i++) server.clock.advance(1);
  // A quarter of what a second allows, and the burst of one.
  const done = server.run("return count")[0] as number;
  ok(done > 20 && done < 60, `${done} parts of a million instructions`);
});

Deno.test("a wait in __close, in __gc, in a file that is run, and in a typed object is an error", () => {
  using server = new TestServer({
    "main.lua":
      `function try(f, ...) local ok, text = pcall(f, ...) INFO(tostring(ok) .. " " .. tostring(text)) end
    function onConnection(client)
      function client:f()
        try(dofile, "part.lua")
        try(function() local a <close> = setmetatable({}, { __close = function() error("closed", 0) end }) end)
        setmetatable({}, { __gc = function() try(mona.wait, mona, 1) end })
        setmetatable({}, { __gc = function() coroutine.wrap(function() try(mona.wait, mona, 1) end)() end })
        collectgarbage()
        xpcall(error, function() coroutine.wrap(function() try(mona.wait, mona, 1) end)() end)
        for each in coroutine.wrap(function() try(coroutine.yield, 1) end) do end
      end
    end
    function onTypedObject(type, object) try(mona.wait, mona, 1) end`,
    "part.lua": "mona:wait(1)",
  });
  const client = server.connect();
  equal(ask(server, client, "f").outcome, undefined);
  server.run(`mona:fromAMF("\\16\\0\\1T\\0\\0\\9")`);
  equal(logged(server, "cannot wait inside of a function that the library or the server calls"), 4);
  equal(logged(server, "cannot wait here: the server needs the answer at once"), 1);
  equal(logged(server, "false closed"), 1);
  equal(count(server), 0);
});

Deno.test("what is called later may fail, and names its line; too many timers are refused", () => {
  using server = new TestServer(`mona:timer(1, function()
    mona:wait(1)
    local a = nil + 1
  end)
  function flood() for i = 1, 10000 do mona:timer(60000, print) end end`);
  server.clock.advance(2);
  equal(logged(server, "ERROR www/main.lua:3: attempt to perform arithmetic"), 1);
  server.run("flood()");
  throws(() => server.run("flood()"), {
    message: /www\/main.lua:5: more than 10000 timers in application \//,
  });
  server.write("main.lua", "x = 1");
  server.pass();
  server.clock.advance(100_000);
  equal(server.printed.length, 0);
});

Deno.test("an event that waits ends with its client, though nobody asked for its answer", async () => {
  using server = new TestServer(`function onJoinGroup(client) mona:wait(10) INFO("never") end
    function onUnjoinGroup(client) mona:wait(10) INFO("always") end`);
  const client = server.connect();
  server.hub.join(client, new Uint8Array(32));
  equal(count(server), 1);
  server.hub.disconnect(client);
  equal(count(server), 1);
  server.clock.advance(10);
  await settled();
  deepEqual([logged(server, "never"), logged(server, "always")], [0, 1]);
});
