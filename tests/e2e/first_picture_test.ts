import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { FlvReader, videoRole } from "../../src/media/mod.ts";
import { withPage } from "./browser.ts";
import { publishCamera } from "./camera.ts";
import { requireProgram, runProgram, runServer } from "./server.ts";

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

/** Seconds until ffmpeg has decoded a picture. */
async function decoded(url: string): Promise<number> {
  const start = performance.now();
  const { code, err } = await runProgram("ffmpeg", [
    ...[
      "-v",
      "fatal",
      "-analyzeduration",
      "500000",
      "-i",
      url,
      "-frames:v",
      "1",
      "-f",
      "null",
      "-",
    ],
  ]);
  assert.equal(code, 0, err);
  return (performance.now() - start) / 1000;
}

/** Seconds until a tag of a picture has come over a WebSocket. */
async function overWebSocket(url: string): Promise<number> {
  const start = performance.now();
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const shown = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const none = () => {};
  const reader = new FlvReader({
    audio: none,
    data: none,
    video: (_time, body) => void (videoRole(body) === "key" && shown.resolve()),
  });
  socket.onmessage = ({ data }) => reader.readTags(new Uint8Array(data));
  socket.onclose = () => closed.resolve();
  await shown.promise;
  socket.close();
  await closed.promise;
  return (performance.now() - start) / 1000;
}

Deno.test("players of every protocol that ask for the group that runs have a picture at once", async () => {
  await requireProgram("ffmpeg");
  const server = await runServer();
  const stop = await publishCamera(server, "live/film", { keyInterval: KEY_INTERVAL });
  try {
    await new Promise((resume) => setTimeout(resume, 2500));
    const [http, rtmp] = [`127.0.0.1:${server.http}/live`, `127.0.0.1:${server.rtmp}/live`];
    const times = await Promise.all([
      decoded(`rtmp://${rtmp}/film?group=1`),
      decoded(`http://${http}/film.flv?group=1`),
      decoded(`http://${http}/film.ts?group=1`),
      overWebSocket(`ws://${http}/film.flv?group=1`),
    ]);
    assert.ok(times.every((seconds) => seconds < PATIENCE), `${times}`);
  } finally {
    await stop();
    await server.stop();
  }
});
