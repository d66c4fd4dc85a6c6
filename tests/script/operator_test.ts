import { deepEqual, equal, match, throws } from "node:assert/strict";
import { TestServer } from "./support.ts";

const FILES = {
  "main.lua": `
    function add(a, b) return a + b, { sum = a + b } end
    tools = { name = function() return path end }
    function fail() error("no luck") end
    function loop() while true do end end`,
  "live/main.lua": "function onConnection(client) local x = nil; return x.y end",
  "live/more/help.lua": "return 1\nreturn 2",
  "live/below/main.lua": "",
  "live/.secret.lua": "key",
  "live/notes.txt": "key",
};

Deno.test("an operator calls functions of an application, with values of JSON", () => {
  using server = new TestServer(FILES);
  const { operator } = server.scripts;
  deepEqual(operator.call("/", "add", [2, 3]), [5, { sum: 5 }]);
  deepEqual(operator.call("/", "tools.name", []), [""]);
  throws(() => operator.call("/", "fail", []), /www\/main\.lua:4: no luck/);
  throws(() => operator.call("/", "nothing", []), /nothing is no function/);
  throws(() => operator.call("/", "os.exit(1)", []), /is no name of a function/);
  equal(operator.call("/elsewhere", "add", [1, 2]), undefined);
  deepEqual(server.exits, []);
});

Deno.test("a console shows values of expressions, and what statements print", () => {
  using server = new TestServer(FILES);
  const { operator } = server.scripts;
  const evaluate = (source: string) => operator.evaluate("/", source);
  deepEqual(evaluate("1 + 1, 'a', nil, { 1, 2 }"), {
    results: ["2", '"a"', "nil", "[1,2]"],
    printed: [],
  });
  deepEqual(evaluate("print('hello') count = 7"), { results: [], printed: ["hello"] });
  deepEqual(evaluate("count")?.results, ["7"]);
  match(evaluate("print")!.results[0]!, /^function/);
  throws(() => evaluate("1 +"), /^LuaError: console:1: /);
  match(
    evaluate("setmetatable({}, { __tostring = function() return 'own' end })")!.results[0]!,
    /./,
  );
  deepEqual(server.printed, ["hello"]);
});

Deno.test("what an operator runs without end is stopped, and the applications go on", () => {
  using server = new TestServer(FILES);
  const { operator } = server.scripts;
  throws(() => operator.evaluate("/", "while true do end"), /too many instructions/);
  throws(() => operator.call("/", "loop", []), /too many instructions/);
  const slow = "setmetatable({}, {__name = 'x', __tostring = function() while true do end end}).x";
  deepEqual(operator.evaluate("/", slow)?.results, ["nil"]);
  const shown = "coroutine.wrap(function() while true do end end)()";
  throws(() => operator.evaluate("/", shown), /too many instructions/);
  deepEqual(operator.call("/", "add", [1, 1]), [2, { sum: 2 }]);
  equal(server.scripts.host.vm.top, 0);
});

Deno.test("the errors of an application are counted, the newest with its file and line", () => {
  using server = new TestServer({ ...FILES, "bad/main.lua": "x = = 1" });
  const { operator } = server.scripts;
  const seen: unknown[] = [];
  operator.errors.onError = (path, { file, line }) => seen.push([path, file, line]);
  throws(() => server.connect("/live"), /Application \/live failed/);
  throws(() => server.connect("/bad"));
  const found = [...operator.list()];
  const live = found.find(({ path }) => path === "/live")!;
  equal(live.state, "running");
  equal(live.errors, 1);
  deepEqual([live.lastError?.file, live.lastError?.line], ["www/live/main.lua", 1]);
  match(live.lastError!.message, /attempt to index a nil value/);
  const bad = found.find(({ path }) => path === "/bad")!;
  deepEqual([bad.state, bad.errors, bad.lastError?.line], ["failed", 1, 1]);
  equal(bad.lastError?.at, server.clock.epoch());
  deepEqual(seen, [["/live", "www/live/main.lua", 1], ["/bad", "www/bad/main.lua", 1]]);
});

Deno.test("long errors without end take little memory", () => {
  using server = new TestServer({ "main.lua": "" });
  const { errors } = server.scripts.operator;
  for (let count = 0; count < 1_000; count++) errors.add("", `${count} ${"x".repeat(100_000)}`);
  const newest = [...errors.newest()];
  equal(newest.length, 100);
  equal(newest[0]!.message.length, 1_001);
  deepEqual([errors.of("")?.count, newest[0]!.message.slice(0, 5)], [1_000, "999 x"]);
});

Deno.test("an application that did not change starts again when an operator says so", () => {
  using server = new TestServer({
    "main.lua": "starts = (starts or 0) + 1 mona.starts = nil function onStart() print('on') end",
    "bad/main.lua": "x = = 1",
  });
  const { operator } = server.scripts;
  equal(operator.restart("/")?.state, "running");
  deepEqual(server.printed, ["on", "on"]);
  throws(() => server.connect("/bad"));
  server.write("bad/main.lua", "x = 1");
  equal(operator.restart("/bad")?.state, "running");
  equal(operator.restart("/none"), undefined);
});

Deno.test("a folder of files is idle, and the log does not say that it starts", () => {
  using server = new TestServer({ "main.lua": "", "files/a.txt": "", "live/main.lua": "" });
  for (const path of ["/files", "/live"]) server.connect(path);
  const states = [...server.scripts.operator.list()].map(({ path, state }) => [path, state]);
  deepEqual(states, [["/", "running"], ["/files", "idle"], ["/live", "running"]]);
  deepEqual(server.log.lines.filter((line) => / started$/.test(line)), [
    "DEBUG application / started",
    "DEBUG application /live started",
  ]);
});

Deno.test("an operator reads Lua files of an application, and nothing else", () => {
  using server = new TestServer(FILES);
  const { operator } = server.scripts;
  server.scripts.host.applications.find("/live");
  deepEqual(operator.files("/live")?.map(({ name }) => name), ["main.lua", "more/help.lua"]);
  equal(operator.read("/live", "more/help.lua"), "return 1\nreturn 2");
  Deno.writeTextFileSync(`${server.folder}/outside.lua`, "key");
  Deno.symlinkSync(`${server.folder}/outside.lua`, `${server.www}/live/link.lua`);
  Deno.symlinkSync(server.folder, `${server.www}/live/away`);
  const refused = [
    "notes.txt",
    ".secret.lua",
    "../main.lua",
    "../../outside.lua",
    "more/../../main.lua",
    `${server.www}/main.lua`,
    "link.lua",
    "away/outside.lua",
    "more",
    "none.lua",
    "main.lua\0",
    "",
  ];
  for (const file of refused) equal(operator.read("/live", file), undefined, file);
  equal(operator.files("/live")?.some(({ name }) => name.startsWith("away")), false);
});
