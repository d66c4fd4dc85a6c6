import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { withData } from "./scripts_with_data.ts";
import { TestServer } from "./support.ts";

/** Counts the cycles of the collector while 100,000 small tables come and go. */
const CHURN = `
  local cycles = 0
  local function arm()
    setmetatable({}, { __gc = function() cycles = cycles + 1 arm() end })
  end
  arm()
  local kept = {}
  for i = 1, 1e5 do kept[i % 1000] = { i } end
  return cycles`;

/** What Lua 5.4 collects at each allocation after, or never again. */
const PACES = [
  `collectgarbage("setpause", 100)`,
  `collectgarbage("setpause", 0)`,
  `collectgarbage("setstepmul", 1000) collectgarbage("setpause", 50)`,
  `collectgarbage("incremental", 100, 1000, 20)`,
  `collectgarbage("generational", 1, 1)`,
  `collectgarbage("stop")`,
];

for (const pace of PACES) {
  Deno.test(`collecting keeps its pace after ${pace}`, () => {
    using server = new TestServer("", { memory: 48 * 1024 * 1024, instructions: 0 });
    server.run(pace);
    const [cycles] = server.run(CHURN);
    ok(Number(cycles) > 5 && Number(cycles) < 1000, `${cycles} cycles`);
    server.run("for i = 1, 300 do local s = ('x'):rep(2e5) .. i end");
    ok(server.scripts.host.vm.used < 8_000_000);
  });
}

Deno.test("collectgarbage answers as Lua 5.4 does", () => {
  using server = new TestServer("");
  // Seen from lua5.4 in incremental mode.
  const calls: [call: string, answers: unknown[]][] = [
    ["", [0]],
    [`"setpause", 100`, [200]],
    [`"setpause", "200"`, [100]],
    [`"setstepmul", 400`, [100]],
    [`"setstepmul", 100`, [400]],
    [`"isrunning"`, [true]],
    [`"stop"`, [0]],
    [`"isrunning"`, [false]],
    [`"restart"`, [0]],
    [`"isrunning"`, [true]],
    [`"generational"`, ["incremental"]],
    [`"incremental", 1000, 200, 10`, ["generational"]],
    [`"setpause"`, [1000]],
    [`"step", 1e6`, [true]],
  ];
  for (const [call, answers] of calls) {
    deepEqual(server.run(`return collectgarbage(${call})`), answers, call);
  }
  deepEqual(server.run(`return math.type(collectgarbage("count"))`), ["float"]);
  throws(
    () => server.run(`collectgarbage("setpause", {})`),
    /bad argument #2 to 'collectgarbage' \(number expected, got table\)/,
  );
  throws(() => server.run(`collectgarbage("bad")`), /invalid option 'bad'/);
});

for (const call of [``, `"step"`, `"step", 1e9`]) {
  Deno.test(`a loop of collectgarbage(${call}) ends at the budget`, () => {
    using server = new TestServer("kept, n = {}, 0 for i = 1, 5e4 do kept[i] = { i } end");
    throws(
      () => server.run(`while true do n = n + 1 pcall(collectgarbage, ${call || "nil"}) end`),
      /too many instructions in one event: \[lua\] instructions allows 2000000/,
    );
    ok(Number(server.run("return n")[0]) < 300);
  });
}

Deno.test("one collectgarbage() of a large heap is no error, and collects in the end", () => {
  using server = new TestServer("", { instructions: 10_000_000 });
  const { vm } = server.scripts.host;
  server.scripts.host.vm.within({ instructions: Infinity, key: "" }, () => {
    server.run("kept = {} for i = 1, 5e5 do kept[i] = { i } end");
  });
  ok(vm.used > 20_000_000);
  server.run("kept = nil");
  for (let i = 0; i < 50; i++) deepEqual(server.run("return collectgarbage()"), [0]);
  ok(vm.used < 1_000_000);
});

Deno.test("short coroutines count towards the budget", () => {
  for (
    const loop of [
      "coroutine.wrap(function() for i = 1, 4900 do end end)()",
      "coroutine.resume(coroutine.create(function() for i = 1, 4900 do end end))",
      "pcall(coroutine.wrap(function() for i = 1, 4900 do end end))",
      "xpcall(error, function() for i = 1, 4900 do end end)",
    ]
  ) {
    using server = new TestServer("n = 0");
    throws(
      () => server.run(`while true do n = n + 1 pcall(function() ${loop} end) end`),
      /test\.lua:1: too many instructions in one event/,
    );
    // Each does 4,900 instructions and more, of which the last look may miss some: 2,000,000 / 2,500.
    ok(Number(server.run("return n")[0]) < 800, loop);
  }
});

Deno.test("a coroutine that goes on over many events is never over its budget", () => {
  using server = new TestServer(`
    co = coroutine.wrap(function() while true do for i = 1, 1e5 do end coroutine.yield(true) end end)`);
  for (let i = 0; i < 60; i++) deepEqual(server.run("return co()"), [true]);
});

Deno.test("what takes long counts as more instructions", () => {
  const server: TestServer = new TestServer("n = 0", { print: () => server.clock.advance(1) });
  using _server = server;
  throws(
    () => server.run("while true do n = n + 1 print() end"),
    /test\.lua:1: too many instructions in one event/,
  );
  // At a millisecond each; 2,000,000 instructions are 20 of them. Time is known from the second look
  // on, and 10,000 instructions pass before each of the first: without it 50,000 would be printed.
  ok(Number(server.run("return n")[0]) < 2000);
});

Deno.test("a machine that stood still for a second stops no event", () => {
  let stops = 0;
  const server: TestServer = new TestServer("", {
    instructions: 10_000_000,
    print: () => stops++ < 2 && server.clock.advance(1000),
  });
  using _server = server;
  server.run("for i = 1, 10 do for i = 1, 1e5 do end print() end");
  equal(stops, 10);
});

Deno.test("a busy machine stops no event that used the processor but little", () => {
  let cpu = 0;
  const server: TestServer = new TestServer("", {
    instructions: 10_000_000,
    print: () => server.clock.advance(15),
    cpuTime: () => cpu += 0.1,
  });
  using _server = server;
  deepEqual(server.run("for i = 1, 50 do for i = 1, 3e4 do end print() end return true"), [true]);
  equal(server.clock.now(), 1750);
});

Deno.test("an event that was stopped names the key", () => {
  using server = new TestServer("function onManage()\n while true do end\nend");
  server.pass();
  match(
    server.log.lines.at(-1) ?? "",
    /^ERROR www\/main\.lua:2: too many instructions in one event: \[lua\] instructions allows 2000000$/,
  );
});

for (
  const [name, code] of Object.entries({
    "long texts": "kept[#kept + 1] = ('x'):rep(1e6)",
    "sorting": "table.sort(list)",
    "joining": "table.concat(list)",
  })
) {
  Deno.test(`what the library does inside counts: ${name}`, () => {
    using server = new TestServer("n, kept, list = 0, {}, {} for i = 1, 2e4 do list[i] = i end");
    throws(
      () => server.run(`while true do n = n + 1 ${code} end`),
      /test\.lua:1: too many instructions/,
    );
    ok(Number(server.run("return n")[0]) <= 101);
  });
}

/** Calls of ours that are long with a long text or a large table. */
const LONG_CALLS: readonly string[] = [
  `mona:split(text, ",")`,
  `mona:split(text, "no such")`,
  `mona:split(text, ",a,", 3)`,
  `mona:md5(text)`,
  `mona:sha256(text, text)`,
  `mona:absolutePath(text)`,
  `mona:createIPAddress(text)`,
  `mona:fromQuery(text)`,
  `mona:fromJSON(json)`,
  `mona:fromAMF(amf)`,
  `mona:fromXML(xml)`,
  `mona:fromXMLRPC(xml)`,
  `mona:toQuery(list)`,
  `mona:toJSON(list)`,
  `mona:toJSON(text)`,
  `mona:toAMF0(list)`,
  `mona:toXMLRPC(list)`,
  `mona:files("")`,
  `mona:dump(text)`,
  `writer:writeInvocation("f", list)`,
  `writer:writeMessage(text)`,
  `writer:writeRaw(text)`,
  `data.text = text`,
  `data.list = { list }`,
  `data.copy = nil data.copy = data.kept`,
  `n = n + #data.long - #data.long`,
  `INFO(text)`,
];

for (const call of LONG_CALLS) {
  Deno.test(`a loop of ${call} ends at the budget`, () => {
    const long = { ...withData(), instructions: 2_000_000, startInstructions: 1e9 };
    using server = new TestServer(
      `text, list, n = ("a,"):rep(2e5), {}, 0
       for i = 1, 1e4 do list[i] = "value" .. i end
       json, amf = mona:toJSON(list), mona:toAMF0(list)
       xml = "<a>" .. ("<b/>"):rep(1e4) .. "</a>"
       data.kept, data.long = list, text
       function onConnection(client) writer = client.writer end`,
      long,
    );
    deepEqual(server.log.lines, ["DEBUG application / started"]);
    server.connect();
    throws(
      // Each in an event of its own kind: the first one that is too long ends it.
      () => server.run(`for i = 1, 400 do n = n + 1 data.list = nil ${call} end`),
      /too many instructions in one event: \[lua\] instructions allows 2000000/,
    );
    ok(Number(server.run("return n")[0]) < 400);
  });
}

Deno.test("split stops within a call, and gives as many tokens as a stack holds", () => {
  using server = new TestServer("text = ('a,'):rep(2e5)", { instructions: 2_000_000 });
  throws(() => server.run(`mona:split(text, ",")`), /too many instructions in one event/);
  equal(server.scripts.host.vm.top, 0);
  using large = new TestServer("", { instructions: 0 });
  deepEqual(large.run(`return select("#", mona:split(("a,"):rep(899999), ","))`), [900_000]);
  throws(
    () => large.run(`mona:split(("a,"):rep(1e6), ",")`),
    /split gives more than 900000 tokens/,
  );
});
