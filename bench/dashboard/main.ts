/**
 * What an open dashboard costs a server with 200 publications and 2,000 clients: processor time of
 * the server in each view, less that without a dashboard, and how long its answers take.
 * `deno task bench:dashboard`
 */
import { chromium } from "playwright-core";
import { freePort, runServer } from "../../tests/e2e/server.ts";
import { Crowd } from "./crowd.ts";

const PUBLICATIONS = 200;
const PLAYERS = 1_800;
/** Milliseconds for which each view is looked at, and nothing is before it. */
const WATCHED = 20_000;
const VIEWS = ["", "streams", "clients", "applications", "log", "streams/camera-7"];
const LISTS = ["/overview", "/history", "/publications", "/listeners", "/clients?sort=sent"];

const folder = await Deno.makeTempDir();
const port = freePort();
const server = await runServer({
  data: `${folder}/data`,
  set: [
    `admin.port=${port}`,
    "HTTP.maxConnections=4000",
    "limits.addressRate=0",
    "limits.clientRate=0",
  ],
});
const crowd = new Crowd();
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  for (let i = 0; i < PUBLICATIONS; i++) await crowd.publish(server, `camera-${i}`);
  for (let i = 0; i < PLAYERS; i++) await crowd.play(server, `camera-${i % PUBLICATIONS}`);
  const token = (await Deno.readTextFile(`${folder}/data/admin.token`)).trim();
  const headers = { authorization: `Bearer ${token}` };
  const at = `http://127.0.0.1:${port}`;
  await pause(10_000);

  for (const path of LISTS) {
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      const start = performance.now();
      await (await fetch(`${at}/api/v1${path}`, { headers })).text();
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    console.log(`${path}: ${times[10]!.toFixed(1)} ms, at most ${times[19]!.toFixed(1)} ms`);
  }

  const page = await browser.newPage();
  await page.addInitScript(
    `if (location.port) sessionStorage.setItem("mona token", ${JSON.stringify(token)})`,
  );
  for (const view of VIEWS) {
    // In turn: what the server does by itself changes with its age.
    const alone = await share();
    await page.goto(`${at}/#/${view}`);
    await pause(3_000);
    const cost = await share();
    await page.goto("about:blank");
    const more = (cost - alone).toFixed(2);
    console.log(`${view || "overview"}: ${cost.toFixed(2)} %, ${more} % more than without`);
  }
} finally {
  await browser.close();
  crowd.leave();
  await server.stop();
  await Deno.remove(folder, { recursive: true });
}

/** Percent of one processor that the server uses for a while. */
async function share(): Promise<number> {
  const [before, start] = [cpu(), performance.now()];
  await pause(WATCHED);
  return (cpu() - before) * 100_000 / (performance.now() - start);
}

/** Seconds of processors that the server has used; ticks of Linux are hundredths. */
function cpu(): number {
  const fields = Deno.readTextFileSync(`/proc/${server.pid}/stat`).replace(/.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function pause(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, ms));
}
