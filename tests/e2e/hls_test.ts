import assert from "node:assert/strict";
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
