import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { boundPatterns } from "../../src/script/lua/library/bounded_strings.ts";
import { PatternMatch, worstSteps } from "../../src/script/lua/library/pattern.ts";
import { LuaVM } from "../../src/script/lua/vm.ts";
import { TestServer } from "./support.ts";

/** Calls that Lua's own library would not end in a lifetime, or in minutes. */
const ENDLESS: Record<string, string> = {
  "find": `s:find(("a*"):rep(20) .. "b")`,
  "match": `s:match(("(a-)"):rep(20) .. "b")`,
  "gmatch": `(function() for w in s:gmatch(("a+"):rep(20) .. "b") do end end)()`,
  "gsub": `s:gsub(("a?"):rep(60) .. ("a-"):rep(10) .. "b", "")`,
  "a repetition of a set": `s:find(("[%a_]+"):rep(12) .. "!")`,
  "balanced brackets": `("("):rep(200000):gsub("%b()", "")`,
  "what a capture matched": `("a"):rep(20000):find("(a*)%1b")`,
};

for (const [name, code] of Object.entries(ENDLESS)) {
  Deno.test(`a pattern without end is stopped with file and line: ${name}`, () => {
    using server = new TestServer("");
    throws(
      () => server.run(`local s = ("a"):rep(5000) return ${code}`),
      /test\.lua:\d: too many instructions in one event/,
    );
    deepEqual(server.run("return ('still'):find('t')"), [2, 2]);
  });
}

Deno.test("a pcall around a pattern without end does not keep the event running", () => {
  using server = new TestServer("");
  throws(
    () =>
      server.run(`local s, p = ("a"):rep(5000), ("a*"):rep(20) .. "b"
      while true do pcall(string.find, s, p) end`),
    /too many instructions in one event/,
  );
});

Deno.test("long subjects are searched and changed as short ones are", () => {
  using server = new TestServer("", { instructions: 200_000_000 });
  deepEqual(
    server.run(`
      local line = "key = some value; "
      local long = line:rep(20000)
      local words, keys = 0, 0
      for word in long:gmatch("%a+") do words = words + 1 end
      for key, value in long:gmatch("(%w+)%s*=%s*([^;]*)") do
        if key == "key" and value == "some value" then keys = keys + 1 end
      end
      local upper, count = long:gsub("%l+", string.upper)
      local mapped = long:gsub("(%a+) =", {key = "name ="})
      local trimmed = ("  " .. long .. "  "):match("^%s*(.-)%s*$")
      return words, keys, upper:sub(1, 17), count, mapped:sub(-18), #trimmed,
        (long:find("nothing", 1, true)), long:find("value;", #long - 30, true)`),
    [60000, 20000, "KEY = SOME VALUE;", 60000, "name = some value; ".slice(-18), 359999, null]
      .concat([359976, 359981] as never[]),
  );
});

Deno.test("a search of plain text takes as many steps as there are bytes", () => {
  using server = new TestServer("", { instructions: 20_000_000 });
  deepEqual(
    server.run(`
      local long, wanted = ("a"):rep(4e6), ("a"):rep(2e6)
      return long:find(wanted .. "b", 1, true), (long .. "b"):find(wanted .. "b", 5, true)`),
    [null, 2000001, 4000001],
  );
});

Deno.test("a long text is cut up piece by piece at the cost of each piece", () => {
  using server = new TestServer("", { instructions: 20_000_000 });
  deepEqual(
    server.run(`
      local rule = ("-"):rep(64) .. "\\n"
      local text = ("some words" .. rule):rep(60000)
      local function count(separator, plain)
        local pieces, from = 0, 1
        for i = 1, 20000 do
          local first, last = text:find(separator, from, plain)
          pieces, from = pieces + 1, last + 1
        end
        return pieces, from
      end
      local word, rest = text:match("^(%a+)%s+(%a+)", 76)
      return count(rule, true), count(("%-"):rep(64)), count("%s+"), count("[\\n]"), word, rest`),
    [20000, 20000, 20000, 20000, "some", "words"],
  );
});

Deno.test("an error in a replacing function reaches the script as it was raised", () => {
  using server = new TestServer("", { instructions: 200_000_000 });
  deepEqual(
    server.run(`
      local long = ("x"):rep(10000)
      local ok, e = pcall(string.gsub, long, "x+", function() error({code = 5}) end)
      local _, text = pcall(string.gsub, long, "x+", function() error("here") end)
      local _, bad = pcall(string.gsub, long, "x+", function() return {} end)
      return ok, e.code, text, bad`),
    [false, 5, "test.lua:4: here", "invalid replacement value (a table)"],
  );
});

Deno.test("errors of string and table functions name the script's line", () => {
  using server = new TestServer("");
  const long = "('x'):rep(10000)";
  for (
    const [code, message] of [
      ["('x'):find()", "bad argument #1 to 'find' (string expected, got no value)"],
      ["('x'):rep({})", "bad argument #1 to 'rep' (number expected, got table)"],
      ["('x'):gsub('x', true)", /bad argument #2 to 'gsub' \(string\/function\/table expected/],
      [
        `${long}:gsub('x*x*', true)`,
        /bad argument #2 to 'gsub' \(string\/function\/table expected/,
      ],
      ["('x'):match('[x')", "malformed pattern (missing ']')"],
      [`${long}:match('x*y*[x')`, "malformed pattern (missing ']')"],
      [`${long}:find('x*x*', {})`, "bad argument #2 to 'find' (number expected, got table)"],
      ["setmetatable(1, {})", "bad argument #1 to 'setmetatable' (table expected, got number)"],
      ["setmetatable(this, {})", "cannot change a protected metatable"],
      ["math.max('x', 1)", "bad argument #1 to 'max' (number expected, got string)"],
      ["table.move({}, 1, 1e18, 2)", "too many elements to move"],
      ["table.insert({}, 'x', 1)", /bad argument #2 to 'insert' \(number expected, got string\)/],
    ] as const
  ) {
    throws(() => server.run(`return ${code}`), (error) => {
      ok(error instanceof Error);
      match(error.message, /^test\.lua:1: /);
      if (typeof message === "string") equal(error.message, `test.lua:1: ${message}`);
      else match(error.message, message);
      return true;
    });
  }
});

Deno.test("a replacement may have a % before any mark, as in Lua 5.1", () => {
  using server = new TestServer("");
  deepEqual(
    server.run(`return ("a-b"):gsub("%-", "%-"), (("a.b"):gsub("%.", "%%%.%0"))`),
    ["a-b", 1, "a%..b"].filter((_, index) => index !== 1),
  );
  throws(() => server.run(`return ("a"):gsub("a", "%2")`), /invalid capture index %2/);
  throws(() => server.run(`return ("a"):gsub("a", "%")`), /invalid use of '%' in replacement/);
});

/** A machine whose patterns are Lua's own, and one where all are ours. */
function machines(): [own: LuaVM, ours: LuaVM] {
  const [own, ours] = [0, 1].map(() => new LuaVM({ memory: 64 << 20, warn() {} })) as [
    LuaVM,
    LuaVM,
  ];
  boundPatterns(ours, -1);
  return [own, ours];
}

const CALLS = `
local s, p, r, init = ...
local function values(f, ...)
  local got = table.pack(pcall(f, ...))
  for i = 1, got.n do
    local value = got[i]
    if i == 2 and not got[1] then value = value:gsub("^[^:]*:%d+: ", "") end
    got[i] = math.type(value) == "integer" and "#" .. value or tostring(value)
  end
  return table.concat(got, "|")
end
local function all()
  local out = {}
  for a, b in s:gmatch(p) do out[#out + 1] = tostring(a) .. "/" .. tostring(b) end
  return table.concat(out, ",")
end
return table.concat({
  values(string.find, s, p), values(string.find, s, p, init), values(string.find, s, p, init, true),
  values(string.match, s, p), values(string.match, s, p, init), values(all),
  values(string.gsub, s, p, r), values(string.gsub, s, p, r, 2), values(string.gsub, s, p, {a = 1, b = false}),
  values(string.gsub, s, p, function(a, b) return b and a .. b end)
}, "\\n")`;

function run(vm: LuaVM, args: readonly (Uint8Array | number)[]): string {
  vm.load(new TextEncoder().encode(CALLS), "c");
  for (const arg of args) typeof arg === "number" ? vm.pushNumber(arg) : vm.pushBytes(arg);
  vm.call(args.length, 1);
  const text = vm.toText(-1) ?? "";
  vm.pop();
  return text;
}

Deno.test("patterns match as Lua's own library matches them", () => {
  const [own, ours] = machines();
  const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
  const piece = fc.constantFrom(
    ...[
      "a",
      "b",
      "ab",
      ".",
      "%a",
      "%d",
      "%s",
      "%w",
      "%p",
      "%u",
      "%x",
      "%g",
      "%c",
      "%l",
      "%S",
      "%z",
    ],
    ...[
      "[ab]",
      "[^a]",
      "[a-c]",
      "[%d_]",
      "[]a]",
      "[^]]",
      "[a-]",
      "[%a-z]",
      "[",
      "]",
      "(",
      ")",
      "()",
    ],
    ...[
      "*",
      "+",
      "-",
      "?",
      "^",
      "$",
      "%b()",
      "%bxx",
      "%f[%w]",
      "%f[%W]",
      "%1",
      "%2",
      "%0",
      "%",
      "%%",
    ],
    ...["(a)", "(.-)", "(%w+)", "(a*(b))", "\0", "\xff", "%.", "%-", "%\0", "[\x80-\xff]"],
  );
  const pattern = fc.array(piece, { maxLength: 6 }).map((parts) => parts.join(""));
  const subject = fc.array(
    fc.constantFrom("a", "b", "c", "1", " ", "(", ")", "x", "_", ".", "\0", "\xff", "A", "]", "-"),
    { maxLength: 12 },
  ).map((parts) => parts.join(""));
  const replacement = fc.constantFrom("", "x", "%0", "%1", "<%1%%>", "%2", "%9");
  fc.assert(
    fc.property(
      subject,
      pattern,
      replacement,
      fc.integer({ min: -14, max: 15 }),
      (s, p, r, init) => {
        const args = [bytes(s), bytes(p), bytes(r), init];
        equal(run(ours, args), run(own, args));
      },
    ),
    { numRuns: 3000 },
  );
  own.close();
  ours.close();
});

Deno.test("a search never takes many more steps than its worst was said to be", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const repeated = fc.tuple(
    fc.constantFrom("a", ".", "[ab]", "%a", "[^c]"),
    fc.constantFrom("*", "+", "-", "?", "", "", "*", "-"),
  ).map((parts) => parts.join(""));
  const special = fc.constantFrom("(a*)", "%b()", "%f[%w]", "(.-)", "()", "b");
  const pattern = fc.tuple(
    fc.constantFrom("", "^"),
    fc.array(fc.oneof(repeated, repeated, special), { minLength: 1, maxLength: 6 }),
    fc.constantFrom("", "$", "c"),
  ).map(([first, parts, last]) => first + parts.join("") + last);
  const subject = fc.string({ unit: fc.constantFrom("a", "a", "a", "b", "(", ")"), maxLength: 24 });
  fc.assert(
    fc.property(subject, pattern, (text, source) => {
      let steps = 0;
      const bytes = encode(source);
      const match = new PatternMatch(encode(text), bytes, (more) => steps += more);
      const from = match.isAnchored ? 1 : 0;
      for (let start = 0; start <= (match.isAnchored ? 0 : text.length); start++) {
        if (match.at(start, from) >= 0) break;
      }
      match.finish();
      const worst = worstSteps(text.length, bytes, 0, bytes.length);
      ok(steps <= 2 * worst + 10, `${steps} steps, ${worst} expected`);
    }),
    { numRuns: 3000 },
  );
});
