import { deepEqual, equal } from "node:assert/strict";
import { KeepingUp } from "../../src/admin/history/keeping_up.ts";
import type { Listener } from "../../src/hub/mod.ts";

/** What a listener tells of itself. */
function listenerOf() {
  return {
    lateFrames: 0,
    videoQos: { bytes: 0 },
    audioQos: { bytes: 0 },
    dataQos: { bytes: 0 },
    isPaused: false,
    delay: 0,
    publication: { isRunning: true },
  };
}

Deno.test("a listener that missed frames is slow for a minute", () => {
  const listener = listenerOf();
  const keepingUp = new KeepingUp(listener as unknown as Listener, 5_000);
  deepEqual([keepingUp.lateRate, keepingUp.byteRate, keepingUp.isSlow], [0, 0, false]);
  listener.lateFrames = 150;
  listener.videoQos.bytes = 40_000;
  listener.audioQos.bytes = 10_000;
  equal(keepingUp.sample(), 150);
  deepEqual([keepingUp.lateRate, keepingUp.byteRate, keepingUp.isSlow], [30, 10_000, true]);
  const late: boolean[] = [];
  for (let sample = 0; sample < 12; sample++) {
    equal(keepingUp.sample(), 0);
    late.push(keepingUp.isSlow);
  }
  deepEqual([late.slice(0, -1).every(Boolean), late.at(-1), keepingUp.byteRate], [true, false, 0]);
});

Deno.test("a listener that is behind is slow, unless it paused or nothing comes", () => {
  const listener = { ...listenerOf(), delay: 3_000 };
  const keepingUp = new KeepingUp(listener as unknown as Listener, 5_000);
  deepEqual([keepingUp.isSlow, keepingUp.slowness], [true, 1]);
  listener.lateFrames = 10;
  keepingUp.sample();
  equal(keepingUp.slowness, 3);
  listener.lateFrames = 0;
  const paused = new KeepingUp({ ...listener, isPaused: true } as unknown as Listener, 5_000);
  const idle = { ...listener, publication: { isRunning: false } } as unknown as Listener;
  deepEqual([paused.isSlow, new KeepingUp(idle, 5_000).isSlow], [false, false]);
});
