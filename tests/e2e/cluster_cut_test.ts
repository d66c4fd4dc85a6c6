import assert from "node:assert/strict";
import { Broker } from "./broker.ts";
import { complaints, type Way, WAYS } from "./cluster.ts";
import { ADDRESSES, ignore, Network } from "./network.ts";
import { inTempFolder } from "./program.ts";
import { type RunningProgram, runServer } from "./server.ts";

const LINK = 1936;

Deno.test(
  "a line that is cut for 30 s is missed by both servers once, and heals, by link and by broker",
  { ignore },
  () =>
    inTempFolder(async (folder) => {
      await Deno.mkdir(`${folder}/www`);
      const network = await Network.open();
      const broker = new Broker({ host: ADDRESSES[0], prefix: network.on(0) });
      /** What a server on a machine finds the other by. */
      const finding: Record<Way, (machine: 0 | 1) => string[]> = {
        link: (machine) =>
          machine === 0 ? [`servers.port=${LINK}`] : [`servers.targets=${ADDRESSES[0]}:${LINK}`],
        broker: () => broker.settings(),
      };
      const servers: RunningProgram[] = [];
      try {
        await broker.start();
        for (const way of WAYS) {
          for (const machine of [0, 1] as const) {
            servers.push(
              await runServer({
                www: `${folder}/www`,
                data: `${folder}/${way}${machine}`,
                set: ["bind=0.0.0.0", "servers.secret=s3", ...finding[way](machine)],
                prefix: network.on(machine),
              }),
            );
          }
        }
        await Promise.all(servers.map((server) => server.logged(/is connected, as/)));
        await network.cut();
        await new Promise((resolve) => setTimeout(resolve, 30_000));
        for (const server of servers) {
          assert.equal(server.count(/is gone: silent for \d+ s/), 1, server.log());
        }
        await network.mend();
        await Promise.all(servers.map((server) => server.logged(/is connected, as/, 2)));
        for (const server of servers) {
          assert.equal(server.count(/is gone/), 1, server.log());
          const warnings = complaints(server);
          assert.equal(new Set(warnings).size, warnings.length, warnings.join("\n"));
          assert.ok(warnings.length <= 2, warnings.join("\n"));
        }
      } finally {
        await Promise.all(servers.map((server) => server.kill()));
        await broker.kill();
        await network.close();
      }
    }),
);
