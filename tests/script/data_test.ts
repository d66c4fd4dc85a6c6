import { deepEqual, equal, ok } from "node:assert/strict";
import {
  className,
  Dictionary,
  type Value,
  ValueReader,
  ValueWriter,
  Vector,
  Xml,
} from "../../src/codecs/mod.ts";
import { LuaReader } from "../../src/script/lua/reader.ts";
import { LuaWriter } from "../../src/script/lua/writer.ts";
import { TestServer } from "./support.ts";

/** Runs Lua with `v` set to the JavaScript value, as data brings it in. */
function into(server: TestServer, value: Value, code: string): Value[] {
  const { vm, objects, applications } = server.scripts.host;
  vm.pushRef(applications.root.environment);
  const writer = new LuaWriter(vm, objects.typed);
  new ValueReader([value]).read(writer);
  equal(writer.finish(), 1);
  vm.setField(-2, "v");
  vm.pop();
  return server.run(code);
}

/** The value of a Lua expression, as data takes it out, classes and maps as they are. */
function out(server: TestServer, expression: string): Value {
  const { vm, objects, applications } = server.scripts.host;
  const { top } = vm;
  vm.load(new TextEncoder().encode(`return ${expression}`), "test.lua");
  vm.pushRef(applications.root.environment);
  vm.c.lua_setupvalue(vm.L, -2, 1);
  applications.run(applications.root, 0, 1);
  const writer = new ValueWriter();
  new LuaReader(vm, top + 1, vm.top, objects.typed).read(writer);
  vm.top = top;
  return writer.values[0];
}

Deno.test("whole numbers come in as integers and print without a point", () => {
  using server = new TestServer("");
  deepEqual(
    into(server, [10, 1.5, 2 ** 53, 2 ** 60, -0], "return tostring(v[1]) .. ' ' .. tostring(v[2])"),
    [
      "10 1.5",
    ],
  );
  deepEqual(into(server, 1e300, "return v == 1e300, math.type(v)"), [true, "float"]);
  deepEqual(into(server, 12345678901234567n, "return math.type(v), tostring(v)"), [
    "integer",
    "12345678901234567",
  ]);
  equal(out(server, "12345678901234567"), 12345678901234567n);
});

Deno.test("strings keep every byte, both ways", () => {
  using server = new TestServer("");
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  deepEqual(
    into(
      server,
      bytes,
      `local s = "" for i = 0, 255 do s = s .. string.char(i) end
      return v.__raw == s, #v.__raw`,
    ),
    [true, 256],
  );
  deepEqual(out(server, `{__raw = "\\0\\xff"}`), Uint8Array.of(0, 255));
  deepEqual(into(server, "é\0x", "return #v, v"), [4, "é\0x"]);
});

Deno.test("objects, arrays, mixed and empty tables find their best fit", () => {
  using server = new TestServer("");
  const cases: [string, unknown][] = [
    ["{1, 2, 3}", [1, 2, 3]],
    ["{}", []],
    ["{a = 1, b = {c = true}}", { a: 1, b: { c: true } }],
    ["{1, 2, x = 3}", new Map<unknown, unknown>([["x", 3], [0, 1], [1, 2]])],
    ["{[1] = 'a', [3] = 'c', [10] = 'j'}", undefined],
    ["{[0.5] = 1, [true] = 2, [-1] = 3}", { "0.5": 1, "-1": 3 }],
    ["{1, nil, 3}", [1, null, 3]],
    ["{a = print, b = 1}", { b: 1 }],
    ["{print, 2}", [null, 2]],
  ];
  for (const [code, expected] of cases) {
    const value = out(server, code);
    if (expected === undefined) ok(value instanceof Map || typeof value === "object");
    else if (expected instanceof Map) deepEqual(value, expected);
    else deepEqual(JSON.parse(JSON.stringify(value)), expected, code);
  }
  deepEqual(
    into(
      server,
      new Map<Value, Value>([["x", 3], [0, "a"], [1, "b"]]),
      "return v.x, v[1], v[2], #v",
    ),
    [3, "a", "b", 2],
  );
  deepEqual(into(server, [1, null, 3], "return v[1], v[2], v[3]"), [1, null, 3]);
  deepEqual(into(server, new Vector("int", [1, 2]), "return v[1], #v"), [1, 2]);
  deepEqual(into(server, new Xml("<a/>", true), "return v"), ["<a/>"]);
});

Deno.test("dates are tables with __time and their fields, and go out by __time", () => {
  using server = new TestServer("");
  const date = new Date(Date.UTC(2024, 1, 29, 12, 34, 56, 789));
  deepEqual(
    into(
      server,
      date,
      `return v.__time, v.year, v.month, v.day, v.yday, v.wday, v.hour, v.min,
      v.sec, v.msec, v.isdst`,
    ),
    [date.getTime(), 2024, 2, 29, 60, 5, 12, 34, 56, 789, false],
  );
  deepEqual(out(server, "{__time = 1000, year = 1999}"), new Date(1000));
});

Deno.test("dictionaries keep keys of any type, and weak ones stay weak", () => {
  using server = new TestServer("");
  const dictionary = new Dictionary([["a", 1], [2, "two"], [true, false]]);
  deepEqual(into(server, dictionary, "return v.__size, v.a, v[2], v[true], getmetatable(v)"), [
    3,
    1,
    "two",
    false,
    null,
  ]);
  dictionary.weakKeys = true;
  deepEqual(into(server, dictionary, "return getmetatable(v).__mode"), ["k"]);
  deepEqual(into(server, new Dictionary([[null, 1], [Number.NaN, 2], ["x", 3]]), "return v.x"), [
    3,
  ]);
  const back = out(
    server,
    "setmetatable({__size = 0, a = 1, [{1}] = 2}, {__mode = 'k'})",
  ) as Dictionary;
  ok(back instanceof Dictionary);
  equal(back.size, 2);
  equal(back.weakKeys, true);
  equal(back.get("a"), 1);
});

Deno.test("typed objects keep their class, both ways", () => {
  using server = new TestServer("");
  deepEqual(into(server, { [className]: "Foo", a: 1 }, "return v.__type, v.a"), ["Foo", 1]);
  deepEqual(
    server.run(`function onTypedObject(type) seen = type end
      local read = mona:fromAMF(mona:toAMF({a = 1}))
      return read.a, read.__type, seen`),
    [1, null, null],
  );
  const back = out(server, "{__type = 'Foo', a = 1, 5}") as Record<string, Value> & {
    [className]?: string;
  };
  equal(back[className], "Foo");
  deepEqual({ ...back, [className]: undefined }, { a: 1, "1": 5, [className]: undefined });
});

Deno.test("vectors stay what they are while their elements fit, and arrays otherwise", () => {
  using server = new TestServer("");
  const cases: [Vector, change: string][] = [
    [new Vector("int", [-(2 ** 31), 2 ** 31 - 1], true), ""],
    [new Vector("uint", [0, 2 ** 32 - 1]), ""],
    [new Vector("double", [0.5, 2]), ""],
    [new Vector({ object: "" }, [1, "two"]), ""],
    [new Vector({ object: "flash.Point" }, [[1], "é"], true), ""],
    [new Vector("int", []), ""],
    [new Vector("int", [1, 2]), "v[3] = 3"],
  ];
  for (const [vector, change] of cases) {
    into(server, vector, change);
    const back = out(server, "v");
    ok(back instanceof Vector);
    deepEqual([back.kind, back.fixed], [vector.kind, vector.fixed]);
    deepEqual(back.items, change === "" ? vector.items : [1, 2, 3]);
  }
  for (
    const [kind, element] of [
      ["int", "2 ^ 31"],
      ["int", "1.5"],
      ["int", "'1'"],
      ["uint", "-1"],
      ["uint", "2 ^ 32"],
      ["double", "{}"],
      ["string", "1"],
    ]
  ) {
    ok(
      Array.isArray(out(server, `setmetatable({1, ${element}}, {__vector = "${kind}"})`)),
      element,
    );
  }
  ok(out(server, `setmetatable({1, 0 / 0}, {__vector = "double"})`) instanceof Vector);
  ok(!(out(server, `setmetatable({a = 1}, {__vector = "double"})`) instanceof Vector));
});

Deno.test("a vector that goes through a script as AMF is the same bytes", () => {
  using server = new TestServer("");
  deepEqual(
    server.run(`local bytes = mona:toAMF(setmetatable({1, 2, 3}, {__vector = "uint"}))
      local array = mona:toAMF({1, 2, 3})
      return bytes ~= array, bytes == mona:toAMF(mona:fromAMF(bytes)), mona:fromAMF(bytes)[3]`),
    [true, true, 3],
  );
});

Deno.test("onTypedObject sees collections of Flex once, and whole", () => {
  using server = new TestServer(`seen = {}
    function onTypedObject(type, object)
      seen[#seen + 1] = type .. ":" .. tostring(object.source and #object.source)
    end`);
  deepEqual(
    server.run(`local type = "flex.messaging.io.ArrayCollection"
      local bytes = mona:toAMF({__type = type, source = {1, 2}})
      local back = mona:fromAMF(bytes)
      return seen, back.__type == type, mona:toAMF(back) == bytes`),
    [["flex.messaging.io.ArrayCollection:2"], true, true],
  );
});

Deno.test("__raw goes before __size, and __size before __time", () => {
  using server = new TestServer("");
  ok(out(server, "{__raw = 'x', __size = 1, __time = 1}") instanceof Uint8Array);
  ok(out(server, "{__size = 1, __time = 1}") instanceof Map);
  ok(out(server, "{__time = 1, __type = 'Foo'}") instanceof Date);
});

Deno.test("shared and cyclic references survive both ways", () => {
  using server = new TestServer("");
  const shared = { a: 1 };
  const cyclic: Value[] = [shared, shared, new Date(0)];
  cyclic.push(cyclic);
  deepEqual(
    into(server, cyclic, "return v[1] == v[2], v[4] == v, v[1].a"),
    [true, true, 1],
  );
  server.run("t = {a = {}, d = {__time = 1}} t.b = t.a t.self = t t.e = t.d");
  const back = out(server, "t") as Record<string, Value>;
  ok(back["a"] === back["b"] && back["self"] === back && back["d"] === back["e"]);
});

Deno.test("a format without references repeats what is shared and leaves out what is cyclic", () => {
  using server = new TestServer("");
  deepEqual(
    server.run(`local t = {x = {1}} t.y = t.x t.self = t
      local again = mona:fromJSON(mona:toJSON(t))
      return again.x[1], again.y[1], again.self`),
    [1, 1, null],
  );
});

Deno.test("onTypedObject sees the object whole, and children come before their parents", () => {
  using server = new TestServer(
    "seen = {} function onTypedObject(type, o) seen[#seen + 1] = type .. (o.n or '') end",
  );
  into(server, [
    { [className]: "Outer", n: 1, inner: { [className]: "Inner", n: 2 } },
  ], "");
  deepEqual(server.run("return seen"), [["Inner2", "Outer1"]]);
});

Deno.test("an error in onTypedObject is logged and the data arrives all the same", () => {
  using server = new TestServer("function onTypedObject() error('no') end");
  deepEqual(into(server, { [className]: "Foo", a: 1 }, "return v.a"), [1]);
  equal(server.log.lines.at(-1), "ERROR www/main.lua:1: no");
});

Deno.test("our objects among data are what scripts put in them", () => {
  using server = new TestServer("function onConnection(c) client = c c.name = 'x' end");
  server.connect();
  deepEqual(out(server, "{client}"), [Object.assign(Object.create(null), { name: "x" })]);
});

Deno.test("dates, dictionaries and classes come back from JSON and XML-RPC", () => {
  using server = new TestServer("");
  for (const format of ["JSON", "XMLRPC", "AMF", "AMF0"]) {
    const back = format === "AMF0" ? "AMF" : format;
    deepEqual(
      server.run(`local date = mona:from${back}(mona:to${format}({__time = 1000000000000}))
        local words = mona:from${back}(mona:to${format}({__size = 2, a = 1, [2] = {"b"}}))
        local typed = mona:from${back}(mona:to${format}({__type = "Foo", a = {__type = "Bar"}}))
        return date.__time, date.year, words.__size, words.a, words[2][1], typed.__type,
          typed.a.__type`),
      [1000000000000, 2001, 2, 1, "b", "Foo", "Bar"],
      format,
    );
  }
});

Deno.test("an object reads and writes itself by functions of its own", () => {
  using server = new TestServer(`function onTypedObject(type, object)
      if type ~= "Own" then return end
      function object:__readExternal(reader) self.text = reader:readUTF() end
    end`);
  deepEqual(
    server.run(`local object = {__type = "Own", text = "written"}
      function object:__writeExternal(writer) writer:writeUTF(self.text .. "!") end
      local meta = {__writeExternal = function() error("not the first") end}
      local read, after = mona:fromAMF(mona:toAMF(setmetatable(object, meta), "after"))
      return read.text, read.__type, after`),
    ["written!", "Own", "after"],
  );
});
