import { plainEngine, useCryptoEngine } from "../../src/crypto/mod.ts";
import { engines } from "../crypto/engines.ts";
import { attackServer, attackSession } from "./malformed.ts";

for (const [name, engine] of engines) {
  const withEngine = (run: () => void | Promise<void>) => async () => {
    useCryptoEngine(engine);
    try {
      await run();
    } finally {
      useCryptoEngine(plainEngine);
    }
  };

  Deno.test(
    `${name}: a server goes on serving while malformed datagrams pour in`,
    withEngine(() => attackServer(6000, 1)),
  );

  Deno.test(
    `${name}: a session survives malformed chunks under its own keys`,
    withEngine(() => attackSession(6000, 2)),
  );
}
