import { equal, match, ok, throws } from "node:assert/strict";
import { Refusal } from "../../src/hub/mod.ts";
import { TestServer } from "./support.ts";

const PLAIN = "Method client 'f' failed in application /";

/** The body of a method, what its caller is told, and what the log has. */
const cases: [body: string, told: string, logged: RegExp][] = [
  ['error("wrong password")', "wrong password", /^ERROR www\/main\.lua:2: wrong password$/],
  ['error("wrong password", 0)', "wrong password", /^ERROR wrong password$/],
  ['error("wrong password", 2)', "wrong password", /wrong password$/],
  ["error(404)", "404", /^ERROR 404$/],
  ['error("Bob: 12: 3 left")', "Bob: 12: 3 left", /Bob: 12: 3 left$/],
  ['error("two\\nlines")', "two\nlines", /two\nlines$/],
  ['error("")', PLAIN, /^ERROR www\/main\.lua:2: $/],
  ["error()", PLAIN, /nil value/],
  ["error({code = 1})", PLAIN, /table value/],
  ["local x return x.y", PLAIN, /^ERROR www\/main\.lua:2: attempt to index a nil value/],
  ["return ('x') + 1", PLAIN, /^ERROR www\/main\.lua:2: attempt to add a 'string'/],
  ["return mona:md5({})", PLAIN, /^ERROR www\/main\.lua:2: bad argument #1 to 'md5'/],
  ["assert(io.open('none/secret.txt'))", PLAIN, /secret\.txt: No such file/],
  ["assert(false)", PLAIN, /assertion failed!/],
  // Raised again, by whoever caught it.
  [
    'local ok, e = pcall(error, "inner") error(e)',
    "inner",
    /inner$/,
  ],
  ['local ok, e = pcall(function() error("inner") end) error(e)', "inner", /inner$/],
  ['local ok, e = pcall(function() error("inner") end) error(e, 0)', "inner", /inner$/],
  [
    'local ok, e = pcall(function() error("inner") end) error("outer: " .. e:match(": (.*)"))',
    "outer: inner",
    /outer: inner$/,
  ],
  ["local ok, e = pcall(function() return nil + 1 end) error(e)", PLAIN, /arithmetic/],
  ["local ok, e = pcall(function() return nil + 1 end) error(e, 0)", PLAIN, /arithmetic/],
  ["local ok, e = pcall(load, 'x') error(select(2, load('x=')))", PLAIN, /unexpected symbol/],
  ['coroutine.wrap(function() error("inner") end)()', "inner", /inner$/],
  ["coroutine.wrap(function() return nil + 1 end)()", PLAIN, /arithmetic/],
  ['pcall(error, "before") local x return x.y', PLAIN, /attempt to index/],
  ['local own = error for i = 1, 100 do pcall(own, "n" .. i) end own("last")', "last", /last$/],
  ["load(\"error('in a string')\")()", "in a string", /in a string$/],
  ["require('broken.lua')", PLAIN, /broken\.lua/],
  ["error(('x'):rep(10000))", PLAIN, /xxx/],
];
for (const [body, told, logged] of cases) {
  Deno.test(`a caller is told ${JSON.stringify(told)} of ${body}`, () => {
    using server = new TestServer({
      "main.lua": `function onConnection(client)\nfunction client:f() ${body} end end`,
      "broken.lua": "x =",
    });
    const client = server.connect();
    throws(() => server.call(client, "f"), (error) => {
      ok(error instanceof Refusal);
      equal(error.message, told);
      equal(error.reason, "failed");
      return true;
    });
    match(server.log.lines.at(-1) ?? "", logged);
  });
}

Deno.test("a client that Lua's own error keeps out hears of a failure, one that a script refuses of that", () => {
  using server = new TestServer(`function onConnection(client, name)
    if name == nil then return name.x end
    error(name)
  end`);
  throws(() => server.connect(), { message: "Application / failed", reason: "failed" });
  match(server.log.lines.at(-1) ?? "", /^ERROR www\/main\.lua:2: attempt to index a nil value/);
  throws(() => server.connect("", ["not you"]), { message: "not you", reason: "denied" });
  equal(server.log.lines.at(-1), "WARN www/main.lua:3: not you");
  throws(() => server.connect("", [""]), { message: "client rejected", reason: "denied" });
});

Deno.test("error raises what it always did", () => {
  using server = new TestServer("");
  const raised = (call: string) => server.run(`return select(2, pcall(function() ${call} end))`)[0];
  equal(raised('error("a")'), "test.lua:1: a");
  equal(raised('error("a", 0)'), "a");
  equal(raised("error(5)"), 5);
  equal(raised("error(true)"), true);
  match(String(raised('error("a", {})')), /^test\.lua:1: bad argument #2 to 'error'/);
  equal(raised('local function f() error("a", 2) end f()'), "test.lua:1: a");
  match(String(raised('error(("x"):rep(100000))')), /^test\.lua:1: x+$/);
});
