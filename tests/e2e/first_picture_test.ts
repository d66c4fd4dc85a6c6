import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { withPage } from "./browser.ts";
import { publishCamera } from "./camera.ts";
import { runServer } from "./server.ts";

/** Seconds between two key frames, as OBS has it unless told otherwise. */
const KEY_INTERVAL = 10;
/** Seconds that a first picture may take on a machine that is busy. */
const PATIENCE = 5;

/** What a page notes of its video: times of the page's clock and of the media, in seconds. */
interface Seen {
  /** The first picture was on the screen. */
  readonly shown: number;
  /** Its time in the stream, and that at which the stream begins. */
  readonly first: number;
  readonly start: number;
  /** Steps by more than a second that the page made before it and after it. */
  readonly jumpsBefore: number;
  readonly jumpsAfter: number;
}

const NOTES = `
  globalThis.seen = { jumpsBefore: 0, jumpsAfter: 0 };
  addEventListener("DOMContentLoaded", () => {
    const video = document.querySelector("video");
    let time = 0;
    video.addEventListener("timeupdate", () => video.seeking || (time = video.currentTime));
    video.addEventListener("seeking", () => {
      if (Math.abs(video.currentTime - time) <= 1) return;
      if (seen.shown === undefined) seen.jumpsBefore++;
      else seen.jumpsAfter++;
    });
    video.requestVideoFrameCallback((now, { mediaTime }) => {
      seen.shown = now / 1000;
      seen.first = mediaTime;
      seen.start = video.buffered.start(0);
    });
  });`;

/** Opens the page some seconds after a key frame; resolves once the picture is near the newest. */
async function comeLate(page: Page, url: string): Promise<Seen> {
  await page.goto(url);
  await page.waitForFunction("document.querySelector('video').currentTime > 3");
  await page.addInitScript(NOTES);
  await page.reload();
  await page.waitForFunction("seen.shown !== undefined");
  await page.waitForFunction(`(() => {
    const { buffered, currentTime, seeking } = document.querySelector("video");
    return !seeking && buffered.end(buffered.length - 1) - currentTime < 2;
  })()`);
  return await page.evaluate("seen") as Seen;
}

async function watch(way: string): Promise<Seen> {
  const server = await runServer();
  const stop = await publishCamera(server, "live/film", { keyInterval: KEY_INTERVAL });
  try {
    let seen: Seen | undefined;
    await withPage(async (page) => {
      seen = await comeLate(page, `http://127.0.0.1:${server.http}/?way=${way}#film`);
    });
    return seen!;
  } finally {
    await stop();
    await server.stop();
  }
}

Deno.test("by FLV the last key frame is on the screen at once, then the page catches up in one jump", async () => {
  const { shown, first, start, jumpsBefore, jumpsAfter } = await watch("FLV");
  assert.ok(shown < PATIENCE, `${shown} s`);
  assert.ok(first - start < 0.3, `${first - start} s of sound before the first picture`);
  assert.deepEqual([jumpsBefore, jumpsAfter], [0, 1]);
});

Deno.test("by LL-HLS a picture is there before the next key frame", async () => {
  const { shown } = await watch("LL-HLS");
  assert.ok(shown < PATIENCE, `${shown} s`);
});
