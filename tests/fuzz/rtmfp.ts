/**
 * A million malformed RTMFP packets: half at a server, half under a session's own keys.
 * `deno run -P tests/fuzz/rtmfp.ts [count] [seed]`; with a third word, `native`, and -P=native,
 * ciphers are the system's.
 */
import { openNativeEngine, useCryptoEngine } from "../../src/crypto/mod.ts";
import { attackServer, attackSession } from "../rtmfp/malformed.ts";

const count = Number(Deno.args[0] ?? 1_000_000);
const seed = Number(Deno.args[1] ?? 1);
if (Deno.args[2] === "native") useCryptoEngine(openNativeEngine());
const step = 50_000;
for (let done = 0; done < count; done += step) {
  await attackServer(step / 2, seed + done);
  attackSession(step / 2, seed + done + 1);
  const { heapUsed } = Deno.memoryUsage();
  console.log(`${done + step} packets, heap ${Math.round(heapUsed / 1_000_000)} MB`);
}
