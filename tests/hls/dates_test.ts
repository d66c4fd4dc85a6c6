import { deepEqual, equal, ok } from "node:assert/strict";
import type { Publication } from "../../src/hub/mod.ts";
import { audio, SOUND, stream } from "../media/mp4_scene.ts";
import { settled } from "../support/decided.ts";
import { HlsScene, lines } from "./scene.ts";

/** Segments of a playlist by their numbers: when each begins, and seconds that it lasts. */
function datesOf(text: string): Map<number, { date: number; duration: number | undefined }> {
  let number = Number(lines(text, "#EXT-X-MEDIA-SEQUENCE:")[0]);
  number += Number(lines(text, "#EXT-X-SKIP:SKIPPED-SEGMENTS=")[0] ?? 0);
  const dates = new Map<number, { date: number; duration: number | undefined }>();
  let date = 0;
  for (const line of text.split("\n")) {
    if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) {
      date = Date.parse(line.slice(line.indexOf(":") + 1));
      dates.set(number, { date, duration: undefined });
    } else if (line.startsWith("#EXTINF:")) {
      dates.set(number++, { date, duration: parseFloat(line.slice(8)) * 1000 });
    }
  }
  return dates;
}

/** What playlists told of when segments begin; a date that is told once more is the same. */
class ToldDates {
  readonly all = new Map<number, { date: number; duration: number | undefined }>();

  note(text: string): void {
    for (const [number, { date, duration }] of datesOf(text)) {
      const known = this.all.get(number);
      if (known !== undefined) equal(date, known.date, `segment ${number}`);
      this.all.set(number, { date, duration: duration ?? known?.duration });
    }
  }

  /** Each begins where the one before ends, but for the milliseconds of a date. */
  checkSteady(): void {
    const all = [...this.all].sort(([a], [b]) => a - b);
    for (let at = 1; at < all.length; at++) {
      const [number, { date }] = all[at]!;
      const [before, { date: start, duration }] = all[at - 1]!;
      equal(number, before + 1);
      ok(Math.abs(date - start - duration!) <= 1, `segment ${number}: ${date - start - duration!}`);
    }
  }
}

/** Pictures and sound that come early and late by turns, up to 400 ms. */
async function sendUneasily(
  scene: HlsScene,
  publication: Publication,
  start: number,
  length: number,
  look: () => unknown,
) {
  const base = scene.clock.now() - start;
  let seed = 7;
  let due = 0;
  for (const { kind, time, payload } of stream(start, length, { group: 25 })) {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    due = Math.max(due, base + time + (seed % 5 === 0 ? seed % 400 : 0));
    scene.clock.advance(Math.max(0, due - scene.clock.now()));
    if (kind === "video") publication.video(time, payload);
    else publication.audio(time, payload);
    publication.flush();
    if (time % 200 === 0) await look();
  }
  await settled();
}

Deno.test("dates stay as they were told, and go on without a jump, over parts, reloads and deltas", async () => {
  const scene = new HlsScene({ count: 10 });
  const publication = scene.publish();
  const playing = scene.playlist();
  await scene.run(publication, 0, 3000);
  const path = await playing;
  const told = new ToldDates();
  let isDelta = false;
  await sendUneasily(scene, publication, 3000, 60_000, async () => {
    isDelta = !isDelta;
    told.note((await scene.get(isDelta ? `${path}?_HLS_skip=YES` : path)).text);
  });
  ok(told.all.size > 28, `${told.all.size} segments`);
  told.checkSteady();
  scene.hls.close();
});

Deno.test("a date is when the media were made, for who comes within a group that was kept too", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const start = scene.clock.epoch();
  // A group of ten seconds; who comes at 8 s has all of it at once.
  await scene.run(publication, 0, 8000, 250);
  const path = await scene.playlist();
  const told = new ToldDates();
  told.note((await scene.get(path)).text);
  for (let at = 8000; at < 30_000; at += 1000) {
    await scene.run(publication, at, 1000, at % 10_000 === 0 ? 250 : 10_000);
    told.note((await scene.get(path)).text);
  }
  told.checkSteady();
  const [first] = [...told.all.values()];
  // As well as the newest part can tell, which has 400 ms.
  ok(Math.abs(first!.date - start) < 400, `${first!.date - start} ms`);
  scene.hls.close();
});

Deno.test("dates go on while nobody asks for longer than the playlist is", async () => {
  const scene = new HlsScene({ window: 10_000 });
  const publication = scene.publish();
  const told = new ToldDates();
  await sendUneasily(scene, publication, 0, 10_000, () => {});
  const path = await scene.playlist();
  told.note((await scene.get(path)).text);
  const before = [...told.all].at(-1)!;
  await sendUneasily(scene, publication, 10_000, 60_000, () => {});
  const late = new ToldDates();
  late.note((await scene.get(path)).text);
  late.checkSteady();
  const [number, { date }] = [...late.all][0]!;
  // Segments have two seconds.
  ok(Math.abs(date - before[1].date - (number - before[0]) * 2000) <= 5);
  scene.hls.close();
});

Deno.test("a publisher that comes back has the dates of its own time", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const playing = scene.playlist();
  await scene.run(publication, 0, 5000);
  const path = await playing;
  const before = [...datesOf((await scene.get(path)).text).values()].at(-1)!;
  scene.hub.unpublish(publication);
  scene.clock.advance(6000);
  const again = scene.publish();
  const now = scene.clock.epoch();
  await scene.run(again, 0, 5000);
  again.audio(5000, audio(5000, SOUND).payload);
  const { text } = await scene.get(path);
  deepEqual(lines(text, "#EXT-X-DISCONTINUITY").filter((rest) => rest === ""), [""]);
  const all = [...datesOf(text).values()].map(({ date }) => date);
  ok(all.some((date) => Math.abs(date - now) < 200), `${all.map((date) => date - before.date)}`);
  ok(all.every((date, at) => at === 0 || date > all[at - 1]!));
  scene.hls.close();
});
