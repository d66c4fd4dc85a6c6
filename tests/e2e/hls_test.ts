import assert from "node:assert/strict";
import { withPage } from "./browser.ts";
import { publishCamera } from "./camera.ts";
import { requireProgram, type RunningProgram, runProgram, runServer } from "./server.ts";

async function staged(run: (server: RunningProgram, url: string) => Promise<void>): Promise<void> {
  await requireProgram("ffmpeg");
  const server = await runServer({ args: ["--log-level", "DEBUG"] });
  try {
    const stop = await publishCamera(server, "live/film");
    try {
      await run(server, `http://127.0.0.1:${server.http}/live/film.m3u8`);
    } finally {
      await stop();
    }
  } finally {
    assert.equal(await server.stop(), 0);
  }
}

Deno.test("ffmpeg plays name.m3u8 without a word, and is one client that leaves", async () => {
  await staged(async (server, url) => {
    const { code, err } = await runProgram("ffmpeg", [
      ...["-hide_banner", "-nostdin", "-loglevel", "error", "-i", url, "-t", "4"],
      ...["-f", "null", "-"],
    ]);
    assert.deepEqual([code, err], [0, ""]);
    await server.logged(/plays film no longer/);
    assert.equal(server.count(/plays film\n/), 1);
  });
});

for (const way of ["FLV", "LL-HLS", "HLS"]) {
  Deno.test(`the index page plays by ${way} in Chromium, and tells its delay`, async () => {
    await staged(async (server) => {
      await withPage(async (page) => {
        await page.goto(`http://127.0.0.1:${server.http}/?way=${way}#film`);
        await page.locator("#delay").getByText(new RegExp(`^${way}, \\d+\\.\\d s behind$`))
          .waitFor();
        const moved = `document.querySelector("video").currentTime > 1 &&
          document.querySelector("video").videoWidth === 320`;
        await page.waitForFunction(moved);
        if (way !== "LL-HLS") return;
        // What the server got last is on the screen within two seconds.
        const text = await page.locator("#delay").textContent();
        assert(parseFloat(text!.split(",")[1]!) < 2, text!);
      });
    });
  });
}
