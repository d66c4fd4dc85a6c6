import assert from "node:assert/strict";
import { join } from "node:path";
import { withPage } from "./browser.ts";
import { inTempFolder } from "./program.ts";
import { requireProgram, type RunningProgram, runProgram, runServer } from "./server.ts";

/** Seconds of the film that are sent at once. */
const AT_ONCE = 40;
const FLV_HEADER = 13;

/** Publishes a minute of about 1 Mbit/s over HTTP: most of it at once, the rest in its own time. */
async function publishMinute(server: RunningProgram, folder: string): Promise<() => Promise<void>> {
  const path = join(folder, "film.flv");
  const { code, err } = await runProgram("ffmpeg", [
    ...["-hide_banner", "-nostdin", "-loglevel", "error"],
    ...["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i", "sine"],
    ...["-t", "60", "-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-pix_fmt", "yuv420p"],
    ...["-b:v", "1M", "-minrate", "1M", "-maxrate", "1M", "-bufsize", "1M"],
    ...["-x264-params", "nal-hrd=cbr", "-c:a", "aac", path],
  ]);
  assert.deepEqual([code, err], [0, ""]);
  const bytes = await Deno.readFile(path);
  const view = new DataView(bytes.buffer);
  let isOver = false;
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      let sent = 0;
      const begin = performance.now() - AT_ONCE * 1000;
      for (let at = FLV_HEADER; at + 15 <= bytes.length && !isOver;) {
        const early = view.getUint32(at + 3) % 0x1000000 - (performance.now() - begin);
        if (early > 0) {
          controller.enqueue(bytes.subarray(sent, at));
          sent = at;
          await new Promise((resume) => setTimeout(resume, early));
        }
        at += 15 + (view.getUint32(at) % 0x1000000);
      }
      controller.close();
    },
  });
  const url = `http://127.0.0.1:${server.http}/live/film.flv`;
  // The server is killed while it goes on: how it ends is no matter.
  const done = Promise.allSettled([
    fetch(url, { method: "PUT", body }).then((answer) => answer.body?.cancel()),
  ]);
  await server.logged(/publishes film$/m);
  return async () => {
    isOver = true;
    await done;
  };
}

async function filesBelow(folder: string): Promise<number> {
  return (await Array.fromAsync(Deno.readDir(folder)).catch(() => [])).length;
}

Deno.test("ffmpeg and hls.js seek back to before they came, through segments on the disk", async () => {
  await requireProgram("ffmpeg");
  await inTempFolder(async (folder) => {
    const segments = join(folder, "hls");
    const set = ["hls.window=600", "hls.memory=1", `hls.directory=${segments}`];
    const server = await runServer({ set, args: ["--log-level", "DEBUG"] });
    const stop = await publishMinute(server, folder);
    const url = `http://127.0.0.1:${server.http}/live/film.m3u8`;
    const { code, out, err } = await runProgram("ffmpeg", [
      ...["-hide_banner", "-nostdin", "-loglevel", "error", "-live_start_index", "0", "-i", url],
      ...["-t", "30", "-c", "copy", "-f", "framecrc", "-map", "0:v", "-"],
    ]);
    assert.deepEqual([code, err], [0, ""]);
    assert.equal(out.match(/^0,/gm)?.length, 750);
    assert((await filesBelow(segments)) > 5, "segments are on the disk");
    await withPage(async (page) => {
      // Not by the index page's player, which follows the live edge.
      await page.goto(`http://127.0.0.1:${server.http}/hls.js`);
      await page.setContent("<video muted></video>");
      await page.addScriptTag({ url: `http://127.0.0.1:${server.http}/hls.js` });
      await page.evaluate(`{
        const player = new Hls();
        player.loadSource(${JSON.stringify(url)});
        player.attachMedia(document.querySelector("video"));
        document.querySelector("video").play().catch(() => {});
      }`);
      await page.waitForFunction(`document.querySelector("video").currentTime > 30`);
      await page.evaluate(`document.querySelector("video").currentTime = 5`);
      await page.waitForFunction(`document.querySelector("video").currentTime > 6 &&
        document.querySelector("video").currentTime < 20 &&
        document.querySelector("video").readyState > 2`);
    }, { expectedErrors: /404/ });
    // Killed, it leaves what the next one removes; stopped, nothing.
    await server.kill();
    await stop();
    assert((await filesBelow(segments)) > 5);
    const next = await runServer({ set });
    const isClean = async () => {
      for (let tries = 0; tries < 100 && await filesBelow(segments) > 0; tries++) {
        await new Promise((resume) => setTimeout(resume, 50));
      }
      return await filesBelow(segments) === 0;
    };
    assert(await isClean());
    assert.equal(await next.stop(), 0);
  });
});
