import assert from "node:assert/strict";
import { CWND_INITIAL, CWND_TIMED_OUT, SENDER_MSS } from "../../src/protocols/rtmfp/params.ts";
import {
  type AckOutcome,
  CongestionWindow,
} from "../../src/protocols/rtmfp/session/congestion_window.ts";
import { RoundTrip } from "../../src/protocols/rtmfp/session/round_trip.ts";
import { Dice } from "../support/simulated_link.ts";
import { metadata, Simulation } from "./simulation.ts";

function acknowledge(window: CongestionWindow, outcome: Partial<AckOutcome> = {}): void {
  const acknowledged = outcome.acknowledged ?? 2 * SENDER_MSS;
  const outstandingBefore = outcome.outstandingBefore ?? window.size;
  window.onAcknowledgement({
    acknowledged,
    outstandingBefore,
    outstandingAfter: outstandingBefore - acknowledged,
    hasLoss: false,
    hasNak: false,
    timeCriticalSent: false,
    fastGrowAllowed: true,
    ...outcome,
  });
}

/** Grows the window to at least `bytes`. */
function grown(bytes: number): CongestionWindow {
  const window = new CongestionWindow();
  while (window.size < bytes) acknowledge(window);
  return window;
}

Deno.test("the window grows by what is acknowledged, a segment at most, while it is the limit", () => {
  const window = new CongestionWindow();
  assert.equal(window.size, CWND_INITIAL);
  acknowledge(window);
  assert.equal(window.size, CWND_INITIAL + SENDER_MSS);
  acknowledge(window, { acknowledged: 100 });
  assert.equal(window.size, CWND_INITIAL + SENDER_MSS + 100);
  const before = window.size;
  acknowledge(window, { outstandingBefore: SENDER_MSS, acknowledged: 500 });
  acknowledge(window, { hasNak: true });
  assert.equal(window.size, before);
});

Deno.test("a loss halves what was in flight, once for all losses of that flight", () => {
  const window = grown(40_000);
  const flight = window.size;
  acknowledge(window, { hasLoss: true });
  const halved = Math.floor(flight / 2);
  assert.equal(window.size, halved);
  acknowledge(window, { hasLoss: true, outstandingBefore: flight - 4000, acknowledged: 3000 });
  assert.equal(window.size, halved);
});

Deno.test("a loss costs an eighth while time-critical data is sent, or when much was in flight", () => {
  const critical = grown(40_000);
  const flight = critical.size;
  acknowledge(critical, { hasLoss: true, timeCriticalSent: true });
  assert.equal(critical.size, Math.floor(flight * 7 / 8));
  const large = grown(100_000);
  const wide = large.size;
  acknowledge(large, { hasLoss: true });
  assert.equal(large.size, Math.floor(wide * 7 / 8));
  const yielding = grown(100_000);
  const held = yielding.size;
  acknowledge(yielding, { hasLoss: true, fastGrowAllowed: false });
  assert.equal(yielding.size, Math.floor(held / 2));
});

Deno.test("after a loss a window's worth of acknowledgements adds 16 steps of 48 bytes, or of 24", () => {
  for (const [fastGrowAllowed, step] of [[true, 48], [false, 24]] as const) {
    const window = grown(40_000);
    acknowledge(window, { hasLoss: true });
    acknowledge(window, { acknowledged: window.size * 2 });
    const before = window.size;
    for (let part = 0; part < 16; part++) {
      acknowledge(window, { acknowledged: Math.ceil(window.size / 16), fastGrowAllowed });
    }
    const gained = window.size - before;
    const most = fastGrowAllowed ? 16 : before / 16 > 2400 ? before / 2400 : 16;
    assert(Math.abs(gained - most * step) <= step, `${gained} bytes`);
  }
});

Deno.test("beside time-critical data of others the window grows by a quarter, or in small steps", () => {
  const beside = (timeCriticalSent: boolean) => {
    const window = grown(40_000);
    const before = window.size;
    acknowledge(window, { acknowledged: 1000, fastGrowAllowed: false, timeCriticalSent });
    return window.size - before;
  };
  assert.equal(beside(true), 250);
  assert(beside(false) <= 24);
  const window = grown(40_000);
  acknowledge(window, { hasLoss: true, acknowledged: window.size });
  const before = window.size;
  const acknowledged = Math.ceil(window.size / 16);
  acknowledge(window, { acknowledged, fastGrowAllowed: false, timeCriticalSent: true });
  assert.equal(window.size - before, 48);
});

Deno.test("a timeout leaves one segment, and slow start up to three quarters of the old window", () => {
  const window = grown(80_000);
  acknowledge(window, { hasLoss: true, fastGrowAllowed: false, acknowledged: window.size });
  while (window.size < 60_000) acknowledge(window);
  const before = window.size;
  window.onTimeout(true);
  assert.equal(window.size, CWND_TIMED_OUT);
  while (window.size < before * 3 / 4) acknowledge(window, { outstandingBefore: 100_000 });
  const reached = window.size;
  acknowledge(window, { acknowledged: 1000 });
  assert(window.size - reached <= 48);
  window.onTimeout(false);
  assert.equal(window.size, CWND_INITIAL);
});

Deno.test("before the first loss slow start has no end, whatever pauses were made", () => {
  const window = grown(8000);
  window.onTimeout(false);
  window.onTimeout(true);
  assert.equal(window.size, CWND_TIMED_OUT);
  while (window.size < 100_000) {
    const before = window.size;
    acknowledge(window, { acknowledged: 1000 });
    assert(window.size >= before + 1000, `${before} to ${window.size}`);
  }
});

Deno.test("the timeout backs off by the square root of two up to ten seconds, and heals", () => {
  const trip = new RoundTrip();
  assert.equal(trip.timeout, 3000);
  trip.backOff();
  assert.equal(Math.round(trip.timeout), 4243);
  for (let i = 0; i < 10; i++) trip.backOff();
  assert.equal(trip.timeout, 10_000);
  trip.onEcho(250 - 10, 1000);
  assert.equal(trip.smoothed, 40);
  assert.equal(trip.timeout, 40 + 80 + 200);
});

Deno.test("an echo from the future, or the same again, is no measurement", () => {
  const trip = new RoundTrip();
  trip.onEcho(260, 1000);
  assert.equal(trip.smoothed, undefined);
  trip.onEcho(240, 1000);
  trip.onEcho(240, 5000);
  assert.equal(trip.smoothed, 40);
  trip.onTimestamp(7, 1000);
  assert.equal(trip.echo(1000 + 128_001), undefined);
});

/** Bytes a second of sending everything the algorithm allows, round by round. */
function allowed(roundTrip: number, loss: number, seconds: number): number {
  const dice = new Dice(5);
  let window = CWND_INITIAL;
  let slow = true;
  let sent = 0;
  for (let time = 0; time < seconds * 1000; time += roundTrip) {
    const packets = Math.max(1, Math.round(window / SENDER_MSS));
    sent += packets * SENDER_MSS;
    let lost = false;
    for (let i = 0; i < packets; i++) lost ||= dice.roll() < loss;
    if (lost) {
      window = Math.max(CWND_INITIAL, window * (window > 67_200 ? 7 / 8 : 1 / 2));
      slow = false;
    } else window += slow ? window : 48 * Math.max(16, window / 4800);
  }
  return sent / seconds;
}

for (
  const [latency, loss, seconds] of [[25, 0.01, 40], [50, 0.01, 60], [5, 0.01, 8], [
    25,
    0.001,
    15,
  ]] as const
) {
  Deno.test(`bulk at ${loss * 100} % loss and ${latency} ms each way is within 20 % of what is allowed`, () => {
    const simulation = new Simulation({ conditions: { latency }, seed: 9 });
    const { client } = simulation.establish();
    simulation.atServer.accept = { capacity: 4_000_000 };
    simulation.link.filter = (_datagram, from) =>
      from.port !== 50_000 || simulation.link.dice.roll() >= loss;
    const flow = client.openFlow(metadata);
    const part = new Uint8Array(50_000);
    const refill = () => {
      while (flow.queued < 600_000) flow.write(part);
      flow.whenBelow(500_000, refill);
    };
    refill();
    simulation.clock.advance(5000);
    const before = simulation.atServer.messages.length;
    simulation.clock.advance(seconds * 1000);
    const rate = (simulation.atServer.messages.length - before) * part.length / seconds;
    const most = allowed(2 * latency, loss, seconds);
    assert(rate > 0.8 * most, `${Math.round(rate)} of ${Math.round(most)} bytes a second`);
    simulation.close();
  });
}
