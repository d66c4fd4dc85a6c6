import { deepEqual, equal } from "node:assert/strict";
import { Health, LoopDelay } from "../../src/admin/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("a server is ready when every check passes", async () => {
  const health = new Health(new FakeClock(), {
    ports: () => true,
    disk: () => Promise.resolve(true),
  });
  deepEqual(await health.readiness(), { isReady: true, checks: { ports: true, disk: true } });
});

Deno.test("a check that fails, throws or rejects is named", async () => {
  const health = new Health(new FakeClock(), {
    ports: () => true,
    broker: () => false,
    scripts: () => {
      throw new Error("no");
    },
    disk: () => Promise.reject(new Error("full")),
  });
  deepEqual(await health.readiness(), {
    isReady: false,
    checks: { ports: true, broker: false, scripts: false, disk: false },
  });
});

Deno.test("checks are made once a second, however many ask", async () => {
  const clock = new FakeClock();
  let looks = 0;
  const health = new Health(clock, { disk: () => ++looks === 1 });
  await Promise.all([health.readiness(), health.readiness()]);
  clock.advance(999);
  equal((await health.readiness()).isReady, true);
  equal(looks, 1);
  clock.advance(1);
  equal((await health.readiness()).isReady, false);
  equal(looks, 2);
});

/** A clock whose timers come late, each by its own time. */
class LateClock extends FakeClock {
  readonly #late: number[];

  constructor(late: number[]) {
    super();
    this.#late = late;
  }

  override after(delay: number, run: () => void) {
    return super.after(delay + (this.#late.shift() ?? 0), run);
  }
}

Deno.test("the delay of timers is a histogram in seconds", () => {
  const late = [0, 1, 3, 5, 5.1, 6_000];
  const clock = new LateClock([...late]);
  const delay = new LoopDelay(clock);
  for (const _ of late) clock.step();
  const [metric] = [...delay.metrics()];
  equal(metric?.type, "histogram");
  if (metric?.type !== "histogram") return;
  const { bounds, counts, sum } = metric.distributions[0]!.distribution;
  const seen = Object.fromEntries(
    counts.map((count, at) => [bounds[at] ?? "more", count]).filter(([, count]) => count !== 0),
  );
  deepEqual(seen, { 0.001: 2, 0.005: 2, 0.01: 1, more: 1 });
  equal(Math.round(sum * 10_000), 60_141);
  delay.close();
  equal(clock.timers, 0);
});
