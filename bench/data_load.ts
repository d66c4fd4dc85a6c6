/**
 * Writes a million entries of `data`, then opens them: `deno run -A bench/data_load.ts [entries]`.
 * Exits with 1 when loading takes 10 s or more. For scale, the same number of rows through bare
 * SQLite in one transaction.
 */
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../src/base/mod.ts";
import { silentLog } from "../src/logs/mod.ts";
import { DataStore, DataTable } from "../src/services/mod.ts";

const LIMIT = 10_000;
const count = Number(Deno.args[0] ?? 1_000_000);
const directory = Deno.makeTempDirSync({ prefix: "data" });
const options = { directory, clock: systemClock, log: silentLog };

function report(what: string, start: number): number {
  const time = performance.now() - start;
  const each = (time * 1000 / count).toFixed(2);
  console.log(`${what.padEnd(28)} ${(time / 1000).toFixed(2)} s, ${each} µs each`);
  return time;
}

let start = performance.now();
const bare = new DatabaseSync(`${directory}/bare.db`);
bare.exec("CREATE TABLE entry (key TEXT PRIMARY KEY, value TEXT); BEGIN");
const insert = bare.prepare("INSERT INTO entry VALUES (?, ?)");
for (let i = 0; i < count; i++) insert.run(`user${i % 1000}/key${i}`, `value of ${i}`);
bare.exec("COMMIT");
bare.close();
report("bare SQLite, written", start);

start = performance.now();
const store = DataStore.open(options);
for (let i = 0; i < count; i++) {
  const name = `user${i % 1000}`;
  const entry = store.root.get(name);
  const table = entry instanceof DataTable ? entry : store.root.addTable(name);
  table.set(`key${i}`, `value of ${i}`);
}
await store.close();
report("data, written", start);

start = performance.now();
const again = DataStore.open(options);
const loading = report("data, loaded", start);
let found = 0;
for (const [, entry] of again.root.entries()) if (entry instanceof DataTable) found += entry.size;
await again.close();
Deno.removeSync(directory, { recursive: true });
if (found !== count) console.error(`${found} of ${count} entries were loaded`);
Deno.exit(found === count && loading < LIMIT ? 0 : 1);
