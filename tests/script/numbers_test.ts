import { deepEqual, equal, ok, throws } from "node:assert/strict";
import glue from "wasmoon/dist/glue.wasm" with { type: "bytes" };
import { canonicalValue } from "../../src/base/mod.ts";
import { Amf0Reader, readValues } from "../../src/codecs/mod.ts";
import { LUA51_NUMBERS } from "../../src/script/lua/lua51_numbers.ts";
import { changeModule } from "../../src/script/lua/module_changes.ts";
import { WIDE_INTEGERS } from "../../src/script/lua/wide_integers.ts";
import { TestServer } from "./support.ts";

/** What LuaJIT prints for each expression. */
const PRINTED: Record<string, string> = {
  "10 / 2": "5",
  "2 ^ 10": "1024",
  "7 / 2": "3.5",
  "5.0": "5",
  "-0.0": "-0",
  "1e3": "1000",
  "10 % 3.0": "1",
  "0.1 + 0.2": "0.3",
  "2 ^ 31": "2147483648",
  "1e15": "1e+15",
  "2 ^ 53": "9.007199254741e+15",
  "math.huge": "inf",
  "-math.huge": "-inf",
  "0 / 0": "nan",
  "-(0 / 0)": "nan",
  "math.huge - math.huge": "nan",
  "math.sqrt(16)": "4",
  "tonumber('5.0')": "5",
  "1 / 3": "0.33333333333333",
  "math.floor(7.9)": "7",
};

Deno.test("numbers print as LuaJIT prints them", () => {
  using server = new TestServer("");
  for (const [code, text] of Object.entries(PRINTED)) {
    const ways = [`tostring(${code})`, `(${code}) .. ""`, `("%s"):format(${code})`];
    const all = [...ways, `table.concat({${code}})`].map((way) => `${way} == "${text}"`);
    deepEqual(server.run(`return ${all.join(", ")}`), all.map(() => true), code);
  }
  server.run("print(10 / 2, 2 ^ 10, 2.5) INFO(10 / 2, ' ', 2.5)");
  equal(server.printed.at(-1), "5\t1024\t2.5");
  equal(server.log.lines.at(-1), "INFO test.lua:1: 5 2.5");
});

Deno.test("what is no number has no sign, in whatever form it is written", () => {
  using server = new TestServer("");
  for (const sign of ["", "-"]) {
    deepEqual(
      server.run(`
        local nan = ${sign}(0 / 0)
        return ("%g %f %.3e %5.1f|%-5g|%a %G %s %q"):format(nan, nan, nan, nan, nan, nan, nan, nan, nan),
          ("%g %g %.1f"):format(-0.0, -math.huge, -2.5), mona:toJSON({nan})`),
      ["nan nan nan   nan|nan  |nan NAN nan (0/0)", "-0 -inf -2.5", "[[null]]"],
    );
  }
});

Deno.test("a float keeps its kind, and what reads and writes numbers exactly goes on doing so", () => {
  using server = new TestServer("");
  deepEqual(
    server.run(`
      local names = {}
      names["room" .. 10 / 2] = 1
      names[10 / 2] = "five"
      local quoted = load("return " .. ("%q"):format(0.1) .. "," .. ("%q"):format(10 / 2))
      local tenth, five = quoted()
      return math.type(10 / 2), math.type(5), names.room5, names[5], tenth == 0.1, five,
        tonumber("-0123456789"), tonumber("0x10"), tonumber("1e-2"), tonumber("1."), tonumber("-")`),
    ["float", "integer", 1, "five", true, 5, -123456789, 16, 0.01, 1, null],
  );
  server.write("numbers.txt", "-12.50 0x1F 7");
  deepEqual(
    server.run(`
      local file = io.open(mona:absolutePath("") .. "numbers.txt")
      local a, b, c = file:read("*n", "*n", "*n")
      file:close()
      return a, b, c`),
    [-12.5, 31, 7],
  );
});

Deno.test("a whole float is the same data as an integer", () => {
  using server = new TestServer(
    "function onConnection(client) function client:f(x) return x end end",
  );
  deepEqual(
    server.run(`data = {a = 10 / 2}
      return mona:toJSON({10 / 2, {["k" .. 4 / 2] = 2.5}}), mona:toQuery({a = 10 / 2}),
        mona:toXMLRPC(10 / 2):match("<value>(.*)</value>")`),
    ['[[5,{"k2":2.5}]]', "a=5", "<int>5</int>"],
  );
  const [amf0] = server.run("return {__raw = mona:toAMF0(10 / 2)}") as [Uint8Array];
  deepEqual(readValues(new Amf0Reader(amf0)), [5]);
  const [float, integer] = server.run(
    "return {__raw = mona:toAMF(10 / 2)}, {__raw = mona:toAMF(5)}",
  ) as [Uint8Array, Uint8Array];
  deepEqual(float, integer);
});

/** Library functions that want an integer, given a fraction. */
const TRUNCATED: Record<string, unknown> = {
  "('abcdef'):sub(1, 5 / 2)": "ab",
  "('abcdef'):sub(-1.9)": "f",
  "('x'):rep(2.9)": "xx",
  "('x'):rep(-0.5)": "",
  "('abc'):byte(2.5)": 98,
  "string.char(65.9)": "A",
  "('%d:%02d'):format(125 / 60, 125 % 60)": "2:05",
  "('%d'):format(-3.7)": "-3",
  "('%x'):format(255.5)": "ff",
  "('%d'):format('10.5')": "10",
  "select(2.7, 'a', 'b')": "b",
  "table.concat({1, 2, 3}, ',', 1, 2.5)": "1,2",
  "(table.unpack({1, 2, 3}, 2.5, 3))": 2,
  "math.random(1.5, 1.9)": 1,
  "('a.b'):find('.', 1.9, true)": 2,
};

Deno.test("library functions drop a fraction where they want an integer", () => {
  using server = new TestServer("");
  for (const [code, value] of Object.entries(TRUNCATED)) {
    deepEqual(server.run(`return (${code})`), [value], code);
  }
});

Deno.test("what no integer can hold is refused, and Lua 5.4's own operators are exact", () => {
  using server = new TestServer("");
  for (const number of ["0 / 0", "math.huge", "-math.huge", "2 ^ 63", "1e300"]) {
    throws(() => server.run(`return ("x"):rep(${number})`), /number has no integer representation/);
  }
  deepEqual(
    server.run(`return pcall(function() return 1.5 | 2 end), 2.0 | 1, math.tointeger(3.5),
      math.tointeger(3.0), math.tointeger("8"), math.tointeger("8.5"), math.tointeger({})`),
    [false, 3, null, 3, 8, null, null],
  );
  deepEqual(server.run("return ('abc'):sub(-2 ^ 63, 2 ^ 62)"), ["abc"]);
});

Deno.test("libraries answer as Lua of 64 bits does, whatever integers they get", () => {
  const read = (name: string) => Deno.readTextFileSync(`tests/vectors/lua/library_calls.${name}`);
  using server = new TestServer("", { instructions: 0 });
  server.run(read("lua"));
  deepEqual(server.printed, read("txt").trimEnd().split("\n"));
});

Deno.test("another build of Lua is refused by what it lacks or has twice", () => {
  for (const changes of [LUA51_NUMBERS, WIDE_INTEGERS]) {
    equal(WebAssembly.validate(changeModule(glue, changes)), true);
    throws(() => changeModule(new Uint8Array(100), changes), /not the expected one: the/);
    const twice = new Uint8Array([...glue, ...glue]);
    throws(() => changeModule(twice, changes), /must be there \d times, but is \d+ times/);
  }
});

Deno.test("text is a number for the server exactly when a script would print it the same", () => {
  using server = new TestServer(`
    function isCanonical(text) return tostring(tonumber(text)) == text end`);
  let seed = 1;
  const random = (below: number) => (seed = seed * 48271 % 2147483647) % below;
  const digits = () => String(random(10 ** (1 + random(9))));
  const parts = [
    digits,
    () => "",
    () => "-",
    () => "0",
    () => ".",
    () => "e",
    () => "e+",
    () => "e-",
  ];
  const texts = ["1e+14", "1e+15", "99999999999999", "9223372036854775807", "9223372036854775808"];
  for (let i = 0; i < 20_000; i++) {
    const value = (random(2e9) - 1e9) * 10 ** (random(40) - 20);
    texts.push(String(value), value.toPrecision(1 + random(18)), value.toExponential(random(6)));
    texts.push(
      Array.from({ length: 1 + random(5) }, () => parts[random(parts.length)]!()).join(""),
    );
    texts.push(texts.at(-3)!.replace(/e([+-])(\d)$/, "e$10$2"), digits() + digits() + digits());
  }
  let numbers = 0;
  for (let at = 0; at < texts.length; at += 1000) {
    const some = texts.slice(at, at + 1000);
    const list = some.map((text) => `"${text}"`).join();
    const [answers] = server.run(
      `local all = {} for _, text in ipairs{${list}} do all[#all + 1] = isCanonical(text) end return all`,
    );
    const ours = some.map((text) => typeof canonicalValue(text) !== "string");
    numbers += ours.filter((is) => is).length;
    deepEqual(ours, answers, "which texts are numbers");
  }
  ok(numbers > 10_000 && numbers < 100_000, `${numbers} of ${texts.length} are numbers`);
});

Deno.test("settings are numbers and booleans where they are written as one", () => {
  using server = new TestServer("");
  const settings = {
    "RTMP.port": "1935",
    "a.on": "true",
    "a.id": "007",
    "a.size": "1e5",
    "a.x": "2.5",
  };
  for (const [name, value] of Object.entries(settings)) server.config.set(name, value);
  const { RTMP, a } = { RTMP: { port: 1935 }, a: { on: true, id: "007", size: "1e5", x: 2.5 } };
  deepEqual(
    server.run(`local seen = {} for name, value in pairs(mona.configs.a) do seen[name] = value end
      return mona.configs.RTMP.port == 1935, mona.configs.a.on == true, seen, mona.configs`),
    [true, true, a, { RTMP, a }],
  );
});
