/** Writes numbered values into the folder of its argument until it is killed, and says how far it is. */
import { systemClock } from "../../src/base/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { DataStore } from "../../src/services/mod.ts";

const directory = Deno.args[0]!;
const store = DataStore.open({ directory, clock: systemClock, log: silentLog });
const encoder = new TextEncoder();
const table = store.application("/app");
let count = 0;

/** Works in turns of a few milliseconds, as scripts do. */
function turn(): void {
  for (let i = 0; i < 500 && count < 1_000_000; i++, count++) {
    table.set(`key${count}`, `value ${count} `.repeat(1 + count % 7));
  }
  Deno.stdout.writeSync(encoder.encode(`${count}\n`));
  setTimeout(turn, 0);
}
turn();
