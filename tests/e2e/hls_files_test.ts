import assert from "node:assert/strict";
import { withPage } from "./browser.ts";
import { inTempFolder } from "./program.ts";
import { requireProgram, runProgram, runServer } from "./server.ts";

/** Files as ffmpeg writes them unless told otherwise, and as it does for the web. */
const FILES = [
  { name: "end.mp4", args: [] },
  { name: "start.mp4", args: ["-movflags", "+faststart"] },
  { name: "parts.mp4", args: ["-movflags", "frag_keyframe+empty_moov+default_base_moof"] },
  { name: "flash.flv", args: [] },
];

async function ffmpeg(...args: string[]): Promise<string> {
  const { code, out, err } = await runProgram("ffmpeg", ["-v", "error", "-nostdin", ...args]);
  assert.deepEqual([code, err], [0, ""]);
  return out;
}

/** One hash of the coded bytes of each stream. */
const coded = (input: string) =>
  ffmpeg("-i", input, "-map", "0:v", "-map", "0:a", "-c", "copy", "-f", "streamhash", "-");

Deno.test("ffmpeg and hls.js play MP4 and FLV as m3u8, frame for frame, and seek in them", async () => {
  await requireProgram("ffmpeg");
  await inTempFolder(async (folder) => {
    const live = `${folder}/www/live`;
    await Deno.mkdir(live, { recursive: true });
    const source = `${folder}/source.mp4`;
    await ffmpeg(
      ...["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i", "sine"],
      ...["-t", "30", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "60"],
      ...["-pix_fmt", "yuv420p", "-c:a", "aac", source],
    );
    for (const { name, args } of FILES) {
      await ffmpeg("-i", source, "-c", "copy", ...args, `${live}/${name}`);
    }
    await Deno.writeTextFile(`${folder}/www/page.html`, '<link rel="icon" href="data:,">');
    const server = await runServer({ www: `${folder}/www` });
    const url = (name: string) =>
      `http://127.0.0.1:${server.http}/live/${name.replace(/\.\w+$/, "")}.m3u8`;
    try {
      for (const { name } of FILES) {
        assert.equal(await coded(url(name)), await coded(`${live}/${name}`), name);
      }
      await withPage(async (page) => {
        for (const name of ["flash", "end"]) {
          await page.goto(`http://127.0.0.1:${server.http}/page.html`);
          await page.evaluate(`document.body.innerHTML = "<video muted></video>"`);
          await page.addScriptTag({ url: `http://127.0.0.1:${server.http}/hls.js` });
          await page.evaluate(`{
            const player = new Hls();
            player.loadSource(${JSON.stringify(url(name))});
            player.attachMedia(document.querySelector("video"));
            document.querySelector("video").play().catch(() => {});
          }`);
          const isPast = (time: number) =>
            page.waitForFunction(`document.querySelector("video").currentTime > ${time}`);
          await isPast(0.5);
          await page.evaluate(`document.querySelector("video").currentTime = 21`);
          await isPast(22);
        }
      });
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
});
