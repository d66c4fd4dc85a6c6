import assert from "node:assert/strict";
import { complaints, type Way, WAYS, withCluster } from "./cluster.ts";

const MAIN = `
  function onServerConnection(server)
    NOTE("up ", server.name or "initiator", " ", server.publicAddress)
    function server:ping(n) self:send("pong", n + 1) end
    function server:pong(n) NOTE("pong ", n, " of ", #mona.servers) end
  end
  function onServerDisconnection(server) NOTE("down ", #mona.servers) end
  function onConnection(client)
    function client:ask(args) mona.servers:broadcast("ping", tonumber(args.n)) return #mona.servers end
  end`;

const UP = / up (?:initiator|target\d+) /;
const DOWN = / down \d/;

interface Case {
  readonly name: string;
  readonly way: Way;
  readonly count: number;
  readonly targets?: (index: number, other: number) => boolean;
}

const cases: readonly Case[] = [
  // The others come back to the one that was killed, when they try it again.
  { name: "3 servers, the later naming the earlier", way: "link", count: 3 },
  // The one that was killed comes back to the others.
  { name: "8 servers, each naming each", way: "link", count: 8, targets: (a, b) => a !== b },
  { name: "8 members of a broker", way: "broker", count: 8 },
];

for (const { name, way, count, ...options } of cases) {
  Deno.test(`${name} call each other, and heal after kill -9 of each in turn`, () =>
    withCluster(way, count, async (scene) => {
      const { servers } = scene;
      const [first] = servers;
      assert.ok(first);
      for (const server of servers) await server.logged(UP, count - 1);
      const response = await fetch(`http://127.0.0.1:${first.http}/ask?n=1`);
      assert.equal(await response.text(), `[${count - 1}]`);
      await first.logged(/\bpong 2 of /, count - 1);
      for (const killed of servers.keys()) {
        const others = servers.filter((_, index) => index !== killed);
        const before = others.map((server) => [server.count(DOWN), server.count(UP)] as const);
        await servers[killed]!.kill();
        await Promise.all(others.map((server, i) => server.logged(DOWN, before[i]![0] + 1)));
        const back = await scene.start(killed);
        await Promise.all([
          back.logged(UP, count - 1),
          ...others.map((server, i) => server.logged(UP, before[i]![1] + 1)),
        ]);
        for (const [i, server] of others.entries()) {
          const [downs, ups] = before[i]!;
          assert.deepEqual([server.count(DOWN), server.count(UP)], [downs + 1, ups + 1]);
          assert.equal(server.count(/is gone: /), downs + 1, server.log());
        }
      }
      for (const server of servers) {
        const lines = complaints(server);
        // One that is tried again and is not there yet is said once each time it was lost.
        const most = way === "link" ? new Set(lines).size : 0;
        assert.equal(lines.length, most, lines.join("\n"));
        assert.doesNotMatch(server.log(), / ERROR |s3|s4/);
      }
    }, { main: MAIN, ...options }));
}

for (const way of WAYS) {
  Deno.test(`by ${way}: an application that runs on one server is started on those there, and that come`, () =>
    withCluster(way, 2, async (scene) => {
      const [first, second] = scene.servers;
      assert.ok(first && second);
      await scene.client(first, "play");
      for (const server of [first, second]) await server.logged(/live is started/);
      await second.kill();
      const back = await scene.start(1);
      await back.logged(/live is started/);
    }, { live: `function onStart() NOTE("live is started") end` }));
}
