import { deepEqual, ok } from "node:assert/strict";

const docs = (name: string) =>
  Deno.readTextFileSync(new URL(`../../docs/${name}`, import.meta.url));

/** Names of metrics in a text, without what a type adds to them. */
function named(text: string): Set<string> {
  return new Set([...text.matchAll(/\bmona_\w+/g)].map(([name]) => {
    return name.replace(/_(bucket|sum|count)$/, "");
  }));
}

Deno.test("alerts and the dashboard ask for metrics that the table of metrics has", () => {
  const known = named(docs("metrics.md"));
  ok(known.size > 30);
  for (const name of ["alerts.yml", "grafana.json"]) {
    deepEqual([...named(docs(name))].filter((metric) => !known.has(metric)), [], name);
  }
  ok(JSON.parse(docs("grafana.json")).panels.length > 10);
});
