import assert from "node:assert/strict";
import { DatagramInput, Turns } from "../../src/net/mod.ts";
import { WorkClock } from "../support/work_clock.ts";

/** A peer each of whose datagrams takes so many milliseconds, and what was handled. */
function peerOf(turns: Turns, clock: WorkClock, log: string[], name: string, cost: number) {
  return new DatagramInput<string>(turns, (datagram, from, turn) => {
    clock.work(cost);
    log.push(`${name}${datagram[0]} ${from}`);
    turn.spend(64);
  });
}

Deno.test("a datagram is handled at once when there is time", () => {
  const clock = new WorkClock();
  const log: string[] = [];
  const peer = peerOf(new Turns(clock), clock, log, "a", 0.1);
  peer.receive(Uint8Array.of(1), "x");
  peer.receive(Uint8Array.of(2), "y");
  assert.deepEqual(log, ["a1 x", "a2 y"]);
});

Deno.test("datagrams of a busy peer wait behind those of a quiet one, in order, as copies", () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const log: string[] = [];
  const [busy, quiet] = [peerOf(turns, clock, log, "b", 5), peerOf(turns, clock, log, "q", 1)];
  const buffer = new Uint8Array(1);
  for (let count = 1; count <= 4; count++) {
    buffer[0] = count;
    busy.receive(buffer, "x");
  }
  buffer[0] = 1;
  quiet.receive(buffer, "y");
  buffer[0] = 9;
  assert.deepEqual(log, ["b1 x", "b2 x"]);
  for (let turn = 0; turn < 3; turn++) clock.turn();
  assert.deepEqual(log, ["b1 x", "b2 x", "q1 y", "b3 x", "b4 x"]);
});

Deno.test("a flood of one peer is lost, not kept", () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const log: string[] = [];
  const peer = peerOf(turns, clock, log, "a", 10);
  for (let count = 0; count < 1000; count++) peer.receive(new Uint8Array(1), "x");
  for (let turn = 0; turn < 1000; turn++) clock.turn();
  assert(log.length <= 66, `${log.length} datagrams`);
});

Deno.test("what waits for a peer that is gone is dropped", () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const log: string[] = [];
  const peer = peerOf(turns, clock, log, "a", 10);
  for (let count = 0; count < 5; count++) peer.receive(new Uint8Array(1), "x");
  const before = log.length;
  peer.close();
  clock.turn();
  assert.equal(log.length, before);
});

Deno.test("a reader of datagrams pauses when the event loop has not had its turn", async () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const peer = peerOf(turns, clock, [], "a", 5);
  peer.receive(new Uint8Array(1), "x");
  assert.equal(turns.pause(), undefined);
  peer.receive(new Uint8Array(1), "x");
  const pause = turns.pause();
  assert(pause);
  clock.turn();
  await pause;
});
