import { deepEqual, equal, ok } from "node:assert/strict";
import { LineLimiter } from "../../src/logs/line_limiter.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** How many of so many lines, of 52 characters, are admitted. */
function admitted(limiter: LineLimiter, count: number, ...names: string[]): number {
  let done = 0;
  for (let line = 0; line < count; line++) if (limiter.admit(names, 52)) done++;
  return done;
}

function scene() {
  const clock = new FakeClock();
  const reports: string[] = [];
  const limiter = new LineLimiter(clock, (names, text) => {
    reports.push(`${names.join(" ")}: ${text}`);
  });
  return { clock, reports, limiter };
}

Deno.test("a peer writes some lines at once, then few a second, and the rest is counted", () => {
  const { clock, reports, limiter } = scene();
  const burst = admitted(limiter, 10_000, "rtmp", "192.0.2.1:5000");
  equal(burst, Math.ceil(32_768 / 100));
  clock.advance(9_999);
  deepEqual(reports, []);
  clock.advance(1);
  deepEqual(reports, [
    `rtmp 192.0.2.1: ${10_000 - burst} lines left out, the last of rtmp 192.0.2.1:5000`,
  ]);
  const later = admitted(limiter, 10_000, "rtmp", "192.0.2.1:5000");
  ok(later >= 102 && later <= 103, `${later} lines after 10 s`);
  limiter.stop();
  equal(clock.timers, 0);
  equal(reports.length, 2);
});

Deno.test("a peer that floods takes no line from others, of its own address too", () => {
  const { limiter } = scene();
  admitted(limiter, 10_000, "rtmp", "[2001:db8::1]:5000");
  equal(admitted(limiter, 100, "rtmp", "[2001:db8::1]:5001"), 100);
  equal(admitted(limiter, 100, "rtmp", "[2001:db8::2]:5000", "stream 1"), 100);
  equal(admitted(limiter, 100, "http", "[2001:db8::1]:5000"), 100);
  equal(admitted(limiter, 100, "rtmp"), 100);
  limiter.stop();
});

Deno.test("a flood of lines leaves the peer's warnings be, which have a limit of their own", () => {
  const { limiter } = scene();
  const names = ["rtmp", "192.0.2.1:5000"];
  admitted(limiter, 10_000, ...names);
  let warnings = 0;
  while (limiter.admit(names, 52, true)) warnings++;
  equal(warnings, Math.ceil(32_768 / 100));
  limiter.stop();
});

Deno.test("an address with many connections has a limit for all of them", () => {
  const { limiter } = scene();
  let lines = 0;
  for (let port = 1; port <= 1000; port++) {
    lines += admitted(limiter, 100, "rtmp", `192.0.2.1:${port}`);
  }
  equal(lines, Math.ceil(262_144 / 100));
  limiter.stop();
});

Deno.test("a room without peers has a limit too", () => {
  const { limiter, reports } = scene();
  equal(admitted(limiter, 20_000, "script"), Math.ceil(524_288 / 100));
  limiter.stop();
  equal(reports[0], "script: 14757 lines left out, the last of script");
});

Deno.test("few sources are remembered, and nothing left out is forgotten", () => {
  const { limiter, reports } = scene();
  admitted(limiter, 400, "rtmp", "192.0.2.1:1");
  for (let host = 0; host < 10_000; host++) limiter.admit(["rtmp", `10.0.0.${host}:1`], 10);
  deepEqual(reports, ["rtmp 192.0.2.1: 72 lines left out, the last of rtmp 192.0.2.1:1"]);
  limiter.stop();
});
