/**
 * One live publisher, ten players over four protocols and an HTTP probe, and beside them a peer
 * that wants to hold them all up. `HOSTILE=text deno task test:hostile` runs those whose name has
 * the text; each prints its figures, and with `HOSTILE_TABLE=1` all of them as a table at the end.
 */
import assert from "node:assert/strict";
import { inTempFolder } from "../e2e/program.ts";
import { freePort, runServer } from "../e2e/server.ts";
import {
  Arena,
  assertBearable,
  figures,
  type Harm,
  startAttacker,
  stopped,
  table,
} from "./arena.ts";
import { pause } from "./attack.ts";
import { attacks } from "./attacks/mod.ts";

/**
 * Servers that the attacks are dealt out to. Those beside each other in the list are of one kind:
 * on one server the second would meet the limits that the first has used up.
 */
const SERVERS = 12;

const wanted = Deno.env.get("HOSTILE") ?? "";
const names = Object.keys(attacks).filter((name) => name.includes(wanted));
const seen = new Map<string, Harm>();

// The processes of attacker and watcher are ended, whatever they still do.
const unchecked = { sanitizeOps: false, sanitizeResources: false };

for (let first = 0; first < Math.min(SERVERS, names.length); first++) {
  const dealt = names.filter((_, index) => index % SERVERS === first);
  Deno.test({
    ...unchecked,
    name: `nobody feels attacks on server ${first + 1}`,
    fn: async (test) => {
      let arena: Arena | undefined;
      const endure = async (name: string) => {
        arena ??= await Arena.open(await Deno.makeTempDir());
        const harm = await arena.attack(name);
        console.log(figures(harm));
        seen.set(name, harm);
        assertBearable(harm);
      };
      const close = async () => {
        const code = await arena?.close();
        arena = undefined;
        return code ?? 0;
      };
      for (const name of dealt) {
        await test.step({
          ...unchecked,
          name,
          fn: async () => {
            try {
              await endure(name);
            } catch (error) {
              console.log(`once more, alone: ${error instanceof Error ? error.message : error}`);
              await close();
              await endure(name).finally(close);
            }
          },
        });
      }
      assert.equal(await close(), 0, "SIGTERM is heard");
    },
  });
}

Deno.test({
  ...unchecked,
  name: "SIGTERM is heard while calls run to their budget",
  ignore: wanted !== "",
  fn: () =>
    inTempFolder(async (folder) => {
      await Deno.mkdir(`${folder}/www/t`, { recursive: true });
      await Deno.copyFile(new URL("./app.lua", import.meta.url), `${folder}/www/t/main.lua`);
      const links = freePort();
      const server = await runServer({ www: `${folder}/www`, data: `${folder}/data` });
      const attacker = startAttacker({ ...server, links, admin: 0, hook: 0 });
      await attacker.say("100 calls that run to their budget");
      await server.logged(/instructions/);
      await pause(100);
      assert.equal(await stopped(server), 0);
      await attacker.end();
    }),
});

Deno.test.afterAll(() => {
  if (Deno.env.get("HOSTILE_TABLE") !== undefined) {
    const inOrder = names.flatMap((name) =>
      seen.has(name) ? [[name, seen.get(name)!] as const] : []
    );
    console.log(table(new Map(inOrder)));
  }
});
