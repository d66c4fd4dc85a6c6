import assert from "node:assert/strict";
import { type Turn, Turns, Weight } from "../../src/net/mod.ts";
import { WorkClock } from "../support/work_clock.ts";

/** A peer with so many messages, each of which takes some milliseconds. */
function peerOf(turns: Turns, clock: WorkClock, log: string[], name: string, cost: number) {
  const peer = {
    left: 0,
    send(count: number) {
      peer.left += count;
      share.ask();
    },
    close: () => share.close(),
  };
  const share = turns.share((turn) => {
    while (peer.left > 0) {
      peer.left--;
      clock.work(cost);
      log.push(name);
      // As heavy as it gets, so that the clock is read after each.
      if (turn.spend(64)) break;
    }
    return peer.left > 0;
  });
  return peer;
}

/** Runs of the same name as `name×count`. */
function runs(log: readonly string[]): string[] {
  const found: { name: string; count: number }[] = [];
  for (const name of log) {
    const last = found.at(-1);
    if (last?.name === name) last.count++;
    else found.push({ name, count: 1 });
  }
  return found.map(({ name, count }) => `${name}×${count}`);
}

Deno.test("work is done at once when nobody else has any", () => {
  const clock = new WorkClock();
  const log: string[] = [];
  const peer = peerOf(new Turns(clock), clock, log, "a", 0.1);
  peer.send(3);
  assert.deepEqual(log, ["a", "a", "a"]);
});

Deno.test("what takes longer than a slice goes on after the others", () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const log: string[] = [];
  const busy = peerOf(turns, clock, log, "busy", 1);
  const other = peerOf(turns, clock, log, "other", 1);
  busy.send(10);
  other.send(2);
  assert.deepEqual(runs(log), ["busy×4", "other×2"]);
  while (busy.left > 0) clock.turn();
  assert.deepEqual(runs(log), ["busy×4", "other×2", "busy×6"]);
});

Deno.test("whose share was used least goes first, whoever came before", () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const log: string[] = [];
  const busy = ["a", "b", "c"].map((name) => peerOf(turns, clock, log, name, 1));
  for (const peer of busy) peer.send(100);
  const quiet = peerOf(turns, clock, log, "quiet", 1);
  for (let pass = 0; pass < 5; pass++) clock.turn();
  log.length = 0;
  quiet.send(1);
  assert.deepEqual(log, []);
  clock.turn();
  assert.equal(log[0], "quiet");
  turns.close();
});

Deno.test("peers that always have more get the same share, however dear their messages are", () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const log: string[] = [];
  const cheap = peerOf(turns, clock, log, "cheap", 0.25);
  const dear = peerOf(turns, clock, log, "dear", 40);
  cheap.send(100_000);
  dear.send(1000);
  for (let pass = 0; pass < 500; pass++) clock.turn();
  turns.close();
  const used = (name: string, cost: number) => log.filter((each) => each === name).length * cost;
  const part = used("cheap", 0.25) / (used("cheap", 0.25) + used("dear", 40));
  assert(part > 0.4 && part < 0.6, `the cheap one has ${part} of the time`);
});

Deno.test("one who used much is not kept waiting for ever by many who use little", () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const log: string[] = [];
  const heavy = peerOf(turns, clock, log, "heavy", 200);
  heavy.send(5);
  const others = Array.from({ length: 50 }, () => peerOf(turns, clock, log, "light", 4));
  for (const peer of others) peer.send(1000);
  for (let pass = 0; pass < 2000 && heavy.left > 0; pass++) clock.turn();
  assert.equal(heavy.left, 0);
  turns.close();
});

Deno.test("the event loop has its turn between two passes", () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const log: string[] = [];
  const busy = peerOf(turns, clock, log, "busy", 1);
  busy.send(1000);
  clock.turn();
  const before = log.length;
  clock.turn();
  assert(log.length - before <= 8, `${log.length - before} ms in one pass`);
  turns.close();
  assert.equal(clock.timers, 0);
});

Deno.test("work that comes all the time waits once it has kept the event loop too long", () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const log: string[] = [];
  const peers = Array.from({ length: 20 }, () => peerOf(turns, clock, log, "a", 1));
  for (const peer of peers) peer.send(1);
  assert.equal(log.length, 8);
  clock.turn();
  assert.equal(log.length, 16);
});

Deno.test("work that comes now and then starts no timer", () => {
  const clock = new WorkClock();
  const peer = peerOf(new Turns(clock), clock, [], "a", 1);
  for (let count = 0; count < 10; count++) {
    peer.send(1);
    clock.work(1);
  }
  assert.equal(clock.timers, 0);
});

Deno.test("a share that is asked for within another's turn waits for its own", () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const log: string[] = [];
  const second = peerOf(turns, clock, log, "second", 0.1);
  const first = turns.share(() => {
    second.send(1);
    log.push("first");
    return false;
  });
  first.ask();
  assert.deepEqual(log, ["first"]);
  clock.turn();
  assert.deepEqual(log, ["first", "second"]);
});

Deno.test("a closed share has no turn any more", () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const log: string[] = [];
  const peer = peerOf(turns, clock, log, "gone", 2);
  peer.send(100);
  peer.close();
  const before = log.length;
  for (let pass = 0; pass < 3; pass++) clock.turn();
  assert.equal(log.length, before);
});

Deno.test("a turn reads the clock after much work only", () => {
  let reads = 0;
  const clock = new WorkClock();
  const counting = Object.assign(Object.create(clock), { now: () => (reads++, clock.now()) });
  const share = new Turns(counting).share((turn: Turn) => {
    for (let count = 0; count < 256; count++) turn.spend(Weight.note);
    return false;
  });
  share.ask();
  assert.equal(reads, 2 + 4);
});

Deno.test("a turn in which something took long is over, however little was noted", () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const log: string[] = [];
  const share = turns.share((turn) => {
    do {
      log.push("call");
      clock.work(100);
      turns.end();
    } while (!turn.spend(Weight.command));
    return log.length < 3;
  });
  share.ask();
  assert.equal(log.length, 1);
  clock.turn();
  assert.equal(log.length, 2);
  turns.close();
});

Deno.test("before a turn that may be long what others wrote is sent", () => {
  const clock = new WorkClock();
  const turns = new Turns(clock);
  const log: string[] = [];
  const long = peerOf(turns, clock, log, "long", 100);
  const media = peerOf(turns, clock, log, "media", 1);
  long.send(5);
  for (let pass = 0; pass < 12; pass++) {
    media.send(1);
    log.push("(");
    clock.turn();
    log.push(")");
  }
  turns.close();
  const passes = log.join(" ").match(/\([^)]*\)/g) ?? [];
  assert.deepEqual(passes.slice(0, 5), [
    "( media )",
    "( long )",
    "( media )",
    "( long )",
    "( media )",
  ]);
  assert.equal(long.left, 0);
});
