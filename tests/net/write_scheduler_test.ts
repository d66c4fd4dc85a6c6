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

Deno.test("writes of a thousand connections keep their order, in slices of the event loop's turns", async () => {
  const scheduler = new WriteScheduler(new FakeClock());
  const done: number[] = [];
  const writes = Array.from({ length: 1_000 }, (_, index) => () => void done.push(index));
  for (const write of writes.slice(0, 500)) scheduler.soon(write);
  for (const write of writes.slice(500)) scheduler.merged(write);
  let longest = 0;
  while (done.length < writes.length) {
    const before = done.length;
    await turn();
    longest = Math.max(longest, done.length - before);
  }
  assert.deepEqual(done, writes.map((_, index) => index));
  assert.ok(longest < 300, `${longest} in one turn`);
});

Deno.test("a connection that writes again does not go before those that wait", async () => {
  const scheduler = new WriteScheduler(new FakeClock());
  const done: string[] = [];
  const again = () => done.push("again");
  scheduler.soon(() => scheduler.soon(again));
  for (let index = 0; index < 300; index++) scheduler.soon(() => done.push("first"));
  while (done.length < 301) await turn();
  assert.equal(done.at(-1), "again");
});

Deno.test("a scheduler that is closed runs nothing of what waited for another turn", async () => {
  const scheduler = new WriteScheduler(new FakeClock());
  let count = 0;
  for (let index = 0; index < 1_000; index++) scheduler.soon(() => count++);
  await turn();
  const before = count;
  assert.ok(before > 0 && before < 1_000);
  scheduler.close();
  await turn();
  await turn();
  assert.equal(count, before);
});
