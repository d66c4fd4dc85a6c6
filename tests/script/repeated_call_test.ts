import assert from "node:assert/strict";
import { readValues, type Value } from "../../src/codecs/mod.ts";
import type { Client, Invocation } from "../../src/hub/mod.ts";
import { MemoryWriter, plain, TestServer } from "./support.ts";

/** A writer that takes calls which others get too: it notes the encoding that it was given. */
class SharingWriter extends MemoryWriter {
  readonly shared: Value[][] = [];

  writeShared(invocation: Invocation): void {
    const values = invocation.encoded("test", () => readValues(invocation.args()).map(plain));
    this.shared.push(values);
    this.written.push(["invocation", invocation.name, ...values]);
  }
}

function sharing(server: TestServer): { client: Client; writer: SharingWriter } {
  const client = server.connect();
  const writer = new SharingWriter();
  client.writer = writer;
  server.writers.set(client, writer);
  return { client, writer };
}

Deno.test("a call that a script makes of each client is encoded once for all but the first", () => {
  using server = new TestServer("");
  const clients = [1, 2, 3, 4].map(() => sharing(server));
  server.run(`
    for _, client in pairs(mona.clients) do client.writer:writeInvocation("tick", 1, "hello") end
  `);
  for (const { writer } of clients) {
    assert.deepEqual(writer.written, [["invocation", "tick", 1, "hello"]]);
  }
  const shared = clients.flatMap(({ writer }) => writer.shared);
  assert.equal(shared.length, 3);
  assert.ok(shared.every((values) => values === shared[0]));
});

/** Arguments of calls, each of which differs from the one before it in something. */
const ARGUMENTS = `
  "a"; "b"; "a", nil; "a", nil, nil; "a", 1; "a", 1.5; "a", "1"; "a", true; "a", false; "a", 0;
  "a", -0.0; "a", 0; "a", 0/0; "a", 1/0; "a", -1/0; "a", 1 << 53; "a", (1 << 53) + 1;
  "a", 2.0^53; "a", math.maxinteger; "a", math.maxinteger - 1; "a", "ab", "cd"; "a", "ab", "ab"; "a", "ab", "c"; "a", "a", "bc";
  "a", "abc", ""; "a", "\\xff"; "a", "\\0"; "a", ""; "a", ("x"):rep(1024);
  "a", ("x"):rep(1023) .. "y"; "a", ("x"):rep(1025); "a", ("x"):rep(1024) .. "y";
  "a", ("x"):rep(1000), ("x"):rep(24); "a", ("x"):rep(1000), ("x"):rep(25); "a", {1}; "a", {2};
  "a", mona.time; "a", print; ("n"):rep(2000), 1; ("n"):rep(2000), 2;
  "a", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17;
  "a", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18
`.split(";");

Deno.test("each client gets the values of its own call, however like the last one it is", () => {
  using server = new TestServer("");
  const { writer: own } = sharing(server);
  const plainClient = server.connect();
  const calls = ARGUMENTS.flatMap((args) => Array<string>(3).fill(`w:writeInvocation(${args})`));
  server.run(`
    local writers = {}
    for _, client in pairs(mona.clients) do table.insert(writers, client.writer) end
    for _, w in ipairs(writers) do ${calls.join(" ")} end
  `);
  assert.equal(own.written.length, calls.length);
  assert.deepEqual(own.written, server.written(plainClient));
  assert.ok(own.shared.length > 40, `${own.shared.length} calls were shared`);
});

Deno.test("a table that a script changes between two calls is sent as it is in each", () => {
  using server = new TestServer("");
  const { writer } = sharing(server);
  server.run(`
    for _, client in pairs(mona.clients) do
      local t = {n = 1}
      client.writer:writeInvocation("f", t)
      t.n = 2
      client.writer:writeInvocation("f", t)
    end
  `);
  assert.deepEqual(writer.written, [
    ["invocation", "f", { n: 1 }],
    ["invocation", "f", { n: 2 }],
  ]);
});

Deno.test("a call that is encoded already counts for the event that makes it", () => {
  using server = new TestServer("", { instructions: 200_000 });
  const { writer } = sharing(server);
  const calls = () =>
    server.run(`
      for _, client in pairs(mona.clients) do
        for _ = 1, 1000000 do client.writer:writeInvocation("f", 1) end
      end
    `);
  assert.throws(calls, /too many instructions/);
  assert.ok(writer.written.length < 5_000, `${writer.written.length} calls`);
});
