import assert from "node:assert/strict";
import { overRtmfp, overRtmp, type Stream } from "./flash_connection.ts";
import { staged } from "./film.ts";
import { eventually } from "./live_client.ts";
import type { RunningProgram } from "./server.ts";

const later = (milliseconds: number) => new Promise((resume) => setTimeout(resume, milliseconds));

/** The codes that came since the last call, once the last of them is there. */
async function codesUpTo({ codes }: Stream, last: string): Promise<string[]> {
  await eventually(() => codes.includes(`NetStream.${last}`), () => `${last} in ${codes}`);
  return codes.splice(0).map((code) => code.replace("NetStream.", ""))
    .filter((code) => code !== "Data.Start" && !code.startsWith("NetConnection."));
}

/** Over RTMFP pictures and statuses come in flows of their own: one may come before the other. */
const upTo = ({ times }: Stream, time: number) =>
  eventually(() => times.at(-1) === time, () => `${time} in ${times}`);

/** The first and the last picture since the last call, in milliseconds. */
function span({ times }: Stream): number[] {
  const taken = times.splice(0);
  return [taken[0] ?? -1, taken.at(-1) ?? -1];
}

const PROTOCOLS: [name: string, open: (server: RunningProgram) => Promise<Stream>][] = [
  ["RTMP", overRtmp],
  ["RTMFP", overRtmfp],
];

for (const [name, open] of PROTOCOLS) {
  Deno.test(`a playlist, its seeks and pauses are as the documents say over ${name}`, async () => {
    await staged(async (server, folder) => {
      await Deno.copyFile(`${folder}/film.flv`, `${folder}/www/live/film.flv`);
      await using stream = await open(server);
      // The first two seconds, and behind them half a second that begins at 4 s.
      stream.command("play", "film", 0, 2000, true);
      stream.command("play", "flv:film", 4000, 500, false);
      assert.deepEqual(await codesUpTo(stream, "Play.Stop"), [
        ...["Play.Reset", "Play.Start", "Play.Switch", "Play.Start", "Play.Complete", "Play.Stop"],
      ]);
      await upTo(stream, 4480);
      assert.equal(span(stream)[0], 0);
      // Back from the end: to the key frame before.
      stream.command("seek", 1900);
      assert.deepEqual(await codesUpTo(stream, "Play.Start"), ["Seek.Notify", "Play.Start"]);
      await eventually(() => stream.times.length > 0);
      assert.equal(span(stream)[0], 1000);
      stream.command("pause", true, 1500);
      assert.deepEqual(await codesUpTo(stream, "Pause.Notify"), ["Pause.Notify"]);
      // What was on its way.
      await later(200);
      span(stream);
      await later(300);
      assert.deepEqual(span(stream), [-1, -1]);
      stream.command("pause", false, 1500);
      assert.deepEqual(await codesUpTo(stream, "Play.Stop"), [
        ...["Unpause.Notify", "Play.Complete", "Play.Stop"],
      ]);
      await upTo(stream, 4480);
      span(stream);

      // -1 waits for the stream, 0 and more for one that no file has, and -2 takes the file.
      for (const [target, start] of [["film", -1], ["nothing", 0]] as const) {
        stream.command("play", target, start);
        assert.deepEqual(await codesUpTo(stream, "Play.Start"), ["Play.Reset", "Play.Start"]);
        await later(200);
        assert.deepEqual(span(stream), [-1, -1], target);
      }
      stream.command("play", "film", -2);
      assert.deepEqual(await codesUpTo(stream, "Play.Start"), ["Play.Reset", "Play.Start"]);
      await eventually(() => stream.times.length > 0);
      // A second in advance, not the whole file.
      await later(300);
      const [first, last] = span(stream);
      assert.ok(first === 0 && last! >= 960 && last! < 3000, `${first} to ${last}`);
      stream.command("play", false);
      await later(200);
      span(stream);
      await later(300);
      assert.deepEqual(span(stream), [-1, -1]);
    });
  });
}
