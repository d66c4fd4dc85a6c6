import assert from "node:assert/strict";
import { ADDRESSES, Network } from "./network.ts";
import { inTempFolder } from "./program.ts";
import { requireProgram, type RunningProgram, runServer } from "./server.ts";

const LINK = 1936;
const BROKER = 4222;

/** Two servers on two machines, and how they find each other. */
const ways: Record<string, (machine: 0 | 1) => string[]> = {
  link: (machine) =>
    machine === 0 ? [`servers.port=${LINK}`] : [`servers.targets=${ADDRESSES[0]}:${LINK}`],
  broker: () => [`cluster.nats=nats://${ADDRESSES[0]}:${BROKER}`],
};

// People without root may run the other tests; where all must pass, this one fails without.
const ignore = Deno.uid() !== 0 && !Deno.env.get("CI");

Deno.test(
  "a line that is cut for 30 s is missed by both servers once, and heals, by link and by broker",
  { ignore },
  () =>
    inTempFolder(async (folder) => {
      await requireProgram("nats-server");
      await Deno.mkdir(`${folder}/www`);
      const network = await Network.open();
      const [command, ...prefix] = network.on(0) as [string, ...string[]];
      const broker = new Deno.Command(command, {
        args: [...prefix, "nats-server", "-p", String(BROKER)],
        stdout: "null",
        stderr: "null",
      }).spawn();
      const servers: RunningProgram[] = [];
      try {
        for (const [way, settings] of Object.entries(ways)) {
          for (const machine of [0, 1] as const) {
            servers.push(
              await runServer({
                www: `${folder}/www`,
                data: `${folder}/${way}${machine}`,
                set: ["bind=0.0.0.0", "servers.secret=s3", ...settings(machine)],
                prefix: network.on(machine),
              }),
            );
          }
        }
        await Promise.all(servers.map((server) => server.logged(/is connected, as/)));
        await network.cut();
        await new Promise((resolve) => setTimeout(resolve, 30_000));
        for (const server of servers) {
          assert.equal(server.log().match(/is gone: silent for \d+ s/g)?.length, 1, server.log());
        }
        await network.mend();
        await Promise.all(servers.map((server) => server.logged(/is gone[\s\S]*is connected, as/)));
        for (const server of servers) {
          assert.equal(server.log().match(/is gone/g)?.length, 1, server.log());
          const warnings = server.log().match(/ (WARN|ERROR) .*/g) ?? [];
          assert.equal(new Set(warnings).size, warnings.length, warnings.join("\n"));
          assert.ok(warnings.length <= 2, warnings.join("\n"));
        }
      } finally {
        await Promise.all(servers.map((server) => server.kill()));
        broker.kill("SIGKILL");
        await broker.status;
        await network.close();
      }
    }),
);
