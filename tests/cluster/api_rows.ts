import { deepEqual, equal, match } from "node:assert/strict";
import type { RowTests } from "../script/api/rows.ts";
import { type Scripted, withServers } from "./scripted.ts";

/** `b` is the target of `a`, with name=master in the query. */
function row(main: string, body: (a: Scripted, b: Scripted) => Promise<void> | void) {
  return () =>
    withServers([main, main], (target, initiator) => body(initiator, target), "?name=master");
}

const NOTE = `
  notes = {}
  function onServerConnection(server)
    function server:note(...) notes[#notes + 1] = {...} return "ignored" end
  end`;

/** Servers, as scripts see each other's. */
export const serverRows: RowTests = {
  "mona.servers": row("", (a, b) => {
    deepEqual(a.run("return mona.servers == mona.servers, cumulus.servers == mona.servers"), [
      true,
      true,
    ]);
    deepEqual(b.run("return #mona.servers"), [1]);
  }),

  "servers.initiators": row("", (a, b) => {
    deepEqual(a.run("return mona.servers.initiators.count"), [0]);
    deepEqual(b.run("return #mona.servers.initiators, mona.servers.initiators[1].isTarget"), [
      1,
      false,
    ]);
  }),

  "servers.targets": row("", (a, b) => {
    deepEqual(a.run("return mona.servers.targets.count, mona.servers.targets[1].address"), [
      1,
      b.address,
    ]);
    deepEqual(b.run("return mona.servers.targets.count"), [0]);
  }),

  "servers.broadcast": row(NOTE, async (a, b) => {
    a.run(`mona.servers:broadcast("note", 1, "two", {three = 3})`);
    await b.until("#notes == 1");
    deepEqual(b.run("return notes[1]"), [[1, "two", { three: 3 }]]);
  }),

  "servers.call": row("", (a, b) => {
    deepEqual(
      a.run(`return mona.servers(1) == mona.servers[1], mona.servers("${b.address}").address,
      mona.servers(2), mona.servers("nowhere:1")`),
      [true, b.address, null, null],
    );
  }),

  "servers.iterate": row("", (a, b) => {
    deepEqual(
      a.run("local r = {} for i, s in ipairs(mona.servers) do r[i] = s.address end return r"),
      [[b.address]],
    );
  }),

  "servers.ipairsMethod": row("", (a, b) => {
    deepEqual(
      a.run("local r = {} for i, s in cumulus.servers:ipairs() do r[i] = s.address end return r"),
      [[b.address]],
    );
  }),

  "servers.len": row("", (a) => deepEqual(a.run("return #mona.servers"), [1])),

  "servers.count": row("", (a) => deepEqual(a.run("return mona.servers.count"), [1])),

  "server.address": row("", (a, b) => {
    deepEqual(a.run("return mona.servers[1].address"), [b.address]);
    match(String(b.run("return mona.servers[1].address")[0]), /^127\.0\.0\.1:\d+$/);
  }),

  "server.publicAddress": row("", (a, b) => {
    deepEqual(a.run("return mona.servers[1].publicAddress"), ["127.0.0.1:1935"]);
    deepEqual(b.run("return mona.servers[1].publicAddress"), ["127.0.0.1:1936"]);
  }),

  "server.isTarget": row("", (a, b) => {
    deepEqual(a.run("return mona.servers[1].isTarget"), [true]);
    deepEqual(b.run("return mona.servers[1].isTarget"), [false]);
  }),

  "server.dynamic": row("", (a, b) => {
    for (const side of [a, b]) {
      deepEqual(side.run("return mona.servers[1].name, mona.servers[1].other"), ["master", null]);
      deepEqual(side.run("mona.servers[1].other = 5 return mona.servers[1].other"), [5]);
    }
  }),

  "server.rpc": row(NOTE, async (a, b) => {
    b.run(
      "local s = mona.servers[1] function s:hello(x) self.said = x; self:send('note', 'back', x) end",
    );
    a.run(`mona.servers[1]:send("hello", "\\0\\xff")`);
    await a.until("#notes == 1");
    deepEqual(a.run(`return notes[1][1], notes[1][2] == "\\0\\xff"`), ["back", true]);
    deepEqual(b.run(`return mona.servers[1].said == "\\0\\xff"`), [true]);
  }),

  "server.send": row(NOTE, async (a, b) => {
    a.run(
      `mona.servers[1]:send("missing") mona.servers[1]:send("note") mona.servers[1]:send("address")`,
    );
    a.run(`mona.servers[1]:send("note", nil, {__raw = "\\1"}, {1, 2}, true)`);
    await b.until("#notes == 2");
    deepEqual(b.run("return #notes[1], notes[2][1], notes[2][2].__raw, notes[2][3], notes[2][4]"), [
      0,
      null,
      "\x01",
      [1, 2],
      true,
    ]);
    equal(b.server.log.lines.filter((line) => /calls '(missing|address)'/.test(line)).length, 2);
  }),

  "server.reject": row(
    `gone = 0 function onServerDisconnection() gone = gone + 1 end`,
    async (a, b) => {
      b.run(`mona.servers[1]:reject("go away")`);
      await a.until("gone == 1 and mona.servers.count == 0");
      await b.until("gone == 1 and mona.servers.count == 0");
      equal(a.log.lines.filter((line) => /is gone: go away/.test(line)).length, 1);
    },
  ),

  "broadcaster.count": row("", (a) => {
    deepEqual(a.run("return mona.servers.targets.count, #mona.servers.initiators"), [1, 0]);
  }),

  "broadcaster.broadcast": row(NOTE, async (a, b) => {
    a.run(`mona.servers.initiators:broadcast("note", 1) mona.servers.targets:broadcast("note", 2)`);
    await b.until("#notes == 1");
    deepEqual(b.run("return notes[1]"), [[2]]);
  }),

  "broadcaster.call": row("", (a, b) => {
    deepEqual(
      a.run(`local t = mona.servers.targets return t(1) == t[1], t("${b.address}") == t[1], t(2)`),
      [true, true, null],
    );
  }),

  "broadcaster.iterate": row("", (a) => {
    const code = (loop: string) =>
      `local n = 0 for i, server in ${loop} do n = n + i + (server.isTarget and 10 or 0) end return n`;
    deepEqual(a.run(code("ipairs(mona.servers.targets)")), [11]);
    deepEqual(a.run(code("mona.servers.targets:ipairs()")), [11]);
    deepEqual(a.run(code("pairs(mona.servers.initiators)")), [0]);
  }),

  "event.onServerConnection": row(
    `function onServerConnection(server)
     server.seen = server.publicAddress .. " of " .. mona.servers.count
   end`,
    (a, b) => {
      deepEqual(a.run("return mona.servers[1].seen"), ["127.0.0.1:1935 of 1"]);
      deepEqual(b.run("return mona.servers[1].seen"), ["127.0.0.1:1936 of 1"]);
    },
  ),

  "event.onServerDisconnection": row(
    `function onServerConnection(server) server.mark = "kept" kept = server end
   function onServerDisconnection(server) gone = server.mark .. #mona.servers end`,
    async (a, b) => {
      b.cluster.stop();
      await a.until(`gone == "kept0"`);
      deepEqual(a.run(`kept:send("x", 1) return kept.address ~= nil, kept.mark`), [true, "kept"]);
    },
  ),
};
