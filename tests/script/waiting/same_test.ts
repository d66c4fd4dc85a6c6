import { deepEqual } from "node:assert/strict";
import fc from "fast-check";
import type { Value } from "../../../src/codecs/mod.ts";
import { settled } from "../../support/decided.ts";
import { TestServer } from "../support.ts";
import { ask } from "./ask.ts";

/** Ways to call functions in each other; each traces what it gets, and may wait in between. */
const SCRIPT = `
local function run(node, w, trace)
  local kind, children = node[1], node[2]
  local function each()
    local sum = node[3]
    for _, child in ipairs(children) do w() sum = sum + run(child, w, trace) end
    w()
    return sum
  end
  trace[#trace + 1] = kind
  if kind == "plain" then return each() end
  if kind == "fail" then w() error("e" .. each(), 0) end
  if kind == "pcall" then
    local ok, value = pcall(each)
    trace[#trace + 1] = tostring(ok) .. tostring(value)
    return ok and value or 1
  end
  if kind == "xpcall" then
    local ok, value = xpcall(each, function(message) return message .. "!" end)
    trace[#trace + 1] = tostring(ok) .. tostring(value)
    return ok and value or 2
  end
  if kind == "wrap" then
    local sum = 0
    local step = coroutine.wrap(function(a)
      for i = 1, 2 do w() a = a + coroutine.yield(i) + each() end
      return a
    end)
    for i = 1, 3 do sum = sum + step(i) w() end
    return sum
  end
  if kind == "create" then
    local co = coroutine.create(function(...) w() local a = coroutine.yield(select("#", ...)) return each() + a end)
    local _, n = coroutine.resume(co, 1, nil, nil)
    local ok, value = coroutine.resume(co, n)
    trace[#trace + 1] = coroutine.status(co) .. tostring(ok) .. tostring(value)
    local over, why = coroutine.resume(co)
    trace[#trace + 1] = tostring(over) .. why
    return ok and value or 3
  end
  if kind == "iterate" then
    local sum = 0
    for value in coroutine.wrap(function() for i = 1, 2 do w() coroutine.yield(i + each()) end end) do
      sum = sum + value
    end
    return sum
  end
  if kind == "meta" then
    local object = setmetatable({}, {
      __index = function(_, key) return each() + #key end,
      __call = function(_, a) w() return a end,
      __concat = function() w() return "x" end,
      __eq = function() w() return true end,
    })
    return object.abc + object(1) + #(object .. object) + (object == setmetatable({}, getmetatable(object)) and 1 or 0)
  end
  if kind == "close" then
    local log = trace
    do
      local guard <close> = setmetatable({}, { __close = function(_, e) if not e then w() end log[#log + 1] = "closed" .. tostring(e) end })
      return each()
    end
  end
  if kind == "cut" then
    local co = coroutine.create(function() w() coroutine.yield() each() end)
    coroutine.resume(co)
    return coroutine.close(co) and 5 or 6
  end
end
function onConnection(client)
  function client:f(waits, node)
    local trace = {}
    local ok, value = pcall(run, node, waits and function() mona:wait(0) end or function() end, trace)
    return tostring(ok), tostring(value), table.concat(trace, " ")
  end
end`;

const KINDS = [
  ...["plain", "fail", "pcall", "xpcall", "wrap", "create", "iterate", "meta", "close", "cut"],
];

/** A call of some kind, with calls inside of it. */
function node(depth: number): fc.Arbitrary<Value> {
  const inner = depth === 0 ? fc.constant([]) : fc.array(node(depth - 1), { maxLength: 2 });
  return fc.tuple(fc.constantFrom(...KINDS), inner, fc.integer({ min: 0, max: 9 }))
    .map((node) => node as Value);
}

Deno.test("what waits comes to the same as what does not, however its calls are nested", async () => {
  using server = new TestServer(SCRIPT, { instructions: 50_000_000, clientShare: 100 });
  const client = server.connect();
  await fc.assert(
    fc.asyncProperty(node(3), async (tree) => {
      const expected = ask(server, client, "f", false, tree);
      const asked = ask(server, client, "f", true, tree);
      for (let i = 0; asked.outcome === "waits" && i < 20_000; i++) {
        server.clock.advance(1);
        if (i % 50 === 49) await settled();
      }
      await settled();
      deepEqual(asked.outcome, expected.outcome);
    }),
    { numRuns: 60 },
  );
});

Deno.test("an event, and a file that is run, see coroutines as Lua 5.4's own program does", () => {
  const read = (name: string) => Deno.readTextFileSync(`tests/vectors/lua/coroutines.${name}`);
  using server = new TestServer({
    "main.lua":
      `function onConnection(client) function client:f() return dofile("coroutines.lua") end end`,
    "coroutines.lua": read("lua"),
  });
  const expected = read("txt").trim().split("\n");
  const [seen] = server.call(server.connect(), "f") as string[];
  deepEqual(seen!.split("\n"), expected);
  deepEqual(String(server.run('return dofile("coroutines.lua")')[0]).split("\n"), expected);
});
