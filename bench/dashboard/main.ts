/**
 * What an open dashboard costs a server with 200 publications and 2,000 clients: how long answers
 * take, and the processor time of what each view asks for.
 * `deno task bench:dashboard`
 */
import { chromium } from "playwright-core";
import { freePort, runServer } from "../../tests/e2e/server.ts";
import { cpuSeconds } from "../process_stats.ts";
import { Crowd } from "./crowd.ts";

const PUBLICATIONS = 200;
const PLAYERS = 1_800;
/** Milliseconds for which each view is looked at. */
const WATCHED = 20_000;
/** How often the requests of a view are made again. */
const REPEATS = 50;
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
  const asked: string[] = [];
  page.on("request", (request) => {
    const url = request.url();
    if (url.startsWith(`${at}/api/`) && !/events|preview/.test(url)) asked.push(url);
  });
  const alone = await share(() => pause(WATCHED));
  console.log(`nobody looks: ${(100 * alone.cpu / alone.seconds).toFixed(1)} % of one processor`);
  for (const view of VIEWS) {
    await page.goto(`${at}/#/${view}`);
    await pause(3_000);
    asked.length = 0;
    await pause(WATCHED);
    const urls = [...asked];
    await page.goto("about:blank");
    // Asked again and again: what one look costs is less than what the server does by itself varies.
    const { cpu, seconds } = await share(async () => {
      for (let i = 0; i < REPEATS; i++) {
        for (const url of urls) await (await fetch(url, { headers })).text();
      }
    });
    const cost = (cpu - alone.cpu * seconds / alone.seconds) / REPEATS;
    const percent = (100 * cost / (WATCHED / 1000)).toFixed(2);
    console.log(`${view || "overview"}: ${percent} %, ${urls.length} requests in 20 s`);
  }
} finally {
  await browser.close();
  crowd.leave();
  await server.stop();
  await Deno.remove(folder, { recursive: true });
}

/** Seconds of processors that the server uses while something runs, and how long that takes. */
async function share(run: () => Promise<void>): Promise<{ cpu: number; seconds: number }> {
  const [before, start] = [cpuSeconds(server.pid), performance.now()];
  await run();
  return { cpu: cpuSeconds(server.pid) - before, seconds: (performance.now() - start) / 1000 };
}

function pause(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, ms));
}
