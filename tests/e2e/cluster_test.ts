import assert from "node:assert/strict";
import { inTempFolder } from "./program.ts";
import { freePort, type RunningProgram, runServer } from "./server.ts";

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

interface Member {
  readonly program: RunningProgram;
  readonly port: number;
}

/** Runs a test with `count` servers; `targets` tells which ones a server connects to. */
async function withServers(
  count: number,
  targets: (index: number, other: number) => boolean,
  body: (members: Member[], start: (index: number) => Promise<Member>) => Promise<void>,
): Promise<void> {
  await inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www`);
    await Deno.writeTextFile(`${folder}/www/main.lua`, MAIN);
    const ports = Array.from({ length: count }, freePort);
    const members: Member[] = [];
    const start = async (index: number): Promise<Member> => {
      const port = ports[index]!;
      const others = ports.filter((_, other) => targets(index, other));
      const list = others.map((port) => `127.0.0.1:${port}?name=target${port}`).join(";");
      const program = await runServer({
        www: `${folder}/www`,
        data: `${folder}/data${index}`,
        set: [`servers.port=${port}`, `servers.targets=${list}`, "servers.secret=s3"],
      });
      return members[index] = { program, port };
    };
    try {
      for (let index = 0; index < count; index++) await start(index);
      await body(members, start);
    } finally {
      await Promise.all(members.map(({ program }) => program.kill()));
    }
  });
}

/** How many lines of the log match. */
function lines({ program }: Member, pattern: RegExp): number {
  return program.log().split("\n").filter((line) => pattern.test(line)).length;
}

async function until(what: () => boolean, explain: () => string): Promise<void> {
  const end = Date.now() + 40_000;
  while (!what()) {
    assert.ok(Date.now() < end, explain());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const cases = [
  // The others come back to the one that was killed, when they try it again.
  { count: 3, way: "the later naming the earlier", targets: (a: number, b: number) => b < a },
  // The one that was killed comes back to the others.
  { count: 8, way: "each naming each", targets: (a: number, b: number) => b !== a },
];

for (const { count, way, targets } of cases) {
  Deno.test(`${count} servers, ${way}, call each other, and heal after kill -9 of each in turn`, () =>
    withServers(count, targets, async (members, start) => {
      const all = () => members.map(({ program }) => program.log()).join("\n=====\n");
      await until(() => members.every((member) => lines(member, /\bup /) === count - 1), all);
      const http = members[0]!.program.http;
      const response = await fetch(`http://127.0.0.1:${http}/ask?n=1`);
      assert.equal(await response.text(), `[${count - 1}]`);
      await until(() => lines(members[0]!, /\bpong 2 of /) === count - 1, all);
      for (const killed of members.keys()) {
        const others = members.filter((_, index) => index !== killed);
        const before = others.map((member) => [lines(member, /\bdown /), lines(member, /\bup /)]);
        await members[killed]!.program.kill();
        await until(() => others.every((it, i) => lines(it, /\bdown /) > before[i]![0]!), all);
        const back = await start(killed);
        await until(() => lines(back, /\bup /) === count - 1, all);
        await until(() => others.every((it, i) => lines(it, /\bup /) > before[i]![1]!), all);
        for (const [i, member] of others.entries()) {
          const [downs, ups] = before[i]!;
          assert.deepEqual([lines(member, /\bdown /), lines(member, /\bup /)], [
            downs! + 1,
            ups! + 1,
          ]);
          assert.equal(lines(member, /is gone: /), downs! + 1, member.program.log());
        }
      }
      for (const member of members) {
        const warnings = member.program.log().match(/ (WARN|ERROR) .*/g) ?? [];
        assert.equal(new Set(warnings).size, warnings.length, warnings.join("\n"));
        assert.doesNotMatch(member.program.log(), / ERROR |s3/);
      }
    }));
}
