import { deepEqual } from "node:assert/strict";
import { PROMETHEUS, writeMetrics } from "../../../src/admin/exposition.ts";
import type { TestServer } from "../support.ts";
import type { Row, Rows } from "./rows.ts";

/** What a scrape shows of the metrics of scripts. */
function scraped({ scripts }: TestServer): string[] {
  const text = writeMetrics(scripts.host.metrics.metrics(), PROMETHEUS);
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** A row whose script leaves these lines. */
function leaves(code: string, ...lines: string[]): Row {
  return {
    test: (server) => {
      server.run(code);
      deepEqual(scraped(server), lines);
    },
  };
}

/** What scripts count for operators. */
export const metricRows: Rows = {
  "mona.counter": leaves(
    `local c = mona:counter("chats", "Chats.") c:add() c:add(2)
    mona:counter("chats"):add()`,
    "mona_app_chats_total 4",
  ),
  "mona.gauge": leaves(
    `local g = mona:gauge("rooms", "Rooms.", "kind") g:set(3, "open") g:set(1, "shut")`,
    'mona_app_rooms{kind="open"} 3',
    'mona_app_rooms{kind="shut"} 1',
  ),
  "mona.histogram": leaves(
    `mona:histogram("wait", "Wait.", { 1, 2 }):observe(1.5)`,
    'mona_app_wait_bucket{le="1.0"} 0',
    'mona_app_wait_bucket{le="2.0"} 1',
    'mona_app_wait_bucket{le="+Inf"} 1',
    "mona_app_wait_sum 1.5",
    "mona_app_wait_count 1",
  ),
  "metric.name": {
    test: (server) => {
      deepEqual(server.run("return mona:gauge('rooms').name"), ["rooms"]);
    },
  },
  "metric.add": {
    test: (server) => {
      const failed = server.run(`local c = mona:counter("a")
      local results = {}
      for _, bad in ipairs({ -1, 0/0, 1/0 }) do results[#results + 1] = pcall(c.add, c, bad) end
      results[#results + 1] = pcall(c.set, c, 1)
      return results`);
      deepEqual(failed, [[false, false, false, false]]);
      deepEqual(scraped(server), []);
    },
  },
  "metric.set": leaves(`local g = mona:gauge("a") g:set(5) g:add(-2)`, "mona_app_a 3"),
  "metric.observe": leaves(
    `local h = mona:histogram("b", "", { 1 }, "room") h:observe(2, "x")`,
    'mona_app_b_bucket{room="x",le="1.0"} 0',
    'mona_app_b_bucket{room="x",le="+Inf"} 1',
    'mona_app_b_sum{room="x"} 2',
    'mona_app_b_count{room="x"} 1',
  ),
};
