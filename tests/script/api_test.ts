import { deepEqual } from "node:assert/strict";
import { serverRows } from "../cluster/api_rows.ts";
import { clientEventRows } from "./api/client_event_rows.ts";
import { clientRows } from "./api/client_rows.ts";
import { eventRows } from "./api/event_rows.ts";
import { languageRows } from "./api/language_rows.ts";
import { metricRows } from "./api/metric_rows.ts";
import { monaRows } from "./api/mona_rows.ts";
import { publicationRows } from "./api/publication_rows.ts";
import { withoutNetwork } from "./api/rows.ts";
import { serviceRows } from "./api/service_rows.ts";
import { waitingRows, waitingTests } from "./api/waiting_rows.ts";

const rows = [
  ...[
    monaRows,
    clientRows,
    clientEventRows,
    publicationRows,
    eventRows,
    languageRows,
    waitingRows,
    metricRows,
  ]
    .map(withoutNetwork),
  serviceRows,
  waitingTests,
  serverRows,
].flatMap((tests) => Object.entries(tests));

for (const [id, test] of rows) Deno.test(`api ${id}`, test);

Deno.test("every row of the API has one test", async () => {
  const text = await Deno.readTextFile(new URL("../vectors/api_ids.tsv", import.meta.url));
  deepEqual(rows.map(([id]) => id).sort(), text.trim().split("\n").sort());
});

Deno.test("docs/api.md has every row of the API", async () => {
  const read = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
  const ids = (await read("tests/vectors/api_ids.tsv")).trim().split("\n");
  const text = await read("docs/api.md");
  const documented = [...text.matchAll(/\| ([\w.]+) +\|$/gm)].map(([, id]) => id);
  deepEqual(documented.filter((id) => id !== "id").sort(), ids.sort());
});
