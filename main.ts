import { main } from "./src/cli/mod.ts";
import { checkScript } from "./src/script/mod.ts";
import { relayFaults, startServer } from "./src/server/mod.ts";

const program = {
  startServer,
  checkScript,
  checkConfig: relayFaults,
};

Deno.exit(await main(Deno.args, import.meta.dirname ?? ".", program));
