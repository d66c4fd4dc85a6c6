import assert from "node:assert/strict";
import { WriteScheduler } from "../../src/net/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("a long round of writes is followed by a pause, an urgent write by none", async () => {
  const clock = new FakeClock();
  const scheduler = new WriteScheduler(clock);
  const done: string[] = [];
  scheduler.merged(() => {
    clock.advance(1);
    done.push("long round");
  });
  await turn();
  scheduler.merged(() => done.push("next round"));
  scheduler.soon(() => done.push("urgent"));
  await turn();
  assert.deepEqual(done, ["long round", "urgent"]);
  clock.advance(25);
  await turn();
  assert.deepEqual(done, ["long round", "urgent", "next round"]);
});
