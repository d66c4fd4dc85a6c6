import { equal } from "node:assert/strict";
import {
  expositionFor,
  OPEN_METRICS,
  PROMETHEUS,
  writeMetrics,
} from "../../src/admin/exposition.ts";
import { by, counter, gauge, type Metric } from "../../src/base/mod.ts";

const metrics: Metric[] = [
  counter("sent_bytes", "What was sent.", by("to", [["a", 1], ['b"\\\n', 2.5]])),
  gauge("clients", "Who is there.", 3),
  {
    name: "wait_seconds",
    help: "How long it took.",
    type: "histogram",
    distributions: [{ distribution: { bounds: [0.5, 1], counts: [2, 0, 1], sum: 3.25 } }],
  },
];

Deno.test("Prometheus' text describes each sample by its own name", () => {
  equal(
    writeMetrics(metrics, PROMETHEUS),
    String.raw`# HELP mona_sent_bytes_total What was sent.
# TYPE mona_sent_bytes_total counter
mona_sent_bytes_total{to="a"} 1
mona_sent_bytes_total{to="b\"\\\n"} 2.5
# HELP mona_clients Who is there.
# TYPE mona_clients gauge
mona_clients 3
# HELP mona_wait_seconds How long it took.
# TYPE mona_wait_seconds histogram
mona_wait_seconds_bucket{le="0.5"} 2
mona_wait_seconds_bucket{le="1.0"} 2
mona_wait_seconds_bucket{le="+Inf"} 3
mona_wait_seconds_sum 3.25
mona_wait_seconds_count 3
`,
  );
});

Deno.test("OpenMetrics describes the family, names its unit and says where it ends", () => {
  equal(
    writeMetrics(metrics.slice(0, 2), OPEN_METRICS),
    String.raw`# HELP mona_sent_bytes What was sent.
# TYPE mona_sent_bytes counter
# UNIT mona_sent_bytes bytes
mona_sent_bytes_total{to="a"} 1
mona_sent_bytes_total{to="b\"\\\n"} 2.5
# HELP mona_clients Who is there.
# TYPE mona_clients gauge
mona_clients 3
# EOF
`,
  );
});

Deno.test("a scraper gets OpenMetrics when it names it and likes it best", () => {
  // The second is what Prometheus 2.42 sends.
  const open = [
    "application/openmetrics-text",
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;" +
    "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
  ];
  const plain = [
    undefined,
    "",
    "*/*",
    "text/html,application/xhtml+xml,*/*;q=0.8",
    "application/openmetrics-text;q=0.2, text/plain;q=0.5",
    "application/openmetrics-text;q=0",
    "application/openmetrics-text;q=x",
  ];
  for (const accept of open) equal(expositionFor(accept), OPEN_METRICS, accept);
  for (const accept of plain) equal(expositionFor(accept), PROMETHEUS, accept);
});

Deno.test("a histogram with labels has each of its series whole", () => {
  const distribution = { bounds: [1], counts: [2, 1], sum: 3 };
  const metric: Metric = {
    name: "app_wait",
    help: "How long it took.",
    type: "histogram",
    distributions: [{ labels: { room: "a" }, distribution }, {
      labels: { room: "b" },
      distribution,
    }],
  };
  equal(
    writeMetrics([metric], PROMETHEUS).split("\n").slice(2, 6).join("\n"),
    `mona_app_wait_bucket{room="a",le="1.0"} 2
mona_app_wait_bucket{room="a",le="+Inf"} 3
mona_app_wait_sum{room="a"} 3
mona_app_wait_count{room="a"} 3`,
  );
});
