import { deepEqual, equal, match } from "node:assert/strict";
import { settled } from "../../support/decided.ts";
import { TestServer } from "../support.ts";
import { ask } from "./ask.ts";

const method = (body: string) =>
  `function onConnection(client)
  function client:f(...) ${body} end
end`;

async function pass(server: TestServer, milliseconds: number): Promise<void> {
  server.clock.advance(milliseconds);
  await settled();
}

Deno.test("a method that waits goes on after its time, with its locals and arguments", async () => {
  using server = new TestServer(method("local a = ... mona:wait(100) return a, 'b', name"));
  const client = server.connect();
  const asked = ask(server, client, "f", 5);
  await pass(server, 99);
  equal(asked.outcome, "waits");
  await pass(server, 1);
  deepEqual(asked.outcome, [5, "b", ""]);
});

Deno.test("others go on while one waits, and are not mixed up", async () => {
  using server = new TestServer(
    method("local n, t = ... for i = 1, 3 do mona:wait(t) n = n + i end return n"),
  );
  const [a, b] = [server.connect(), server.connect()];
  const first = ask(server, a, "f", 10, 30);
  const second = ask(server, b, "f", 20, 10);
  await pass(server, 30);
  deepEqual([first.outcome, second.outcome], ["waits", [26]]);
  await pass(server, 60);
  deepEqual(first.outcome, [16]);
});

Deno.test("pcall, coroutines, iterators and metamethods may be around a wait", async () => {
  using server = new TestServer(method(`
    local log = {}
    local ok, text = pcall(function() mona:wait(10) error("here") end)
    log[1] = text
    local _, trace = xpcall(function() mona:wait(10) error("there", 0) end, function(m) return m .. "!" end)
    log[2] = trace
    local co = coroutine.create(function(a)
      mona:wait(10)
      local b = coroutine.yield(a + 1)
      local inner = coroutine.wrap(function() mona:wait(10) coroutine.yield(b * 2) mona:wait(10) return "end" end)
      coroutine.yield(inner())
      return inner()
    end)
    local _, x = coroutine.resume(co, 1)
    local _, y = coroutine.resume(co, 21)
    local _, z = coroutine.resume(co)
    log[3], log[4], log[5], log[6] = x, y, z, coroutine.status(co)
    for word in coroutine.wrap(function() for i = 1, 2 do mona:wait(5) coroutine.yield("w" .. i) end end) do
      log[#log + 1] = word
    end
    local object = setmetatable({}, { __index = function(_, key) mona:wait(5) return key end,
      __add = function() mona:wait(5) return 7 end, __lt = function() mona:wait(5) return true end })
    log[#log + 1], log[#log + 2], log[#log + 3] = object.late, object + object, object < object
    return log`));
  const asked = ask(server, server.connect(), "f");
  for (let i = 0; i < 30; i++) await pass(server, 5);
  const [log] = asked.outcome as [unknown[]];
  match(String(log[0]), /^www\/main\.lua:4: here$/);
  deepEqual(log.slice(1), ["there!", 2, 42, "end", "dead", "w1", "w2", "late", 7, true]);
});

Deno.test("where Lua's library calls back, a wait is an error with file and line", async () => {
  const error = /^(www\/main\.lua:2: )+cannot wait inside of a function that the library or/;
  for (
    const body of [
      "pcall(table.sort, { 1, 2 }, function() mona:wait(1) end)",
      "pcall(string.gsub, 'a', 'a', function() mona:wait(1) end)",
      "pcall(table.sort, { 1, 2 }, function() coroutine.wrap(function() mona:wait(1) end)() end)",
      "load(function() mona:wait(1) end)",
      "xpcall(error, function() mona:wait(1) end)",
    ]
  ) {
    using server = new TestServer(method(`return select(2, ${body})`));
    const asked = ask(server, server.connect(), "f");
    await settled();
    match(String(asked.outcome), error, body);
    equal(server.scripts.host.applications.tasks.count, 0);
  }
});
