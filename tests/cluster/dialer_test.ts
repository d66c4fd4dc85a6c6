import assert from "node:assert/strict";
import { Dialer } from "../../src/cluster/link/dialer.ts";
import type { Dial } from "../../src/cluster/link/links.ts";
import { EndCode } from "../../src/cluster/link/session.ts";
import { RETRY_INTERVAL, RETRY_JITTER } from "../../src/cluster/params.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A dialer whose attempts are kept, and end when the test says so. */
function scene(random = 0.5) {
  const clock = new FakeClock();
  const log = new CaptureLog();
  const dials: Dial[] = [];
  const linked = new Set<string>();
  const links = {
    dial: (dial: Dial) => Promise.resolve(void dials.push(dial)),
    has: (id: string) => linked.has(id),
  };
  const target = { hostname: "h", port: 1, address: "h:1", properties: new Map() };
  const dialer = new Dialer(target, { links, clock, log, random: () => random });
  dialer.start();
  return { clock, log, dials, linked, dialer };
}

const failure = { code: EndCode.closed, reason: "refused" };

Deno.test("a target is tried again after the interval, more or less its jitter", () => {
  for (
    const [random, factor] of [[0, 1 - RETRY_JITTER], [0.5, 1], [1, 1 + RETRY_JITTER]] as const
  ) {
    const { clock, dials } = scene(random);
    dials[0]!.onEnded(failure, "", false);
    clock.advance(RETRY_INTERVAL * factor - 1);
    assert.equal(dials.length, 1);
    clock.advance(1);
    assert.equal(dials.length, 2);
  }
});

Deno.test("a failure is logged when it is news: first, of another kind, or after a link", () => {
  const { clock, log, dials } = scene();
  const fail = (reason: string, wasUp = false) => {
    dials.at(-1)!.onEnded({ code: EndCode.closed, reason }, "", wasUp);
    clock.advance(RETRY_INTERVAL);
    return log.at("WARN").length;
  };
  assert.deepEqual([fail("refused"), fail("refused"), fail("no answer")], [1, 1, 2]);
  assert.deepEqual([fail("gone", true), fail("no answer")], [2, 3]);
});

Deno.test("a target that is linked in the other direction is left alone until that link ends", () => {
  const { clock, dials, linked, log } = scene();
  linked.add("twin");
  dials[0]!.onEnded({ code: EndCode.duplicate, reason: "there is a link already" }, "twin", false);
  clock.advance(5 * RETRY_INTERVAL);
  assert.equal(dials.length, 1);
  linked.clear();
  clock.advance(RETRY_INTERVAL);
  assert.equal(dials.length, 2);
  assert.deepEqual(log.at("WARN"), []);
});

Deno.test("a dialer that is closed, or whose target is itself, tries no more", () => {
  const closed = scene();
  closed.dialer.close();
  closed.dials[0]!.onEnded(failure, "", false);
  assert.equal(closed.clock.timers, 0);
  const own = scene();
  own.dials[0]!.onEnded({ code: EndCode.self, reason: "self" }, "", false);
  assert.equal(own.clock.timers, 0);
});
