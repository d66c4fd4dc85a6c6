import { main } from "./src/cli/mod.ts";
import { checkScript } from "./src/script/mod.ts";
import { startServer } from "./src/server/mod.ts";

const program = {
  startServer,
  checkScript,
};

Deno.exit(await main(Deno.args, import.meta.dirname ?? ".", program));
