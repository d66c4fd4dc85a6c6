import { deepEqual, equal } from "node:assert/strict";
import { until } from "./member.ts";
import { Scripted, withServers } from "./scripted.ts";

const NOTE = `
  notes = {}
  function onServerConnection(server)
    function server:note(...) notes[#notes + 1] = {...} return "ignored" end
  end`;

Deno.test("error in onServerConnection rejects a server, which hears why", async () => {
  const main = `log = {}
    function onServerConnection(server) if rejecting then error("not you") end end
    function onServerDisconnection() log[#log + 1] = "gone" end`;
  await withServers([main, main], async (b, a) => {
    b.run("rejecting = true");
    a.run("mona.servers[1]:reject()");
    await b.until("#log == 1 and #mona.servers == 0");
    const again = new Scripted(main, { targets: b.address });
    again.start();
    try {
      await until(() => again.log.lines.some((line) => /not you/.test(line)));
    } finally {
      again.cluster.stop();
      again.server[Symbol.dispose]();
    }
    deepEqual(b.run("return #log, #mona.servers"), [1, 0]);
  });
});

Deno.test("an error inside a method called by a server is logged with its place, nothing else", () =>
  withServers([NOTE, NOTE], async (b, a) => {
    b.run("local s = mona.servers[1] function s:bad() error('broken') end");
    a.run(`mona.servers[1]:send("bad") mona.servers[1]:send("note", "after")`);
    await b.until("#notes == 1");
    equal(b.server.log.lines.filter((line) => /^ERROR test\.lua:1: broken/.test(line)).length, 1);
  }));

Deno.test("an application that starts on one server starts on the others that have it", () => {
  const files = { "main.lua": "", "live/main.lua": "here = true", "other/main.lua": "" };
  return withServers([files, { ...files, "sub/main.lua": "" }], async (b, a) => {
    a.server.connect("/live");
    a.server.connect("/sub");
    await b.until("live ~= nil and live.here");
    deepEqual(b.run("return other == nil, sub == nil"), [true, true]);
  });
});
