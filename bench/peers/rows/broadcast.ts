import { existsSync } from "node:fs";
import { join } from "node:path";
import { startOurs } from "../ours.ts";
import { cpuSecondsOf, residentMegabytes, type Running, start } from "../processes.ts";
import { freePort, listening } from "../../ports.ts";
import type { Contender, Row } from "../row.ts";

const SOCKETS = 2_000;
const ROUNDS_PER_SECOND = 10;

const LUA = `
function onConnection(client)
  function client:broadcast() mona.clients:broadcast("tick", 1, "hello") end
  function client:loop()
    for _, other in pairs(mona.clients) do other.writer:writeInvocation("tick", 1, "hello") end
  end
end
`;

/** Where `npm install ws` was run. */
const MODULES = Deno.env.get("NODE_MODULES") ?? "";

interface Sockets {
  readonly server: Running;
  readonly port: number;
}

async function ours(isNative = false): Promise<Sockets> {
  const settings = ["HTTP.maxConnections=0", "WebSocket.timeout=0"];
  const server = await startOurs(settings, { lua: LUA, isNative });
  return { server, port: server.http };
}

async function nodeWs(): Promise<Sockets> {
  const port = freePort();
  const folder = await Deno.makeTempDir();
  await Deno.copyFile(new URL("../node_ws.mjs", import.meta.url), join(folder, "server.mjs"));
  await Deno.symlink(MODULES, join(folder, "node_modules"));
  const server = start("node", ["server.mjs", String(port)], { cwd: folder, folders: [folder] });
  await listening(port);
  return { server, port };
}

const CONTENDERS: readonly [string, () => Promise<Sockets>, string, boolean][] = [
  ["clients:broadcast", ours, '["broadcast"]', true],
  ["clients:broadcast, native", () => ours(true), '["broadcast"]', true],
  ["a loop of writeInvocation", ours, '["loop"]', true],
  ["ws on Node", nodeWs, "all", existsSync(join(MODULES, "ws"))],
];

/** A message of a script to every WebSocket. */
export const broadcast: Row = {
  title: `A message to ${SOCKETS} WebSockets`,
  unit: "CPU-µs for each",
  contenders: rows(async ({ server }, run, seconds) => {
    await run(ROUNDS_PER_SECOND);
    const before = cpuSecondsOf(server);
    const rounds = Math.max(1, Math.round(seconds * ROUNDS_PER_SECOND));
    await run(rounds);
    return (cpuSecondsOf(server) - before) / rounds / SOCKETS * 1e6;
  }),
};

/** What the server holds when they have got some messages. */
export const socketMemory: Row = {
  title: `Memory with ${SOCKETS} WebSockets that get messages`,
  unit: "MB",
  contenders: rows(async ({ server }, run, seconds) => {
    await run(Math.max(1, Math.round(seconds * ROUNDS_PER_SECOND)));
    return residentMegabytes(server);
  }),
};

function rows(
  measure: (
    sockets: Sockets,
    run: (rounds: number) => Promise<void>,
    seconds: number,
  ) => Promise<number>,
): Contender[] {
  return CONTENDERS.map(([name, begin, message, isInstalled]) => ({
    name,
    isInstalled: () => isInstalled,
    measure: async (seconds) => {
      const sockets = await begin();
      const clients = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--allow-all",
          new URL("../sockets.ts", import.meta.url).pathname,
          String(sockets.port),
          String(SOCKETS),
          message,
        ],
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const output = clients.stdout.getReader();
      const input = clients.stdin.getWriter();
      const line = async () => {
        if ((await output.read()).done) throw new Error("the sockets are gone");
      };
      try {
        await line();
        return await measure(sockets, async (rounds) => {
          await input.write(new TextEncoder().encode(`${rounds}\n`));
          await line();
        }, seconds);
      } finally {
        clients.kill("SIGKILL");
        await Promise.all([clients.status, output.cancel()]);
        await sockets.server.stop();
      }
    },
  }));
}
