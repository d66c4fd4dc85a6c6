import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import { ValueReader, ValueWriter } from "../../src/codecs/mod.ts";
import { checkScript } from "../../src/script/mod.ts";
import { TestServer } from "./support.ts";

/** After whatever went wrong, the server goes on: a client connects and calls. */
function goesOn(server: TestServer): void {
  server.run("function onConnection(c) function c:add(a, b) return a + b end end");
  deepEqual(server.call(server.connect(), "add", 1, 2), [3]);
  equal(server.scripts.host.vm.top, 0);
}

function fails(server: TestServer, code: string, message: RegExp): void {
  throws(() => server.run(code), (error) => {
    ok(error instanceof Error);
    match(error.message, message);
    return true;
  });
}

const ENDLESS: Record<string, string> = {
  "a loop": "while true do end",
  "a loop around pcall": "while true do pcall(function() while true do end end) end",
  "a loop in an xpcall handler":
    "xpcall(error, function() while true do end end) while true do end",
  "a coroutine": "coroutine.wrap(function() while true do end end)()",
  "coroutines in a loop":
    "while true do coroutine.wrap(function() for i = 1, 1e6 do end end)() end",
  "a metamethod":
    "local t = setmetatable({}, {__index = function() while true do end end}) t.x = t.y",
  "a sort": "table.sort({3, 2, 1}, function() while true do end end)",
  "a goto": "::again:: goto again",
};

for (const [name, code] of Object.entries(ENDLESS)) {
  Deno.test(`${name} without end is stopped with file and line`, () => {
    using server = new TestServer("");
    fails(server, code, /test\.lua:1: too many instructions in one event/);
    goesOn(server);
  });
}

Deno.test("an endless event is stopped in its application's file, each time anew", () => {
  using server = new TestServer("function onConnection()\nwhile true do end end");
  for (let i = 0; i < 3; i++) {
    throws(() => server.connect(), { message: "Application / failed" });
  }
  match(
    server.log.lines.at(-1) ?? "",
    /^ERROR www\/main\.lua:2: too many instructions in one event: \[lua\] instructions allows 2000000/,
  );
  goesOn(server);
});

Deno.test("many short events never use up one event's budget", () => {
  using server = new TestServer("n = 0 function onManage() for i = 1, 1e5 do n = n + 1 end end");
  for (let i = 0; i < 50; i++) server.pass();
  deepEqual(server.run("return n"), [5_000_000]);
});

Deno.test("a finalizer without end is stopped and reported", () => {
  using server = new TestServer("");
  server.run("setmetatable({}, {__gc = function() while true do end end}) collectgarbage()");
  match(server.log.lines.at(-1) ?? "", /^ERROR .*__gc.*too many instructions/);
  goesOn(server);
});

Deno.test("an error in a finalizer is reported with file and line", () => {
  using server = new TestServer("");
  server.run("setmetatable({}, {__gc = function() error('in gc') end}) collectgarbage()");
  match(server.log.lines.at(-1) ?? "", /^ERROR .*__gc.*test\.lua:1: in gc/);
  goesOn(server);
});

const DEEP: Record<string, [code: string, message: RegExp]> = {
  "Lua functions": ["local function f() return 1 + f() end f()", /stack overflow/],
  "gsub in gsub": [
    "local function f() return (('x'):gsub('x', f)) end f()",
    /stack overflow/,
  ],
  "coroutines in coroutines": [
    "local function f() return coroutine.wrap(f)() end f()",
    /stack overflow/,
  ],
  "members of our objects": [
    `local p = mona:publish("p")
     local t = setmetatable({}, {__tostring = function(t) INFO(t) return "" end}) INFO(t)`,
    /stack overflow/,
  ],
  "include in include": [`dofile("loop.lua")`, /stack overflow/],
  "brackets": [`return load("return " .. ("("):rep(100000))()`, /nil value/],
};

for (const [name, [code, message]] of Object.entries(DEEP)) {
  Deno.test(`recursion without end is an error: ${name}`, () => {
    using server = new TestServer({ "main.lua": "", "loop.lua": `dofile("loop.lua")` });
    fails(server, code, message);
    goesOn(server);
  });
}

Deno.test("pcall within pcall without end comes back", () => {
  using server = new TestServer("");
  deepEqual(server.run("local function f() return pcall(f) end return (f())"), [true]);
  goesOn(server);
});

Deno.test("a string or table past the memory limit is an error, and memory is there again", () => {
  using server = new TestServer("", { memory: 48 * 1024 * 1024, instructions: 0 });
  for (let i = 0; i < 3; i++) {
    fails(server, "return ('x'):rep(1e9)", /not enough memory/);
    fails(server, "local t = {} while true do t[#t + 1] = {} end", /not enough memory/);
    ok(server.scripts.host.vm.used < 8_000_000);
    fails(server, "local s = 'x' while true do s = s .. s end", /not enough memory/);
  }
  ok(server.scripts.memory <= 48 * 1024 * 1024);
  goesOn(server);
});

Deno.test("a call has as many arguments and results as its sender likes, up to Lua's million", () => {
  using server = new TestServer(`
    function onConnection(client, ...)
      local count = select("#", ...)
      function client:count(...) return count, select("#", ...), (select(-1, ...)) end
      function client:parse(bytes) return select("#", mona:fromJSON(bytes)) end
    end`);
  const { handler } = server.scripts;
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
  const client = server.connect("", numbers(20_000));
  const call = (count: number) => {
    const answer = new ValueWriter();
    handler.onCall({
      client,
      name: "count",
      args: new ValueReader(numbers(count)),
      reply: () => answer,
      during: (run) => run(),
    });
    return answer.values;
  };
  deepEqual(call(3), [20_000, 3, 2]);
  deepEqual(call(60_000), [20_000, 60_000, 59_999]);
  throws(() => call(1_100_000), { name: "ProtocolError", message: "too many values" });
  deepEqual(server.call(client, "parse", `[${numbers(5_000)}]`), [5_000]);
  goesOn(server);
});

Deno.test("a message and a conversion bring as many values as the settings allow", () => {
  const code = `function onConnection(client)
      function client:count(...) return select("#", ...) end
      function client:parse(text) return mona:fromJSON(text) end
    end`;
  using server = new TestServer(code, { values: 1000 });
  const client = server.connect();
  deepEqual(server.call(client, "count", Array.from({ length: 999 }, () => 1)), [1]);
  const named = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [i, 1]));
  deepEqual(server.call(client, "count", named(499)), [1]);
  throws(() => server.call(client, "count", named(500)), { name: "ProtocolError" });
  throws(() => server.call(client, "count", Array.from({ length: 1000 }, () => 1)), {
    name: "ProtocolError",
    message: "more than 1000 values, the limit of [lua] maxValues",
  });
  equal(server.call(client, "parse", `[${"{},".repeat(1000)}{}]`), undefined);
  ok(server.log.lines.some((line) => line.includes("the limit of [lua] maxValues")));
  goesOn(server);
});

Deno.test("reading a text counts as instructions by its length, before it is read", () => {
  using server = new TestServer("", { instructions: 1_000_000 });
  fails(server, "mona:fromJSON('[\"' .. ('x'):rep(1000000) .. '\"]')", /too many instructions/);
  fails(server, "mona:fromXML('<a>' .. ('x'):rep(1000000) .. '</a>')", /too many instructions/);
  goesOn(server);
});

Deno.test("data too large for the VM is the caller's error", () => {
  using server = new TestServer("function onConnection(c) function c:f() end end", {
    memory: 32 * 1024 * 1024,
  });
  const client = server.connect();
  const message = "Method client 'f' failed in application /";
  throws(() => server.call(client, "f", "x".repeat(40_000_000)), { message });
  match(server.log.lines.at(-1) ?? "", /^ERROR not enough memory/);
  goesOn(server);
});

Deno.test("an error in an error handler comes back as an error", () => {
  using server = new TestServer("");
  deepEqual(server.run("return xpcall(error, function() error('again') end)").slice(0, 1), [false]);
  fails(server, "error(setmetatable({}, {__tostring = function() error('x') end}))", /table value/);
  fails(server, "error()", /nil value/);
  goesOn(server);
});

Deno.test("a coroutine goes on from one event to the next", () => {
  using server = new TestServer(`
    steps = {}
    local co = coroutine.create(function(client)
      while true do
        steps[#steps + 1] = client.id
        client.writer:writeInvocation("step", #steps)
        client = coroutine.yield()
      end
    end)
    function onConnection(client) assert(coroutine.resume(co, client)) end
    function onDisconnection(client) assert(coroutine.resume(co, client)) end`);
  const a = server.connect();
  const b = server.connect();
  server.hub.disconnect(a);
  deepEqual(server.run("return steps"), [[a.id, b.id, a.id]]);
  deepEqual(server.written(b), [["invocation", "step", 2]]);
});

Deno.test("an event within an event of another application keeps both apart", () => {
  using server = new TestServer({
    "main.lua": "",
    "a/main.lua": `function onDisconnection(c) gone = name end
      function onConnection(c) kept = c end`,
    "b/main.lua": `function onConnection(c)
      for _, other in pairs(mona.clients) do other.writer:close() end
      p = mona:publish("of b")
    end`,
  });
  server.connect("/a");
  server.connect("/b");
  deepEqual(server.run("return a.gone, b.gone, b.p.name"), ["a", null, "of b"]);
  server.write("a/main.lua", "");
  server.pass();
  ok(server.hub.publication("of b"));
  server.write("b/main.lua", "");
  server.pass();
  equal(server.hub.publication("of b"), undefined);
});

Deno.test("tables too deep or too many to write are errors of the script", () => {
  using server = new TestServer("", { instructions: 0 });
  fails(
    server,
    "local t = {} for i = 1, 1000 do t = {t} end mona:toJSON(t)",
    /test\.lua:1: nested too deep/,
  );
  fails(
    server,
    "local t = {} for i = 1, 60 do t = {t, t} end mona:toJSON(t)",
    /test\.lua:1: more than 4194304 bytes by repeating the same values/,
  );
  const shared = "local t = {('x'):rep(3000000)} local all = {} for i = 1, N do all[i] = t end";
  fails(
    server,
    `${shared.replace("N", "999")} mona:toJSON(all)`,
    /more than \d{8} bytes by repeating/,
  );
  deepEqual(server.run(`${shared.replace("N", "3")} return #mona:toJSON(all)`), [9_000_018]);
  deepEqual(server.run(`${shared.replace("N", "999")} return #mona:toAMF(all) < 3100000`), [true]);
  // What does not repeat may be as long as it is.
  deepEqual(server.run("return #mona:toJSON(('x'):rep(9000000), ('y'):rep(9000000))"), [18000007]);
  goesOn(server);
});

Deno.test("debug and load reach neither hooks, registry nor precompiled code", () => {
  using server = new TestServer("");
  deepEqual(
    server.run(`local code, message = load(string.dump(function() end))
      return debug.sethook, debug.getregistry, debug.setmetatable, code, message,
        getmetatable(this), getmetatable(mona)`),
    [
      null,
      null,
      null,
      null,
      "attempt to load a binary chunk (mode is 't')",
      "application",
      "mona",
    ],
  );
});

Deno.test("library functions that count inside of C come back", () => {
  using server = new TestServer("");
  deepEqual(server.run("return (''):rep(1e18), ('ab'):rep(2, '-')"), ["", "ab-ab"]);
  fails(server, "table.move({}, 1, 1e18, 2)", /test\.lua:1: too many elements to move/);
  deepEqual(server.run("return table.move({1, 2, 3}, 2, 3, 1)"), [[2, 3, 3]]);
});

Deno.test("checkScript tells the line of a syntax error and runs nothing", () => {
  const check = (text: string) => checkScript("main.lua", encodeText(text));
  equal(check("\ufeff#!/usr/bin/lua\nwhile true do end"), undefined);
  deepEqual(check("a = 1\n\nlocal = 2"), { line: 3, message: "<name> expected near '='" });
  deepEqual(check("if x"), { line: 1, message: "'then' expected near <eof>" });
});

Deno.test("an answer that no format can carry refuses the call, and is in the log", () => {
  using server = new TestServer(`function onConnection(client)
    function client:deep()
      local t = {}
      for i = 1, 200 do t = {t} end
      return t
    end
  end`);
  const client = server.connect();
  throws(() => server.call(client, "deep"), {
    name: "Refusal",
    code: "Call.Failed",
    reason: "failed",
    message: "the answer cannot be sent: nested too deep",
  });
  match(server.log.lines.at(-1) ?? "", /^ERROR the answer cannot be sent: nested too deep/);
});
