import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { WriteScheduler } from "../../src/net/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** Ends behind what was to run at the end of this turn of the event loop. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

Deno.test("what may wait is written in one round, what is urgent at the turn's end", async () => {
  const clock = new FakeClock();
  const scheduler = new WriteScheduler(clock, 40);
  const done: string[] = [];
  scheduler.merged(() => done.push("first"));
  clock.advance(30);
  scheduler.merged(() => done.push("second"));
  scheduler.soon(() => done.push("urgent"));
  await turn();
  assert.deepEqual(done, ["urgent"]);
  clock.advance(10);
  assert.deepEqual(done, ["urgent", "first", "second"]);
});

Deno.test("without a window everything is written at the turn's end", async () => {
  const scheduler = new WriteScheduler(new FakeClock());
  const done: string[] = [];
  scheduler.merged(() => done.push("first"));
  scheduler.merged(() => done.push("second"));
  assert.deepEqual(done, []);
  await turn();
  assert.deepEqual(done, ["first", "second"]);
});
