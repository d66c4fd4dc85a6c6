import { deepEqual, ok } from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import { compile, Op } from "../../src/script/check/bytecode.ts";
import { namedHere } from "../../src/script/check/vocabulary.ts";
import { LuaVM } from "../../src/script/lua/vm.ts";
import { ServiceServer } from "./service_server.ts";

const compiled = (text: string) => {
  const vm = new LuaVM({ memory: 16 * 1024 * 1024, warn() {} });
  try {
    return compile(vm, "test.lua", encodeText(text));
  } finally {
    vm.close();
  }
};

// As `luac5.4 -l -l` lists the same text.
Deno.test("compiled functions are read as luac lists them", () => {
  const main = compiled(`local a, b = 1, "two"
function f(self, x)

  return self.name .. x .. b
end
do local c = f end
a = b:upper(2^70)`);
  deepEqual(main.locals, [
    { name: "a", start: 3, end: 11, register: 0 },
    { name: "b", start: 3, end: 11, register: 1 },
    { name: "c", start: 6, end: 6, register: 2 },
  ]);
  const [f] = main.inner;
  deepEqual(f?.parameters, 2);
  deepEqual(f?.upvalues.map(({ name }) => name), ["b"]);
  deepEqual(f?.code.map(({ line }) => line), [4, 4, 4, 4, 4, 5]);
  deepEqual(f?.code.map(({ op }) => op), [
    Op.getfield,
    Op.move,
    Op.getupval,
    53,
    Op.return1,
    71,
  ]);
  deepEqual(main.code.map(({ line }) => line), [1, 1, 1, 5, 2, 6, 7, 7, 7, 7, 7]);
});

Deno.test("lines are right in functions with thousands of lines between two instructions", () => {
  const { code } = compiled(`a()${"\n".repeat(5000)}b()${"\n".repeat(100)}c()`);
  const lines = [...new Set(code.map(({ line }) => line))];
  deepEqual(lines, [1, 5001, 5101]);
});

Deno.test("a function with more constants than an operand can name is read", () => {
  const names = Array.from({ length: 400 }, (_, index) => `name${index}`);
  const main = compiled(
    `${names.map((name) => `${name} = "${name}!"`).join("\n")}\nreturn name399`,
  );
  ok(main.constants.includes("name399"));
  deepEqual(main.constants.filter((text) => text?.endsWith("!")).length, 400);
});

Deno.test("the classes and members that the check knows exist", async () => {
  await using server = ServiceServer.start("");
  const { classes } = server.scripts.names;
  // Other servers are not part of this one.
  const missing = [...namedHere()].filter(([name, member]) =>
    name !== "server" && !(classes.get(name)?.members.has(member ?? "") ?? false) &&
    !(member === undefined && classes.has(name))
  );
  deepEqual(missing, []);
});
