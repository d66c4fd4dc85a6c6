import assert from "node:assert/strict";
import { ByteWriter } from "../../src/bytes/mod.ts";
import { flvEncoder, MediaMessage, writeFlvHeader } from "../../src/media/mod.ts";
import { withPage } from "./browser.ts";
import { publishCamera } from "./camera.ts";
import { type CodecName, encoded } from "./coded.ts";
import { inTempFolder } from "./program.ts";
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
    await server.logged(/stopped playing film/);
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
        // It goes on over the ends of segments without a stop.
        const time = `document.querySelector("video").currentTime`;
        const from = await page.evaluate(time) as number;
        await page.waitForFunction(`${time} > ${from + 4}`, undefined, { timeout: 5500 });
      });
    });
  });
}

/** Publishes messages over HTTP as FLV, in their own time, again and again until it is over. */
function putForever(server: RunningProgram, name: string, messages: readonly MediaMessage[]) {
  const out = new ByteWriter(65_536);
  const length = messages.at(-1)!.time + 40;
  let isOver = false;
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      writeFlvHeader(out, true, true);
      const begin = performance.now();
      for (let round = 0; !isOver; round++) {
        for (const { kind, role, time, payload } of messages) {
          const at = time + round * length;
          if (out.length > 0) controller.enqueue(out.take());
          const early = at - (performance.now() - begin);
          if (early > 0) await new Promise((resume) => setTimeout(resume, early));
          if (isOver) break;
          flvEncoder.encode(new MediaMessage(kind, role, at, payload), out);
        }
      }
      controller.close();
    },
  });
  const url = `http://127.0.0.1:${server.http}/live/${name}.flv`;
  const done = fetch(url, { method: "PUT", body }).then((answer) => answer.body?.cancel());
  return async () => {
    isOver = true;
    await done;
  };
}

const PAIRS: readonly (readonly [CodecName, CodecName])[] = [
  ["hevc", "opus"],
  ["av1", "flac"],
  ["vp9", "eac3"],
];

Deno.test("ffprobe finds the codecs of Enhanced RTMP in HLS, for the first player and a late one", async () => {
  await requireProgram("ffprobe");
  const server = await runServer();
  try {
    await inTempFolder(async (folder) => {
      for (const pair of PAIRS) {
        const { messages } = await encoded(folder, pair);
        const stop = putForever(server, pair.join(), messages);
        try {
          for (let player = 0; player < 2; player++) {
            const { out, err } = await runProgram("ffprobe", [
              ...["-v", "error", "-show_entries", "stream=codec_name,width,channels"],
              ...["-of", "csv=p=0", `http://127.0.0.1:${server.http}/live/${pair.join()}.m3u8`],
            ]);
            const found = new Set(out.match(/^\w+,\d+/gm));
            assert.deepEqual([[...found], err], [[`${pair[0]},320`, `${pair[1]},1`], ""]);
          }
        } finally {
          await stop();
        }
      }
    });
  } finally {
    assert.equal(await server.stop(), 0);
  }
});
