import { main } from "./src/cli/mod.ts";
import { checkScript } from "./src/script/mod.ts";
import { checkScriptNames, configFaults, startServer } from "./src/server/mod.ts";

const program = {
  startServer,
  checkScript,
  checkNames: checkScriptNames,
  checkConfig: configFaults,
};

Deno.exit(await main(Deno.args, import.meta.dirname ?? ".", program));
