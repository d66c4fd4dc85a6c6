import assert from "node:assert/strict";
import { FakeClock } from "../support/fake_clock.ts";
import { TurnClock } from "../../src/protocols/rtmfp/turn_clock.ts";
import { Priority } from "../../src/protocols/rtmfp/flow/send_flow.ts";
import { strict } from "./sealing.ts";
import { metadata, Simulation } from "./simulation.ts";

function message(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + seed * 7 + (i >> 8)) & 0xff;
  return bytes;
}

Deno.test("whatever a datagram or a timer sets off happens at one time", () => {
  const real = new FakeClock();
  const clock = new TurnClock(real);
  const times: number[] = [];
  const twice = () => {
    times.push(clock.now());
    real.advance(5);
    clock.hold(() => times.push(clock.now()));
    times.push(clock.now());
  };
  const start = real.now();
  clock.hold(twice);
  assert.deepEqual(times.splice(0), [start, start, start]);
  assert.equal(clock.now(), start + 5);
  const late = clock.after(10, twice);
  real.advance(10);
  assert.deepEqual(times.splice(0), [start + 15, start + 15, start + 15]);
  late.cancel();
  assert.throws(() => clock.hold(() => assert.fail("it went wrong")));
  assert.equal(clock.now(), real.now());
});

Deno.test("what is due in one millisecond shares a timer, and runs whatever befalls the others", () => {
  const real = new FakeClock();
  const clock = new TurnClock(real);
  const ran: string[] = [];
  const start = real.now();
  const late = clock.after(10, () => ran.push("late"));
  const timers = ["a", "b", "c", "d"].map((name, i) =>
    clock.after(4.1 + i / 5, () => {
      ran.push(name);
      if (name === "a") timers[2]!.cancel();
      if (name === "b") throw new Error("b fails");
      if (name === "d") clock.after(0, () => ran.push("e"));
    })
  );
  assert.equal(real.timers, 2);
  assert.throws(() => real.advance(5), /b fails/);
  assert.deepEqual(ran.splice(0), ["a", "b", "d"]);
  assert.equal(clock.now(), start + 5);
  for (const timer of timers) timer.cancel();
  clock.after(0, () => ran.push("f"));
  assert.equal(real.timers, 2);
  real.advance(0);
  assert.deepEqual(ran.splice(0), ["e", "f"]);
  late.cancel();
  late.cancel();
  assert.equal(real.timers, 0);
  const again = clock.after(5, () => ran.push("again"));
  timers[0]!.cancel();
  late.cancel();
  real.advance(5);
  again.cancel();
  assert.deepEqual(ran, ["again"]);
});

Deno.test("messages of every size arrive whole and in order when nothing is lost", () => {
  const simulation = new Simulation({ conditions: { latency: 20 } });
  const { client } = simulation.establish();
  const flow = client.openFlow(metadata, { priority: Priority.routine });
  const sent = [0, 1, 100, 1134, 1135, 1136, 5000, 60_000].map((size, i) => message(size, i));
  for (const each of sent) flow.write(each);
  simulation.until(() => simulation.atServer.messages.length === sent.length);
  assert.deepEqual(simulation.atServer.messages, sent);
  assert.equal(flow.lost, 0);
  simulation.close();
});

Deno.test("a long message arrives although its flow begins with much metadata", () => {
  const simulation = new Simulation();
  const { client } = simulation.establish();
  client.openFlow(new Uint8Array(500)).write(message(5000, 1));
  simulation.until(() => simulation.atServer.messages.length === 1);
  assert.deepEqual(simulation.atServer.messages, [message(5000, 1)]);
  simulation.close();
});

for (const loss of [0.001, 0.01, 0.05, 0.1, 0.3]) {
  Deno.test(`a reliable flow delivers every byte in order when ${loss * 100} % of packets are lost`, () => {
    const conditions = { latency: 25, jitter: 10, loss, duplication: 0.02, mtu: 1200 };
    const simulation = new Simulation({ conditions, seed: 7 });
    const { client } = simulation.establish();
    const flow = client.openFlow(metadata);
    const sent = Array.from({ length: 60 }, (_, i) => message((i * 977) % 6000, i));
    for (const each of sent) flow.write(each);
    flow.close();
    simulation.until(() => simulation.atServer.ended.length === 1);
    assert.deepEqual(simulation.atServer.messages, sent);
    simulation.close();
  });
}

Deno.test("flows in both directions and a flow in answer keep apart when packets are reordered", () => {
  const simulation = new Simulation({ conditions: { latency: 5, jitter: 100 }, seed: 3 });
  const { client, server } = simulation.establish();
  const flow = client.openFlow(metadata);
  flow.write(message(4000, 1));
  simulation.until(() => simulation.atServer.messages.length === 1);
  const answer = server.openFlow(metadata, { associated: simulation.atServer.flows[0] });
  const other = server.openFlow(metadata, { priority: Priority.immediate });
  answer.write(message(3000, 2));
  other.write(message(9000, 3));
  simulation.until(() => simulation.atClient.messages.length === 2);
  const associated = simulation.atClient.flows.map((each) => each.associated?.id);
  assert.deepEqual(associated.sort(), [flow.id, undefined]);
  simulation.close();
});

// The congestion window at a round trip of a second and 10 % loss is three packets or so.
for (const [latency, least] of [[5, 850], [50, 850], [500, 250]] as const) {
  Deno.test(`an unreliable flow never stalls at ${latency} ms and 10 % loss, and keeps its order`, () => {
    const conditions = { latency, jitter: latency / 5, loss: 0.1, duplication: 0.02, mtu: 1200 };
    const simulation = new Simulation({ conditions, seed: 21 });
    const { client } = simulation.establish();
    const flow = client.openFlow(metadata, { priority: Priority.immediate });
    flow.write(Uint8Array.of(0xff, 0xff));
    simulation.until(() => simulation.atServer.messages.length === 1);
    const arrivals: number[] = [];
    simulation.atServer.onMessage = () => arrivals.push(simulation.clock.now());
    for (let i = 0; i < 1000; i++) {
      const part = new Uint8Array(i % 50 === 0 ? 3000 : 200);
      part.set([i >> 8, i & 0xff]);
      flow.write(part, { reliable: false, startWithin: 1000 });
      simulation.clock.advance(20);
    }
    simulation.clock.advance(10_000);
    const numbers = simulation.atServer.messages.slice(1).map((m) => m[0]! * 256 + m[1]!);
    assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b));
    assert(numbers.length > least && numbers.length < 1000, `${numbers.length} of 1000`);
    const pauses = arrivals.map((time, i) => time - (arrivals[i - 1] ?? time));
    const longest = Math.max(...pauses);
    assert(longest < 8 * latency + 500, `${longest} ms of silence`);
    assert(flow.queued < 5000, `${flow.queued} bytes are left`);
    simulation.close();
  });
}

Deno.test("no datagram of a session is longer than 1200 bytes, whatever protects it", () => {
  for (const protection of [undefined, strict]) {
    const simulation = new Simulation(protection ? { clientProtection: protection } : {});
    const { client } = simulation.establish();
    let longest = 0;
    simulation.link.filter = (datagram) => {
      longest = Math.max(longest, datagram.length);
      return true;
    };
    client.openFlow(metadata).write(new Uint8Array(100_000));
    simulation.until(() => simulation.atServer.messages.length === 1);
    assert(longest > 1150 && longest <= 1200, `${longest}`);
    simulation.close();
  }
});
