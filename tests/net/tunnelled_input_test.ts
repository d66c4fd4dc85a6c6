import assert from "node:assert/strict";
import { TunnelledInput, Turns } from "../../src/net/mod.ts";
import { WorkClock } from "../support/work_clock.ts";

function tunnelled() {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const told: string[] = [];
  const session = {
    receive(bytes: Uint8Array, _now: number, turn?: { spend(weight: number): boolean }) {
      let taken = 0;
      while (taken < bytes.length) {
        told.push(String(bytes[taken++]));
        clock.work(3);
        if (turn?.spend(64)) break;
      }
      return taken;
    },
    onDeadline: () => {},
    close: () => {},
    shutdown: () => {},
  };
  const input = {
    pause: () => void told.push("pause"),
    resume: () => void told.push("resume"),
  };
  return { clock, turns, told, tunnelled: new TunnelledInput(session, { clock, turns, input }) };
}

Deno.test("a tunnelled session goes on in another turn, and its connection is not read meanwhile", async () => {
  const { clock, turns, told, tunnelled: input } = tunnelled();
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7);
  turns.share((turn) => {
    input.receive(bytes, turn);
    // It is the connection's to use again.
    bytes.fill(9);
    return false;
  }).ask();
  assert.deepEqual(told, ["1", "2", "pause"]);
  const taken = input.taken;
  turns.share((turn) => {
    input.receive(Uint8Array.of(8), turn);
    return false;
  }).ask();
  while (input.isWaiting) clock.turn();
  assert.deepEqual(told, ["1", "2", "pause", "3", "4", "5", "6", "7", "8", "resume"]);
  await taken;
  assert.equal(input.taken, undefined);
});

Deno.test("what waits for a tunnelled session that is over is dropped", () => {
  const { clock, turns, told, tunnelled: input } = tunnelled();
  turns.share((turn) => {
    input.receive(Uint8Array.of(1, 2, 3, 4), turn);
    return false;
  }).ask();
  input.close();
  clock.turn();
  assert.deepEqual(told, ["1", "2", "pause", "resume"]);
});
