import assert from "node:assert/strict";
import { publishForever, sentBy } from "./film.ts";
import { durationOf, recorded, recording } from "./recording.ts";
import { runProgram } from "./server.ts";

/** How often the server is killed; more by hand. */
const KILLS = Number(Deno.env.get("KILLS") ?? 5);
/** Seconds that a kill may take of what had been sent a moment before. */
const LOSS = 1;

/** Beside what the rules record, one file goes on over all kills. */
const MAIN = `
function onPublish(client, publication)
  publication:record("kept.flv", { append = true })
end`;

/** Fails unless a program of others decodes a file to its end, without a complaint. */
async function assertReadable(file: string): Promise<void> {
  const { code, err } = await runProgram("ffmpeg", [
    ...["-v", "error", "-xerror", "-i", file, "-map", "0", "-f", "null", "-"],
  ]);
  assert.deepEqual([code, err], [0, ""], file);
}

Deno.test("a kill takes a second of a recording at most, and what is there can be read and gone on with", async () => {
  await recording(["live/*=flv mp4"], async (start, folder) => {
    await Deno.writeTextFile(`${folder}/www/live/main.lua`, MAIN);
    const kept = `${folder}/rec/live/kept.flv`;
    const lost: number[][] = [];
    let before = 0;
    for (let count = 0; count < KILLS; count++) {
      const server = await start();
      const url = `rtmp://127.0.0.1:${server.rtmp}/live/test`;
      const account = `${folder}/account${count}`;
      const stop = publishForever(`${folder}/film.flv`, url, account);
      await server.logged(/publishes test\n/);
      await new Promise((resume) => setTimeout(resume, 1500 + Math.random() * 1000));
      const sent = await sentBy(account);
      await server.kill();
      await stop();
      const [flv, mp4] = [await recorded(folder, ".flv"), await recorded(folder, ".mp4")];
      assert.deepEqual([flv.length, mp4.length], [count + 1, count + 1]);
      const all = await durationOf(kept);
      const lengths = [
        await durationOf(flv.at(-1)!),
        await durationOf(mp4.at(-1)!),
        all - before,
      ];
      lost.push(lengths.map((length) => Math.round((sent - length) * 100) / 100));
      before = all;
    }
    const text = lost.join("; ");
    assert.ok(
      lost.flat().every((seconds) => seconds < LOSS),
      `lost of FLV, MP4, appended: ${text}`,
    );
    if (KILLS > 5) console.log(text);

    const server = await start();
    assert.equal(await server.stop(), 0);
    for (
      const file of [...await recorded(folder, ".flv"), ...await recorded(folder, ".mp4"), kept]
    ) {
      await assertReadable(file);
      const { end, duration } = JSON.parse(await Deno.readTextFile(`${file}.json`));
      const probed = await durationOf(file);
      assert.equal(end, "killed", file);
      assert.ok(Math.abs(duration / 1000 - probed) < 0.2, `${file}: ${duration} ms of ${probed} s`);
    }
  });
});
