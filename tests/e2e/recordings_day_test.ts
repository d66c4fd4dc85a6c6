import assert from "node:assert/strict";
import { ByteWriter } from "../../src/bytes/mod.ts";
import { Hub } from "../../src/hub/mod.ts";
import { CONTAINERS, MediaMessage } from "../../src/media/mod.ts";
import { diskStorage, Recorder, RecordRules } from "../../src/recordings/mod.ts";
import { FlvFilm } from "../../src/recordings/films/flv_film.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { fileOf, filmBytes } from "../recordings/film_files.ts";
import { SETTINGS } from "../recordings/scene.ts";
import { inTempFolder } from "./program.ts";
import { requireProgram, runProgram } from "./server.ts";

/** Seconds between two pictures, and how many there are in a day. */
const STEP = 2;
const PICTURES = 24 * 3600 / STEP;

/** A picture every few seconds, each with a frame of sound, for a day. */
async function day(start: number): Promise<MediaMessage[]> {
  const film = await FlvFilm.open(fileOf(filmBytes("h264_aac.flv")));
  const frames = await film.next();
  const picture = frames.find(({ kind, role }) => kind === "video" && role === "key")!;
  const sound = frames.find(({ kind, role }) => kind === "audio" && role === "frame")!;
  const messages = [...film.configs];
  for (let count = 0; count < PICTURES; count++) {
    const time = start + count * STEP * 1000;
    for (const { kind, role, payload } of [picture, sound]) {
      messages.push(new MediaMessage(kind, role, time >>> 0, payload));
    }
  }
  return messages;
}

/** Seconds between the first picture that ffprobe finds and each of the others. */
async function pictures(file: string): Promise<number[]> {
  const { out, err, code } = await runProgram("ffprobe", [
    ...["-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time"],
    ...["-of", "csv=p=0", file],
  ]);
  assert.deepEqual([code, err], [0, ""], file);
  const times = out.match(/^\d.*/gm)?.map(Number.parseFloat) ?? [];
  return times.map((time) => Math.round((time - times[0]!) * 10) / 10);
}

/** A list of so many numbers is not to be shown. */
function assertDay(times: readonly number[], what: string): void {
  const wrong = times.findIndex((time, index) => time !== index * STEP);
  assert.deepEqual([times.length, wrong, times[wrong]], [PICTURES, -1, undefined], what);
}

Deno.test("a day of one recording has its times, though the publisher's 32 bits wrap within", async () => {
  await requireProgram("ffmpeg");
  await inTempFolder(async (folder) => {
    const clock = new FakeClock();
    const hub = new Hub({ clock });
    const recorder = new Recorder({
      hub,
      clock,
      log: new CaptureLog("record"),
      storage: diskStorage,
      folder: `${folder}/rec`,
      www: folder,
      rules: new RecordRules([{
        start: "",
        isPrefix: true,
        rule: { formats: ["flv", "mp4"], allowsClients: false },
      }]),
      settings: { ...SETTINGS, maxTime: 0 },
    });
    const publication = hub.publishFromScript("film")!;
    const messages = await day(2 ** 32 - 40_000_000);
    for (const [index, { kind, role, time, payload }] of messages.entries()) {
      if (kind === "video" && role === "key") clock.advance(STEP * 1000);
      if (kind === "video") publication.video(time, payload);
      else publication.audio(time, payload);
      publication.flush();
      // The disk gets its turns.
      if (index % 500 === 0) { for (let turn = 0; turn < 300; turn++) await Deno.stat(folder); }
    }
    await recorder.close();
    const files = recorder.list();
    assert.deepEqual(files.map(({ format }) => format).sort(), ["flv", "mp4"]);
    for (const { path } of files) assertDay(await pictures(path), path);
  });
});

Deno.test("a day of MPEG-TS has its times, though their 33 bits wrap within", async () => {
  await requireProgram("ffmpeg");
  await inTempFolder(async (folder) => {
    const encoder = CONTAINERS.get("ts")!.encoder(new Map(), { audio: true, video: true });
    const out = new ByteWriter(1_000_000);
    const wrap = Math.floor(2 ** 33 / 90);
    for (const message of await day(wrap - 40_000_000)) encoder.encode(message, out);
    await Deno.writeFile(`${folder}/day.ts`, out.take());
    assertDay(await pictures(`${folder}/day.ts`), "ts");
  });
});
