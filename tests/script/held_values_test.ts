import { deepEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { decodeText } from "../../src/bytes/mod.ts";
import { type DataWriter, readValues, type Value } from "../../src/codecs/mod.ts";
import { LuaReader } from "../../src/script/lua/reader.ts";
import type { LuaVM } from "../../src/script/lua/vm.ts";
import { LuaWriter } from "../../src/script/lua/writer.ts";
import { type Format, formats } from "../codecs/formats.ts";
import { withData } from "./scripts_with_data.ts";
import { TestServer } from "./support.ts";

// The gate asks the same every time; SEED=n asks anew.
const SEED = Number(Deno.env.get("SEED") ?? 1);

/**
 * Makes `count` entries twice: `odd` in tables of the server's own, which are made when they are
 * asked for and collected soon after, and `plain` in tables that hold all of it.
 */
const MAKE = `
local function entry(i) return {name = "n" .. i, on = i % 2 == 0, deep = {["k" .. i] = "v" .. i}} end
function make(kind, count)
  local plain, odd = {}, {}
  for i = 1, count do plain["e" .. i] = entry(i) end
  if kind == "data" then
    data.all = plain
    odd = data.all
  elseif kind == "configs" then
    odd = mona.configs.all
  elseif kind == "list" then
    data.all = plain
    local named = plain
    plain = {}
    for i = 1, count do
      odd[i] = data.all["e" .. i]
      plain[i] = named["e" .. i]
    end
  elseif kind == "shared" then
    data.all = plain
    plain = {a = plain, b = plain, c = plain.e1, d = {plain.e1.deep, plain.e1.deep}}
    local all = data.all
    odd = {a = all, b = data.all, c = data.all.e1, d = {all.e1.deep, data.all.e1.deep}}
  elseif kind == "cycle" then
    data.all = plain
    plain = {all = plain, again = {}}
    odd = {all = data.all, again = {}}
    plain.again.outer, odd.again.outer = plain.again, odd.again
  elseif kind == "clients" then
    plain = {}
    for id, client in pairs(mona.clients) do
      odd[#odd + 1] = {id = client.id, properties = client.properties}
      local properties = {}
      for name, value in pairs(client.properties) do properties[name] = value end
      plain[#plain + 1] = {id = client.id, properties = properties}
    end
  end
  return plain, odd
end
function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for k, v in pairs(a) do if not same(v, b[k]) then return false end end
  for k in pairs(b) do if a[k] == nil then return false end end
  return true
end`;

const KINDS = ["data", "configs", "list", "shared", "cycle", "clients"] as const;

/** The same writer, with a full collection before some of its steps. */
function collecting(writer: DataWriter, vm: LuaVM, isDue: () => boolean): DataWriter {
  return new Proxy(writer, {
    get(target, name) {
      const member = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const answer = member.apply(target, args);
        if (isDue()) vm.collect();
        return answer;
      };
    },
  });
}

/** What a format makes of the value at a stack index. */
function encode(
  server: TestServer,
  index: number,
  writer: DataWriter & { take(): Uint8Array },
  isDue = () => false,
): Uint8Array {
  const { vm, objects } = server.scripts.host;
  new LuaReader(vm, index, index, objects.typed).read(collecting(writer, vm, isDue));
  return writer.take();
}

/** Values, or their words in order where a format makes text of a container. */
function comparable({ name, reader }: Format, bytes: Uint8Array): Value[] {
  if (name === "Query" || name === "XML") return decodeText(bytes).split(/[^A-Za-z0-9]+/).sort();
  return readValues(reader(bytes));
}

function settle(server: TestServer, kind: string, count: number): void {
  if (kind === "configs") {
    for (let i = 1; i <= count; i++) {
      server.config.set(`all.e${i}.name`, `n${i}`);
      server.config.set(`all.e${i}.on`, String(i % 2 === 0));
      server.config.set(`all.e${i}.deep.k${i}`, `v${i}`);
    }
  }
  if (kind === "clients") {
    for (let i = 1; i <= Math.min(count, 500); i++) {
      server.connect("", [], { properties: new Map([["a", `v${i}`], [`k${i}`, "x"]]) });
    }
  }
}

/** Pushes the plain value and the odd one, and returns the plain one's index. */
function make(server: TestServer, kind: string, count: number): number {
  const { vm, applications } = server.scripts.host;
  const plain = vm.top + 1;
  vm.load(new TextEncoder().encode(`return make("${kind}", ${count})`), "make.lua");
  vm.pushRef(applications.root.environment);
  vm.c.lua_setupvalue(vm.L, -2, 1);
  applications.run(applications.root, 0, 2);
  return plain;
}

const named = (name: string) => formats.find((format) => format.name === name)!;
const [AMF0, AMF3] = [named("AMF0"), named("AMF3")];

const counts = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 60 }) },
  { weight: 1, arbitrary: fc.integer({ min: 300, max: 1000 }) },
);

for (const [at, kind] of KINDS.entries()) {
  Deno.test(`values of ${kind} go out and come in whole while their memory is collected`, () => {
    fc.assert(
      fc.property(
        counts,
        fc.constantFrom(...formats),
        fc.integer({ min: 1, max: 2 ** 31 - 2 }),
        (count, format, seed) => {
          using server = new TestServer(MAKE, { ...withData(), instructions: 100_000_000 });
          const { vm, objects } = server.scripts.host;
          // Some 30 collections for each value, wherever they fall.
          const isDue = () => (seed = seed * 48271 % 2147483647) % count < 3;
          settle(server, kind, count);
          const plain = make(server, kind, count);
          const wanted = encode(server, plain, format.writer());
          const bytes = encode(server, plain + 1, format.writer(), isDue);
          deepEqual(comparable(format, bytes), comparable(format, wanted));
          if (kind === "cycle" || format.name === "Query" || format.name === "XML") return;
          const reader = format.reader(bytes);
          const writer = new LuaWriter(vm, objects.typed, reader.isTree);
          reader.read(collecting(writer, vm, isDue), 1);
          ok(writer.finish() === 1);
          vm.pushRef(server.scripts.host.applications.root.environment);
          vm.getField(-1, "same");
          vm.pushCopy(plain);
          vm.pushCopy(-4);
          vm.call(2, 1);
          ok(vm.toBoolean(-1), "what came back is not the same");
        },
      ),
      {
        numRuns: 14,
        endOnFailure: true,
        seed: SEED + at,
        examples: [[10_000, AMF0, 1], [3000, AMF3, 2]],
      },
    );
  });
}

Deno.test("a script that lets a table go while it is sent gets none in its place", () => {
  using server = new TestServer(
    `
    local meta = {}
    function meta:__writeExternal(writer)
      list[self.at - 1] = false
      collectgarbage()
      list[self.at + 1] = {fresh = self.at}
    end
    function meta:__readExternal(reader) end
    function onTypedObject(type, object) setmetatable(object, meta) end
    function wrong()
      list = {}
      for i = 2, 600, 3 do
        list[i - 1] = {old = i}
        list[i] = setmetatable({__type = "X", at = i}, meta)
        list[i + 1] = {stale = i}
      end
      local read, count = mona:fromAMF(mona:toAMF0(list)), 0
      for i = 2, 600, 3 do
        if read[i - 1].old ~= i or read[i + 1].fresh ~= i then count = count + 1 end
      end
      return count
    end`,
    { ...withData(), instructions: 100_000_000 },
  );
  deepEqual(server.run("return wrong()"), [0]);
});
