import assert from "node:assert/strict";
import { diskStorage } from "../../src/recordings/mod.ts";
import { FlvFilm } from "../../src/recordings/films/flv_film.ts";
import { hashes, publish } from "./film.ts";
import { durationOf, recorded, recording } from "./recording.ts";
import { type RunningProgram, runProgram } from "./server.ts";

Deno.test("what ffmpeg publishes is recorded byte by byte, and rtmpdump plays it", async () => {
  await recording(["live/*=flv mp4"], async (start, folder) => {
    const server = await start();
    const { code, err } = await publish(folder, `rtmp://127.0.0.1:${server.rtmp}/live/test`);
    assert.equal(code, 0, err);
    await server.logged(/stopped publishing test/);
    const expected = await hashes(`${folder}/film.flv`);
    for (const format of ["flv", "mp4"]) {
      const [file = ""] = await recorded(folder, `.${format}`);
      const name = `${format}:${file.slice(`${folder}/rec/live/`.length)}`;
      const app = `rtmp://127.0.0.1:${server.rtmp}/live`;
      const played = `${folder}/played_${format}.flv`;
      const dumped = await runProgram("rtmpdump", ["-q", "-r", app, "-y", name, "-o", played]);
      assert.equal(dumped.code, 0, dumped.err);
      assert.deepEqual(await hashes(played), expected, name);
    }
    await overHttp(server, folder, expected);
    assert.equal(await server.stop(), 0);
    for (const format of ["flv", "mp4"]) {
      const [file = "", ...more] = await recorded(folder, `.${format}`);
      assert.deepEqual(more, []);
      assert.deepEqual(await hashes(file), expected, format);
      const duration = await durationOf(file);
      assert.ok(Math.abs(duration - 6) < 0.1, `${format}: ${duration} s`);
      const index = JSON.parse(await Deno.readTextFile(`${file}.json`));
      assert.deepEqual([index.stream, index.end, index.gaps], ["test", "unpublished", []]);
    }
    await assertSameKeyFrames(folder);
    assert.doesNotMatch(server.log(), / (WARN|ERROR) /);
  });
});

/** FFmpeg finds the key frames where the recording tells them, and would tell the same. */
async function assertSameKeyFrames(folder: string): Promise<void> {
  const [file = ""] = await recorded(folder, ".flv");
  const copy = `${folder}/indexed.flv`;
  const { err } = await runProgram("ffmpeg", [
    ...["-v", "debug", "-y", "-i", file, "-c", "copy", "-flvflags", "add_keyframe_index", copy],
  ]);
  assert.doesNotMatch(err, /Invalid keyframes object/);
  const keys = async (path: string) => {
    const film = await FlvFilm.open(await diskStorage.open(path));
    film.close();
    return film.keyTimes;
  };
  assert.deepEqual(await keys(file), [0, 1000, 2000, 3000, 4000, 5000]);
  assert.deepEqual(await keys(copy), await keys(file));
}

/** The list of the recordings, a file, a part of one, and what was recorded between two dates. */
async function overHttp(
  server: RunningProgram,
  folder: string,
  expected: readonly string[],
): Promise<void> {
  const base = `http://127.0.0.1:${server.http}`;
  const list = await (await fetch(`${base}/live/test.recordings`)).json();
  const { spans: [span, ...others], files } = list;
  assert.deepEqual([others, files.length], [[], 2]);
  for (const { url, size, format } of files) {
    const whole = new Uint8Array(await (await fetch(base + url)).arrayBuffer());
    assert.equal(whole.length, size);
    await Deno.writeFile(`${folder}/fetched.${format}`, whole);
    assert.deepEqual(await hashes(`${folder}/fetched.${format}`), expected);
    const part = await fetch(base + url, { headers: { range: "bytes=100-199" } });
    assert.deepEqual([part.status, part.headers.get("content-range")], [
      206,
      `bytes 100-199/${size}`,
    ]);
    assert.deepEqual(new Uint8Array(await part.arrayBuffer()), whole.slice(100, 200));
  }
  const start = new Date(Date.parse(span.start) + 2000).toISOString();
  for (const format of ["mp4", "flv"]) {
    const excerpt = await fetch(`${base}/live/test.${format}?from=${start}&duration=3`);
    const file = `${folder}/excerpt.${format}`;
    await Deno.writeFile(file, new Uint8Array(await excerpt.arrayBuffer()));
    const { out, err } = await runProgram("ffprobe", [
      ...["-v", "error", "-count_packets", "-show_entries", "stream=nb_read_packets"],
      ...["-select_streams", "v", "-of", "csv=p=0", file],
    ]);
    assert.equal(err, "");
    // From the key frame before, which is at most a second earlier.
    assert.ok(Number(out) >= 74 && Number(out) <= 101, `${format}: ${out} frames`);
  }
  const [mp4] = files.filter(({ format }: { format: string }) => format === "mp4");
  const lists = [mp4.url.replace(/mp4$/, "m3u8"), `/live/test.m3u8?from=${start}&duration=3`];
  for (const [index, list] of lists.entries()) {
    const { out, err } = await runProgram("ffprobe", [
      ...["-v", "error", "-count_packets", "-show_entries", "stream=nb_read_packets"],
      ...["-select_streams", "v", "-of", "csv=p=0", base + list],
    ]);
    assert.equal(err, "");
    const frames = Number(out.trim().split("\n")[0]);
    assert.ok(index === 0 ? frames === 150 : frames >= 74, `${list}: ${frames} frames`);
  }
  const missing = await fetch(`${base}/live/test.mp4?from=2001-01-01T00:00:00Z`);
  assert.deepEqual([missing.status, (await missing.text()).length > 0], [404, true]);
  const { err } = await runProgram("rtmpdump", [
    ...["-q", "-r", `rtmp://127.0.0.1:${server.rtmp}/live`, "-y", `test?from=${start}&duration=3`],
    ...["-o", `${folder}/dated.flv`],
  ]);
  // It takes three seconds whose last frame begins a little before their end for incomplete.
  const dated = await durationOf(`${folder}/dated.flv`);
  assert.ok(dated > 2.9 && dated < 4.1, `${dated} s: ${err}`);
}
