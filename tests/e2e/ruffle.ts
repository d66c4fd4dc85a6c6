// Loaded so that Deno fetches the package: the server serves its files as they are.
import player from "@ruffle-rs/ruffle/ruffle.js" with { type: "text" };
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { withPage } from "./browser.ts";
import { inTempFolder } from "./program.ts";
import { type RunningProgram, runServer } from "./server.ts";

/** A page with Ruffle on a running server. */
export interface MoviePage {
  readonly server: RunningProgram;
  readonly page: Page;
  /** Folder of the application, with Ruffle's files below `ruffle/`. */
  readonly folder: string;
  /** Shows a movie in place of the one before; `options` are Ruffle's own. */
  show(movie: Uint8Array, options?: Readonly<Record<string, unknown>>): Promise<void>;
  /** What the movie has reported behind that name, once it did so `count` times. */
  reported(name: string, count?: number): Promise<unknown[][]>;
}

const PAGE = `<!doctype html>
<link rel="icon" href="data:,">
<script>
const config = { allowScriptAccess: true, autoplay: "on", splashScreen: false };
RufflePlayer = { config: { ...config, polyfills: false, unmuteOverlay: "hidden" } };
const reports = [];
const report = (...values) => void reports.push(values);
async function show(options) {
  document.querySelector("ruffle-player")?.remove();
  reports.length = 0;
  const player = RufflePlayer.newest().createPlayer();
  document.body.append(player);
  await player.ruffle().load(options);
}
</script>
<script src="/bridge.js"></script>
<script src="ruffle/ruffle.js"></script>
<body></body>`;

/** Runs `body` with a page of the application /app, which has that script. */
export async function withMovies(
  script: string,
  body: (run: MoviePage) => Promise<void>,
): Promise<void> {
  await inTempFolder(async (folder) => {
    const app = `${folder}/www/app`;
    await Deno.mkdir(`${app}/ruffle`, { recursive: true });
    await Deno.writeTextFile(`${app}/main.lua`, script);
    await Deno.writeTextFile(`${app}/page.html`, PAGE);
    await copyPlayer(`${app}/ruffle`);
    const server = await runServer({ www: `${folder}/www`, data: `${folder}/data` });
    try {
      await withPage(async (page) => {
        await page.goto(`http://127.0.0.1:${server.http}/app/page.html`);
        let movies = 0;
        await body({
          server,
          page,
          folder: app,
          async show(movie, options = {}) {
            const url = `movie${++movies}.swf`;
            await Deno.writeFile(`${app}/${url}`, movie);
            await page.evaluate(`show(${JSON.stringify({ url, ...options })})`);
          },
          async reported(name, count = 1) {
            const found = `reports.filter(([name]) => name === ${JSON.stringify(name)})`;
            try {
              await page.waitForFunction(`${found}.length >= ${count}`);
            } catch (cause) {
              const all = await page.evaluate("JSON.stringify(reports)");
              throw new Error(`the movie reported ${all}\n${server.log()}`, { cause });
            }
            return await page.evaluate(`${found}.map(([, ...values]) => values)`);
          },
        });
      });
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
}

async function copyPlayer(to: string): Promise<void> {
  await Deno.writeTextFile(`${to}/ruffle.js`, player);
  const from = new URL(".", import.meta.resolve("@ruffle-rs/ruffle/ruffle.js"));
  for await (const { name } of Deno.readDir(from)) {
    if (/^core.*\.js$|\.wasm$/.test(name)) {
      await Deno.copyFile(new URL(name, from), `${to}/${name}`);
    }
  }
}
