import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { TestServer } from "./support.ts";

/** What old scripts expect, by the expression and its values (Lua 5.1 and LuaJIT manuals). */
const OLD: [code: string, ...values: unknown[]][] = [
  ["unpack({1, 2, 3})", 1, 2, 3],
  ["table.getn({1, 2})", 2],
  ["table.maxn({1, [10] = 2, x = 3})", 10],
  ["loadstring('return 1 + 1')()", 2],
  ["select('#', loadstring('x ='))", 2],
  ["math.pow(2, 10), tostring(math.pow(2, 10))", 1024, "1024"],
  ["math.mod(7, 3), math.ldexp(1, 4), math.frexp(8)", 1, 16, 0.5, 4],
  ["math.atan2(0, -1) == math.pi, gcinfo() > 0", true, true],
  ["math.max('10', 9), math.min(3, '0x2', 5), math.max(1, 2.5)", 10, 2, 2.5],
  [
    "(function() local t = setmetatable({}, {__lt = function(a, b) return a.n < b.n end}) t.n = 1 return t <= t, t >= t, t < t end)()",
    true,
    true,
    false,
  ],
  ["math.log10(1000) > 2.99, math.cosh(0), math.tanh(100)", true, 1, 1],
  ["(function() for w in string.gfind('a b', '%a') do return w end end)()", "a"],
  ["bit.band(0xff, 0x0f), bit.bor(1, 2, 4), bit.bxor(5, 1), bit.bnot(0)", 15, 7, 4, -1],
  ["bit.lshift(1, 31), bit.rshift(-1, 28), bit.arshift(-8, 1)", -2147483648, 15, -4],
  ["bit.rol(0x12345678, 8), bit.ror(0x12345678, 8)", 0x34567812, 0x78123456],
  ["bit.bswap(0x01020304), bit.tohex(255), bit.tohex(255, -4)", 0x04030201, "000000ff", "00FF"],
  ["bit.tobit(0xffffffff), bit.tobit(4294967297.0)", -1, 1],
  ["type(newproxy(true)), getmetatable(newproxy(true)) ~= nil", "table", true],
  [
    "(function() local t = {} table.foreach({a = 1}, function(k, v) t[k] = v end) return t.a end)()",
    1,
  ],
  [
    "require('bit') == bit, require('string') == string, package.loaded.table == table",
    true,
    true,
    true,
  ],
  ["#setmetatable({}, {__len = function() return 7 end})", 7],
  [
    "(function() for k in pairs(setmetatable({}, {__pairs = function() return next, {z = 1} end})) do return k end end)()",
    "z",
  ],
  [
    "(function() for k in ipairs(setmetatable({}, {__ipairs = function() return next, {y = 1} end})) do return k end end)()",
    "y",
  ],
];

for (const [code, ...values] of OLD) {
  Deno.test(`old scripts get ${code}`, () => {
    using server = new TestServer("");
    deepEqual(server.run(`return ${code}`), values);
  });
}

Deno.test("setfenv and getfenv change what a function's globals are", () => {
  using server = new TestServer("x = 1");
  deepEqual(
    server.run(`
      local function f() return x end
      local before = f()
      setfenv(f, {x = 2})
      local function own() setfenv(1, {y = 3}) return y end
      return before, f(), getfenv(f).x, own(), x, getfenv() == this, getfenv(0) == this`),
    [1, 2, 2, 3, 1, true, true],
  );
});

Deno.test("module makes a table of the functions that follow, with or without globals", () => {
  using server = new TestServer({
    "main.lua": "shared = 5",
    "mine.lua": "module('my.tools', package.seeall) function double(x) return x * 2 + shared end",
    "bare.lua": "module('bare') y = 1",
  });
  deepEqual(
    server.run(`local tools = require("mine") require("bare")
      return tools, my.tools.double(2), my.tools._NAME, my.tools._PACKAGE, bare.y,
        require("my.tools") == my.tools`),
    [true, 9, "my.tools", "my.", 1, true],
  );
});

Deno.test("a child finds its parent's packages as they are after the parent's restart", () => {
  const preload = (name: string) =>
    `package.preload.${name} = function() return "${name}" end
    package.path = "/${name}/?.lua"`;
  using server = new TestServer({ "main.lua": preload("one"), "a/main.lua": "" });
  server.connect("/a");
  deepEqual(server.run("return require('one'), package.path", "/a"), ["one", "/one/?.lua"]);
  server.write("main.lua", preload("two"));
  server.pass();
  deepEqual(
    server.run(
      `return require('two'), package.path, package.loaded.string == string,
        package.preload.one, rawget(package, "path")`,
      "/a",
    ),
    ["two", "/two/?.lua", true, null, null],
  );
  server.run("package.path = 'mine'", "/a");
  deepEqual(server.run("return package.path"), ["/two/?.lua"]);
});

Deno.test("a module is its application's alone, and fresh after a restart", () => {
  using server = new TestServer({ "main.lua": "", "a/main.lua": "module('m') x = 1" });
  server.write("b/main.lua", "package.preload.pre = function() return 7 end require('inc')");
  server.write("b/inc.lua", "module('m')");
  server.connect("/a");
  server.connect("/b");
  deepEqual(server.run("return m.x, require('pre'), package.loaded.string == string", "/b"), [
    null,
    7,
    true,
  ]);
  server.write("a/main.lua", "module('m') y = 2");
  server.pass();
  deepEqual(server.run("return a.m.x, a.m.y, m"), [null, 2, null]);
});

Deno.test("functions of load and loadstring have the application's globals", () => {
  using server = new TestServer({ "main.lua": "", "a/main.lua": "" });
  server.run(`loadstring("x = 1")() load("y = 2")() load("z = 3", "c", "t", {})()`, "/a");
  deepEqual(server.run("return a.x, a.y, a.z, x"), [1, 2, null, null]);
});

Deno.test("a required file runs once for its application, again after a restart", () => {
  using server = new TestServer({ "main.lua": "count = 0", "a/main.lua": "require('inc')" });
  server.write("a/inc.lua", "super.count = super.count + 1");
  server.connect("/a");
  server.run("require('inc') require('inc.lua')", "/a");
  deepEqual(server.run("return count"), [1]);
  server.write("a/main.lua", "require('inc') edited = true");
  server.pass();
  deepEqual(server.run("return count, edited", "/a"), [2, true]);
});

Deno.test("an error in an included file names that file and line", () => {
  using server = new TestServer({
    "main.lua": "",
    "inc.lua": "\nerror('inside')",
    "bad.lua": "x =",
  });
  throws(() => server.run("dofile('inc.lua')"), { message: "www/inc.lua:2: inside" });
  throws(() => server.run("require('bad')"), /www\/bad\.lua:1: unexpected symbol/);
});

Deno.test("io writes and reads files on disk, byte for byte", () => {
  using server = new TestServer("");
  const path = `${server.folder}/file.bin`;
  deepEqual(
    server.run(`
      local f = assert(io.open("${path}", "wb"))
      f:write("line one\\n", 12, "\\nbinary\\0\\xff\\n0x10 -3.5e1 last")
      local at = f:seek("cur")
      f:close()
      local g = io.open("${path}")
      local values = {g:read("l", "n", "L", "*L")}
      local numbers = {g:read("*n", "*n")}
      local rest, none = g:read("a", "l")
      local size = g:seek("end")
      g:seek("set", 5)
      local three, eof = g:read(3), io.type(g)
      g:close()
      return at, values[1], values[2], values[3], #values[4], numbers, rest, none, size, three,
        eof, io.type(g), io.type(5)`),
    [37, "line one", 12, "\n", 9, [16, -35], " last", null, 37, "one", "file", "closed file", null],
  );
});

Deno.test("io appends, updates in place, and iterates over lines", () => {
  using server = new TestServer("");
  const path = `${server.folder}/lines.txt`;
  deepEqual(
    server.run(`
      io.open("${path}", "w"):write("a\\nbb\\nccc"):close()
      io.open("${path}", "a"):write("\\nd"):close()
      local f = io.open("${path}", "r+")
      local first = f:read("l")
      f:write("BB")
      f:close()
      local lines = {}
      for line in io.lines("${path}") do lines[#lines + 1] = line end
      local pairs_ = {}
      for a, b in io.lines("${path}", 1, "L") do pairs_[#pairs_ + 1] = a .. (b or '') end
      io.output("${path}") io.write("new") io.close()
      io.output(io.stdout)
      io.input("${path}")
      local all = io.read("a")
      io.input():close()
      io.input(io.stdin)
      return first, lines, #pairs_, all`),
    ["a", ["a", "BB", "ccc", "d"], 4, "new"],
  );
});

Deno.test("io and os answer nil, message and code as Lua does", () => {
  using server = new TestServer("");
  const none = `${server.folder}/none`;
  const folder = `${server.folder}/www`;
  server.write("f.txt", "");
  deepEqual(server.run(`return io.open("${none}")`), [
    null,
    `${none}: No such file or directory`,
    2,
  ]);
  deepEqual(server.run(`return os.remove("${none}")`), [
    null,
    `${none}: No such file or directory`,
    2,
  ]);
  deepEqual(server.run(`return os.remove("${folder}")`), [
    null,
    `${folder}: Directory not empty`,
    39,
  ]);
  deepEqual(server.run(`return os.rename("${none}", "${none}2")`), [
    null,
    `${none}: No such file or directory`,
    2,
  ]);
  deepEqual(server.run(`return io.open("${folder}", "w")`), [
    null,
    `${folder}: Is a directory`,
    21,
  ]);
  throws(() => server.run(`io.lines("${none}")`), /No such file or directory/);
  throws(
    () => server.run(`local f = io.tmpfile() f:close() f:read()`),
    /attempt to use a closed file/,
  );
});

Deno.test("os moves and removes files, tells time and reads the environment", () => {
  using server = new TestServer("");
  const path = `${server.folder}/a`;
  deepEqual(
    server.run(`
      io.open("${path}", "w"):close()
      local renamed, removed = os.rename("${path}", "${path}b"), os.remove("${path}b")
      local name = os.tmpname()
      os.remove(name)
      return renamed, removed, os.getenv("PATH") ~= nil, os.getenv("NO_SUCH"), type(os.clock()),
        os.time(), os.difftime(10, 4), os.setlocale(), os.setlocale("xx"), #name > 0`),
    [
      true,
      true,
      true,
      null,
      "number",
      Math.floor(server.clock.epoch() / 1000),
      6,
      "C",
      null,
      true,
    ],
  );
});

Deno.test("os.date writes C's formats and gives tables that os.time reads back", () => {
  using server = new TestServer("");
  deepEqual(
    server.run(`
      local time = 1709210096 -- 2024-02-29 12:34:56 UTC, a Thursday
      local t = os.date("!*t", time)
      return os.date("!%Y-%m-%d %H:%M:%S %j %a %A %b %B %p %I %y %%", time), os.date("!%c", time),
        os.date("!%D %e %F %R %T %u %w %U %W %V %G %n%t", time),
        t.year, t.month, t.day, t.hour, t.min, t.sec, t.wday, t.yday, t.isdst,
        os.time(os.date("*t", time)) == time, os.time({year = 2024, month = 14, day = 1}) ==
        os.time({year = 2025, month = 2, day = 1})`),
    [
      "2024-02-29 12:34:56 060 Thu Thursday Feb February PM 12 24 %",
      "Thu Feb 29 12:34:56 2024",
      "02/29/24 29 2024-02-29 12:34 12:34:56 4 4 08 09 09 2024 \n\t",
      ...[2024, 2, 29, 12, 34, 56, 5, 60, false, true, true],
    ],
  );
  throws(() => server.run("os.date('%Q')"), /bad argument #1 to 'date' \(invalid conversion/);
  throws(() => server.run("os.time({year = 2024})"), /field 'month' missing in date table/);
});

Deno.test("programs are refused with a clear error, os.exit stops the server in order", () => {
  using server = new TestServer("");
  throws(() => server.run("os.execute('ls')"), /os\.execute is refused: scripts start no programs/);
  throws(() => server.run("io.popen('ls')"), /io\.popen is refused: scripts start no programs/);
  deepEqual(server.run("return os.execute()"), [false]);
  throws(() => server.run("os.exit(3)"), /os\.exit: the server stops/);
  throws(() => server.run("os.exit(true)"), /os\.exit/);
  deepEqual(server.exits, [3, 0]);
});

Deno.test("an open file that nobody holds is closed when Lua collects it", () => {
  using server = new TestServer("");
  server.run(`for i = 1, 50 do io.open("${server.folder}/f" .. i, "w"):write("x") end`);
  server.run("collectgarbage() collectgarbage()");
  equal(Deno.statSync(`${server.folder}/f50`).size, 1);
  ok(server.scripts.host.objects.size < 20);
});

Deno.test("a file of io.lines is closed when its loop was left", () => {
  using server = new TestServer("");
  const path = `${server.folder}/lines`;
  Deno.writeTextFileSync(path, "one\ntwo\n");
  // The leak sanitizer sees the files that stay open.
  server.run(`for i = 1, 20 do for line in io.lines("${path}", "l") do break end end`);
  server.run("collectgarbage() collectgarbage()");
});

Deno.test("a read of any count takes no more than there is", () => {
  using server = new TestServer("");
  const path = `${server.folder}/short`;
  Deno.writeTextFileSync(path, "abc");
  deepEqual(
    server.run(`local f = io.open("${path}")
      local values = {f:read(1, -1, 0 / 0, 1.5, 1e15, 1)}
      f:close()
      return table.unpack(values, 1, 6)`),
    ["a", "", "", "b", "c", null],
  );
});

Deno.test("a traceback in an error handler shows where the error was", () => {
  using server = new TestServer("");
  deepEqual(
    server.run(`
      local function faulty() error("oops") end
      local _, trace = xpcall(function() faulty() end, function(m) return debug.traceback(m, 1) end)
      local _, plain = xpcall(faulty, debug.traceback)
      return trace:find("faulty") ~= nil, plain:find("oops") ~= nil,
        select(2, xpcall(function(a, b) return a + b end, print, 1, 2))`),
    [true, true, 3],
  );
});

Deno.test("dates that cannot be are errors, as in Lua", () => {
  using server = new TestServer("");
  const cases: [code: string, problem: RegExp][] = [
    ['os.date("!%Y", 2 ^ 60)', /date result cannot be represented in this installation$/],
    ['os.date("*t", 2 ^ 60)', /date result cannot be represented/],
    ["os.time{year = 2020, month = 1, day = 1 / 0}", /field 'day' is not an integer$/],
    ["os.time{year = 2020, month = 1, day = 0 / 0}", /field 'day' is not an integer$/],
    ['os.time{year = 2020, month = 1, day = "x"}', /field 'day' is not an integer$/],
    ["os.time{year = 2020, month = 1, day = 1, hour = true}", /field 'hour' is not an integer$/],
    ["os.time{day = 1 / 0}", /field 'year' missing in date table$/],
    ["os.time{year = 2020, month = 1, day = 2 ^ 31}", /field 'day' is out-of-bound$/],
    ["os.time{year = 2 ^ 40, month = 1, day = 1}", /field 'year' is out-of-bound$/],
    ["os.time{year = 2 ^ 30, month = 1, day = 1}", /time result cannot be represented/],
  ];
  for (const [code, problem] of cases) {
    const [ok, message] = server.run(`return pcall(function() return ${code} end)`);
    equal(ok, false, code);
    match(String(message), problem, code);
  }
  deepEqual(
    server.run(`return os.time{year = "2020", month = 1.0, day = 1} ==
      os.time{year = 2020, month = 1, day = 1}`),
    [true],
  );
});

Deno.test("io.open with a mode that is none gives nil, a text and a number", () => {
  using server = new TestServer("");
  deepEqual(server.run(`return io.open("x.txt", "q")`), [null, "x.txt: Invalid argument", 22]);
});

Deno.test("split gives half a million tokens, and says how many are too many", () => {
  using server = new TestServer("", { instructions: 100_000_000 });
  deepEqual(
    server.run(`local tokens = {mona:split(("ab,"):rep(499999) .. "end", ",")}
      local ok, message = pcall(function() return mona:split(("a,"):rep(999999), ",") end)
      return #tokens, tokens[1], tokens[500000], ok, message`),
    [
      500_000,
      "ab",
      "end",
      false,
      "test.lua:2: split gives more than 900000 tokens",
    ],
  );
});
