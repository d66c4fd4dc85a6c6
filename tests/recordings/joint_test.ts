import { deepEqual, equal } from "node:assert/strict";
import { compositionOffset } from "../../src/media/mod.ts";
import { Excerpt, partsBetween } from "../../src/recordings/excerpt.ts";
import type { Film } from "../../src/recordings/films/film.ts";
import { Films } from "../../src/recordings/films/films.ts";
import { FlvFilm } from "../../src/recordings/films/flv_film.ts";
import { fileOf } from "./film_files.ts";
import { AVC, Scene, settle } from "./scene.ts";

/** As x264 has them: decoded at 0, 40, 80, 120, shown at 80, 240, 160, 120. */
const DECODED: [time: number, offset: number][] = [[0, 80], [40, 200], [80, 80], [120, 0]];

const frame = (offset: number, isKey: boolean) =>
  Uint8Array.of(isKey ? 0x17 : 0x27, 1, offset >> 16, offset >> 8, offset, 9);

/** When the pictures of a film are shown, in the order in which they are decoded. */
async function shown(film: Film): Promise<number[]> {
  const times: number[] = [];
  for (let some = await film.next(); some.length > 0; some = await film.next()) {
    const frames = some.filter(({ kind, role }) => kind === "video" && role !== "config");
    times.push(...frames.map(({ time, payload }) => time + compositionOffset(payload)));
  }
  return times;
}

async function recordTwice(scene: Scene, mode: "append" | "live"): Promise<void> {
  for (let part = 0; part < 2; part++) {
    const publication = scene.publish("mine", mode);
    await settle();
    publication.video(0, AVC);
    for (const [index, [time, offset]] of DECODED.entries()) {
      publication.video(time, frame(offset, index === 0));
    }
    publication.flush();
    scene.hub.unpublish(publication);
    await settle();
    scene.clock.advance(2_000);
  }
}

Deno.test("what is appended is shown behind all that is there, in whatever order it is decoded", async () => {
  const scene = new Scene("live/*=client");
  await recordTwice(scene, "append");
  const film = await FlvFilm.open(fileOf(scene.storage.bytes("/rec/live/mine.flv")));
  deepEqual(await shown(film), [80, 240, 160, 120, 360, 520, 440, 400]);
  await scene.end();
});

Deno.test("of files that are joined the second is shown behind the first", async () => {
  const scene = new Scene("live/*=flv");
  await recordTwice(scene, "live");
  const files = scene.recorder.list();
  equal(files.length, 2);
  const parts = partsBetween(files, 0, Infinity);
  const film = await Excerpt.open(new Films(scene.storage), parts);
  deepEqual(await shown(film), [80, 240, 160, 120, 241, 401, 321, 281]);
  film.close();
  await scene.end();
});

Deno.test("files of a stream that goes on are joined where the stream was split", async () => {
  const scene = new Scene("live/*=flv", { maxTime: 100 });
  const publication = scene.publish("mine");
  publication.video(0, AVC);
  for (let group = 0; group < 2; group++) {
    for (const [index, [time, offset]] of DECODED.entries()) {
      publication.video(group * 160 + time, frame([80, 160, 40, 40][index] ?? offset, index === 0));
      scene.clock.advance(40);
    }
    publication.flush();
  }
  await scene.end();
  const files = scene.recorder.list();
  equal(files.length, 2);
  const film = await Excerpt.open(new Films(scene.storage), partsBetween(files, 0, Infinity));
  deepEqual(await shown(film), [80, 200, 120, 160, 240, 360, 280, 320]);
  film.close();
  await scene.end();
});
