import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { assertUsable, logIn, show, until, withDashboard } from "./dashboard.ts";

/** Names that peers may choose: markup, other directions, 10 kB, what URLs are made of. */
const NAMES = [
  `<img src=x onerror="document.title='broken'">`,
  "\u202egpj.film",
  "مرحبا بالعالم",
  "x".repeat(10_000),
  "a/b?c#d&e%2F",
  "</script><script>document.title='broken'</script>",
];

/** A stream as the control interface lists it. */
const stream = (name: string) => ({
  name,
  source: "rtmp",
  startedAt: Date.now() - 60_000,
  publisher: { id: "0".repeat(64), address: name, protocol: "rtmp", transport: "RTMP", user: name },
  video: null,
  audio: null,
  data: { rate: 0, bytes: 0 },
  rate: 0,
  listeners: { total: 0, rtmp: 0, rtmfp: 0, http: 0, websocket: 0 },
  taps: 0,
  dropped: { frames: 0, rate: 0, listeners: 0 },
  faults: [name],
});

/** Answers of a list, in place of the server's: as many streams as there are, by turns of the names. */
async function listStreams(page: Page, total: number): Promise<void> {
  await page.route("**/api/v1/publications?*", (route) => {
    const query = new URL(route.request().url()).searchParams;
    const [at, size] = [Number(query.get("page") ?? 0), Number(query.get("size") ?? 50)];
    const numbers = Array.from(
      { length: Math.min(size, total - at * size) },
      (_, i) => at * size + i,
    );
    const items = numbers.map((number) => {
      const name = NAMES[number % NAMES.length]!;
      return stream(number < NAMES.length ? name : `${number} ${name}`);
    });
    return route.fulfill({ json: { items, total, page: at, size } });
  });
}

Deno.test("names of any kind are texts on the page, and lead to what they name", () =>
  withDashboard({ expectedErrors: /status of 404/ }, async (dashboard) => {
    const { page } = dashboard;
    await listStreams(page, NAMES.length);
    await logIn(dashboard);
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      await show(page, "Streams");
      await page.getByRole("link", { name: "<img src=x" }).first().waitFor();
      await page.getByText("\ufffdgpj.film").first().waitFor();
      await assertUsable(page, `${width}`);
      await show(page, "Overview");
      await page.getByText("has faults").nth(4).waitFor();
      await assertUsable(page, `overview ${width}`);
    }
    await show(page, "Streams");
    await page.getByRole("link", { name: "a/b?c#d&e%2F" }).first().click();
    await page.getByRole("heading", { name: "a/b?c#d&e%2F" }).waitFor();
    assert.equal(await page.evaluate("document.querySelectorAll('img').length"), 0);
    assert.ok(!(await page.title()).startsWith("broken"));
  }));

Deno.test("no stream, and ten thousand of them: a page of the list, and the way to the last", () =>
  withDashboard({}, async (dashboard) => {
    const { page } = dashboard;
    await logIn(dashboard);
    await show(page, "Streams");
    await page.getByText("Nothing is published.").waitFor();
    await listStreams(page, 10_000);
    await page.getByText("1–50 of 10,000").waitFor();
    assert.equal(await page.getByRole("row").count(), 51);
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByText("51–100 of 10,000").waitFor();
    await page.getByLabel("Search name or publisher").fill("film");
    await page.getByText("1–50 of 10,000").waitFor();
    await until(page, `document.querySelectorAll("tbody tr").length === 50`);
  }));
