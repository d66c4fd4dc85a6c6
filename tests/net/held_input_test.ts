import assert from "node:assert/strict";
import { HeldInput, Turns } from "../../src/net/mod.ts";
import { WorkClock } from "../support/work_clock.ts";

function inputOf(limit: number, turns?: Turns) {
  const told: string[] = [];
  const input = new HeldInput({
    turns,
    limit,
    onFull: () => told.push("full"),
    onRoom: () => told.push("room"),
  });
  const add = (...names: string[]) => {
    for (const name of names) input.holdBack(100, () => told.push(name));
  };
  return { input, told, add };
}

Deno.test("requests wait while their client is held, and keep their order", () => {
  const { input, told, add } = inputOf(10_000);
  assert.equal(input.isWaiting, false);
  input.hold();
  input.hold();
  add("a", "b");
  input.release();
  assert.deepEqual(told, []);
  assert.equal(input.isWaiting, true);
  input.release();
  assert.deepEqual(told, ["a", "b"]);
  assert.equal(input.isWaiting, false);
});

Deno.test("a request that holds its client keeps those behind it waiting", () => {
  const { input, told, add } = inputOf(10_000);
  input.hold();
  input.holdBack(100, () => {
    told.push("first");
    input.hold();
  });
  add("second");
  input.release();
  assert.deepEqual(told, ["first"]);
  input.release();
  assert.deepEqual(told, ["first", "second"]);
});

Deno.test("what waited is worked off in turns", () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const { input, told } = inputOf(10_000, turns);
  input.hold();
  for (let count = 0; count < 20; count++) {
    input.holdBack(1, (turn) => {
      clock.work(1);
      told.push("done");
      turn.spend(64);
    });
  }
  input.release();
  assert.equal(told.length, 4);
  while (input.isWaiting) clock.turn();
  assert.equal(told.length, 20);
});

Deno.test("when the turn is over what comes waits for the next one", () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const { input, told, add } = inputOf(10_000, turns);
  turns.share(() => {
    input.yield();
    assert.equal(input.isWaiting, true);
    add("late");
    return false;
  }).ask();
  assert.deepEqual(told, []);
  clock.turn();
  assert.deepEqual(told, ["late"]);
  assert.equal(input.isWaiting, false);
});

Deno.test("too much that waits is told once, and that there is room again", () => {
  const { input, told, add } = inputOf(1000);
  input.hold();
  add(..."abcdefghij");
  assert.deepEqual(told, ["full"]);
  input.release();
  assert.deepEqual(told, ["full", ..."abcdefghij", "room"]);
});

Deno.test("what waits is dropped when the client is gone, and release has no effect then", () => {
  const { input, told, add } = inputOf(1000);
  input.hold();
  add("a");
  input.close();
  add("b");
  input.release();
  input.release();
  assert.deepEqual(told, []);
});
