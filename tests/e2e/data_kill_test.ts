import assert from "node:assert/strict";
import { fromFileUrl } from "../structure/graph.ts";
import { systemClock, type Timer } from "../../src/base/mod.ts";
import { DataStore } from "../../src/services/mod.ts";
import { CaptureLog } from "../support/capture_log.ts";

/** Reads the counts that the writer prints, with the time each came. */
async function readCounts(
  stream: ReadableStream<Uint8Array>,
  onCount: (count: number, time: number) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    const last = lines.at(-1);
    if (last !== undefined) onCount(Number(last), performance.now());
  }
}

for (const lifetime of [1_500, 2_500, 4_000]) {
  Deno.test(`a server killed ${lifetime} ms into a million writes keeps all older than a second`, async () => {
    const directory = Deno.makeTempDirSync({ prefix: "data" });
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", fromFileUrl(new URL("data_writer.ts", import.meta.url)), directory],
      stdout: "piped",
    }).spawn();
    const counts: [count: number, time: number][] = [];
    let timer: Timer | undefined;
    let killed = Infinity;
    await readCounts(child.stdout, (count, time) => {
      counts.push([count, time]);
      timer ??= systemClock.after(lifetime, () => {
        killed = performance.now();
        child.kill("SIGKILL");
      });
    });
    await child.status;
    const old = counts.filter(([, time]) => time < killed - 1000).at(-1)?.[0] ?? 0;
    const log = new CaptureLog();
    const store = DataStore.open({ directory, clock: systemClock, log });
    const table = store.application("/app");
    assert.deepEqual(log.lines, []);
    assert.ok(old > 0);
    assert.ok(table.size >= old, `${table.size} of ${old} values are there`);
    for (let i = 0; i < table.size; i++) {
      assert.equal(table.get(`key${i}`), `value ${i} `.repeat(1 + i % 7));
    }
    console.log(`${old} values were older than a second, ${table.size} are there`);
    await store.close();
    Deno.removeSync(directory, { recursive: true });
  });
}
