import { hasMonaServer, hasNginx, type Other, startMonaServer, startNginx } from "../others.ts";
import { startOurs } from "../ours.ts";
import { residentMegabytes } from "../processes.ts";
import { pause } from "../../ports.ts";
import type { Row } from "../row.ts";

/** Milliseconds after which what a start leaves behind is gone: V8 waits for 9 s in which nothing happens. */
const SETTLED = 15_000;

type Started = Pick<Other, "started" | "pids" | "stop">;

const SERVERS: readonly [string, () => Promise<Started>, () => boolean][] = [
  ["this server", startOurs, () => true],
  ["this server, native", () => startOurs([], { isNative: true }), () => true],
  ["nginx", startNginx, hasNginx],
  ["MonaServer in C++", startMonaServer, hasMonaServer],
];

/** What a server holds that has done nothing yet. */
export const memory: Row = row("Memory after the start", "MB", async (server) => {
  await pause(SETTLED);
  return residentMegabytes(server);
});

/** How soon it accepts. */
export const start: Row = row(
  "From the start to the first connection",
  "ms",
  (server) => Promise.resolve(server.started),
);

function row(title: string, unit: string, measure: (server: Started) => Promise<number>): Row {
  return {
    title,
    unit,
    contenders: SERVERS.map(([name, begin, isInstalled]) => ({
      name,
      isInstalled,
      measure: async () => {
        const server = await begin();
        try {
          return await measure(server);
        } finally {
          await server.stop();
        }
      },
    })),
  };
}
