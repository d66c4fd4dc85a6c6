import assert from "node:assert/strict";
import type { ServerOptions } from "../../src/cli/mod.ts";
import { loadConfig } from "../../src/config/mod.ts";
import { Hub } from "../../src/hub/mod.ts";
import { WriteScheduler } from "../../src/net/mod.ts";
import { relayFaults, Relays } from "../../src/server/relays.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** How many relays lines of `[relay]` make, and what is logged of them. */
function relays(lines: Record<string, string>): { count: number; errors: string[] } {
  const clock = new FakeClock();
  const log = new CaptureLog();
  const text = Object.entries(lines).map(([name, value]) => `${name}=${value}`).join("\n");
  const { config } = loadConfig({ ini: { file: "my.ini", text: `[relay]\n${text}` } });
  const options: Pick<ServerOptions, "logger"> = { logger: () => log };
  const all = new Relays(options, new Hub({ clock }), new WriteScheduler(clock));
  all.renew(config);
  const made = [...all];
  all.close();
  assert.deepEqual(relayFaults(config).map((fault) => `ERROR ${fault}`), log.at("ERROR"));
  return { count: made.length, errors: log.at("ERROR") };
}

Deno.test("a relay has one origin, or several to try, and each target of a push is one more", () => {
  const [a, b] = ["rtmp://a.example/live/film", "rtmps://b.example:443/live/film?key=1"];
  for (
    const [value, count] of [[a, 1], [`${a} ${b}`, 1], [`push ${a}`, 1], [
      `PUSH ${a}  ${b}`,
      2,
    ]] as const
  ) assert.deepEqual(relays({ film: value }), { count, errors: [] });
});

Deno.test("a line that is no relay is named without its keys, and the others are made", () => {
  for (
    const [value, shown] of [
      ["push", ""],
      ["nonsense", "nonsense"],
      ["http://a/b/c?key=s3", "http://a/b/…"],
      ["http://a/b/c?key=s3/s3", "http://a/b/…"],
      ["rtmp://a/live/film?key=s3 rtmp://b s3", "rtmp://b"],
      ["push rtmp://a/live/s3 rtmp://b:99999/live/s3", "rtmp://b:99999/live/…"],
      ["rtmp://me:s3@a/live/film", "rtmp://…@a/live/…"],
    ] as const
  ) {
    const { count, errors } = relays({ bad: value, film: "rtmp://a.example/live/film" });
    assert.equal(count, 1);
    assert.equal(errors.length, 1);
    assert.ok(errors[0]!.includes(`relay.bad: "${shown}" is no URL`), errors[0]);
    assert.doesNotMatch(errors[0]!, /s3/);
  }
});

Deno.test("new settings keep the relays whose line is the same, and end and begin the others", () => {
  const clock = new FakeClock();
  const hub = new Hub({ clock });
  const all = new Relays({ logger: () => new CaptureLog() }, hub, new WriteScheduler(clock));
  const renew = (text: string) => {
    all.renew(loadConfig({ ini: { file: "my.ini", text: `[relay]\n${text}` } }).config);
    return new Map([...all].map((relay) => [relay.id, relay]));
  };
  const first = renew(
    "a=rtmp://x.example/live/a\nb=push rtmp://x.example/l/b rtmp://y.example/l/b",
  );
  assert.deepEqual([...first.keys()], ["a", "b", "b#2"]);
  const second = renew("a=rtmp://x.example/live/a\nc=rtmp://x.example/live/c");
  assert.deepEqual([...second.keys()], ["a", "c"]);
  assert.equal(second.get("a"), first.get("a"));
  assert.deepEqual([...hub.offers], ["a", "c"]);
  all.close();
  assert.equal(clock.timers, 0);
});
