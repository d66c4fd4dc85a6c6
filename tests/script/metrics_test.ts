import { deepEqual, equal, match, throws } from "node:assert/strict";
import { type MetricDefinition, ScriptMetrics } from "../../src/script/metrics/registry.ts";
import { TestServer } from "./support.ts";

const gauge = (name: string, more: Partial<MetricDefinition> = {}): MetricDefinition => {
  return { type: "gauge", name, help: "", label: "", bounds: [], ...more };
};

Deno.test("series without end become one, and metrics without end are refused", () => {
  const metrics = new ScriptMetrics();
  const metric = metrics.define(gauge("many", { label: "room" }));
  for (let count = 0; count < 5_000; count++) metric.add(1, `room ${count}`);
  const [shown] = [...metrics.metrics()];
  if (shown?.type !== "gauge") throw new Error("no gauge");
  equal(shown.samples.length, 101);
  deepEqual(shown.samples.at(-1), { labels: { room: "other" }, value: 4_900 });
  for (let count = 1; count < 100; count++) metrics.define(gauge(`m${count}`));
  throws(() => metrics.define(gauge("more")), /more than 100 metrics/);
  equal(metrics.define(gauge("many", { label: "room" })), metric);
});

Deno.test("what no scraper could read is refused by name", () => {
  const metrics = new ScriptMetrics();
  const bad: [MetricDefinition, RegExp][] = [
    [gauge("two words"), /'two words' is no metric's name/],
    [gauge(""), /is no metric's name/],
    [gauge("x".repeat(101)), /is no metric's name/],
    [gauge("chats_total", { type: "counter" }), /_total is added/],
    [gauge("a", { label: "le" }), /'le' is no label's name/],
    [gauge("a", { label: "__name__" }), /is no label's name/],
    [gauge("a", { type: "histogram", bounds: [2, 1] }), /each above the one before/],
    [gauge("a", { type: "histogram", bounds: [NaN] }), /each above the one before/],
    [gauge("a", { type: "histogram", bounds: Array(40).fill(0).map((_, i) => i) }), /at most 30/],
  ];
  for (const [definition, message] of bad) throws(() => metrics.define(definition), message);
  metrics.define(gauge("a", { help: 'a "b"\\\n' }));
  throws(() => metrics.define(gauge("a", { type: "counter" })), /a is another metric already/);
  const [shown] = [...metrics.metrics()];
  match(shown!.help, /^a {2}b {2,3}$/);
});

Deno.test("events of scripts are timed, and those that are stopped are counted", () => {
  using server = new TestServer("function onConnection() if stop then while true do end end end");
  server.connect();
  server.run("stop = true");
  throws(() => server.connect());
  const all = new Map([...server.scripts.metrics()].map((metric) => [metric.name, metric]));
  const events = all.get("script_event_seconds");
  const stopped = all.get("script_stopped_events");
  if (events?.type !== "histogram" || stopped?.type !== "counter") throw new Error("not there");
  const counts = events.distributions[0]!.distribution.counts.reduce((sum, count) => sum + count);
  equal(counts >= 3, true);
  deepEqual(stopped.samples, [{ value: 1 }]);
});
