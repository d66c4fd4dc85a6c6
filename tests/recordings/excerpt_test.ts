import { deepEqual, equal } from "node:assert/strict";
import type { RecordedFile } from "../../src/hub/mod.ts";
import { Films } from "../../src/recordings/films/films.ts";
import { datesOf } from "../../src/recordings/dates.ts";
import { Excerpt, partsBetween, spansOf } from "../../src/recordings/excerpt.ts";
import { FilmBytes } from "../../src/recordings/film_bytes.ts";
import { flvOf } from "./film_bytes.ts";
import { MemoryStorage } from "./memory_storage.ts";
import { readFlv, settle } from "./scene.ts";

const file = (start: number, duration: number, path = `/rec/${start}.flv`): RecordedFile => ({
  application: "",
  stream: "a",
  name: path.slice(5),
  path,
  format: "flv",
  start,
  duration,
  size: 1,
  gaps: [],
});

Deno.test("times of files that follow each other are one, a pause parts them", () => {
  const files = [file(0, 10_000), file(10_400, 5_000), file(12_000, 1_000), file(20_000, 1_000)];
  deepEqual(spansOf(files), [{ start: 0, duration: 15_400 }, { start: 20_000, duration: 1_000 }]);
  deepEqual(spansOf([]), []);
});

Deno.test("an excerpt takes what there is between two dates, and nothing of it twice", () => {
  const files = [
    file(0, 10_000),
    file(2, 10_040, "/rec/b.mp4"),
    file(10_020, 5_000),
    file(20_000, 9_000),
  ];
  const parts = partsBetween(files, 4_000, 22_000);
  deepEqual(parts.map(({ file: { start }, from, to, at }) => [start, from, to, at]), [
    [0, 4_000, 10_000, 0],
    [10_020, 0, 5_000, 6_040],
    [20_000, 0, 2_000, 11_080],
  ]);
  deepEqual(partsBetween(files, 16_000, 19_000), []);
});

async function storage(): Promise<{ storage: MemoryStorage; excerpt: () => Promise<Excerpt> }> {
  const storage = new MemoryStorage();
  storage.put("/rec/0.flv", flvOf(10));
  storage.put("/rec/20000.flv", flvOf(10));
  const parts = partsBetween([file(0, 9_750), file(20_000, 9_750)], 7_000, 22_000);
  const excerpt = () => Excerpt.open(new Films(storage), parts);
  return await Promise.resolve({ storage, excerpt });
}

Deno.test("an excerpt of two files is one film, whose times go on", async () => {
  const { storage: disk, excerpt } = await storage();
  const film = await excerpt();
  const read = async () => {
    const times: number[] = [];
    for (let some = await film.next(); some.length > 0; some = await film.next()) {
      times.push(
        ...some.filter(({ kind, role }) => kind === "video" && role !== "config")
          .map(({ time }) => time),
      );
    }
    return times;
  };
  const times = await read();
  deepEqual([times.length, times[0], times[11], times[12]], [20, 0, 2750, 2790]);
  equal(film.duration, 4_790);
  await film.seek(3_500);
  deepEqual((await read()).slice(0, 2), [3_500, 3_750]);
  await film.seek(0);
  equal((await read()).length, 20);
  film.close();
  equal(disk.open_, 0);
});

for (const format of ["flv", "mp4"] as const) {
  Deno.test(`a film as bytes of ${format} is made as it is taken, and ends`, async () => {
    const { storage: disk, excerpt } = await storage();
    const bytes = FilmBytes.file(await excerpt(), format);
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const parts: Uint8Array[] = [];
    const take = () => {
      for (let part = bytes.takeBytes(); part !== undefined; part = bytes.takeBytes()) {
        parts.push(part);
      }
    };
    bytes.start(take, resolve);
    equal(await promise, undefined);
    equal(disk.open_, 0);
    const whole = new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
    // The film of the test has a picture that no MP4 tells the size of.
    if (format === "flv") {
      equal(readFlv(whole).tags.filter((tag) => tag.startsWith("v")).length, 23);
    }
  });
}

Deno.test("bytes of a film that nobody wants are not made, and its file is closed", async () => {
  const { storage: disk, excerpt } = await storage();
  const bytes = FilmBytes.file(await excerpt(), "flv");
  bytes.start(() => {}, () => {});
  bytes.close();
  await settle();
  equal(disk.open_, 0);
});

Deno.test("dates are those of RFC 3339, a duration is seconds, a day at most", () => {
  const dates = (from?: string, duration?: string) => {
    const pairs: [string, string][] = [];
    if (from !== undefined) pairs.push(["from", from]);
    if (duration !== undefined) pairs.push(["duration", duration]);
    return datesOf(new Map(pairs));
  };
  const noon = Date.parse("2026-03-01T12:00:00Z");
  deepEqual(dates("2026-03-01T12:00:00Z", "600"), { from: noon, to: noon + 600_000 });
  deepEqual(dates("2026-03-01T14:00:00 02:00", "0.5"), { from: noon, to: noon + 500 });
  deepEqual(dates("2026-03-01T12:00:00.250Z"), { from: noon + 250, to: noon + 250 + 86_400_000 });
  deepEqual(dates("2026-03-01T12:00:00Z", "1e12"), { from: noon, to: noon + 86_400_000 });
  for (const from of [undefined, "", "x", "2026-03-01", "12:00", "2026-13-01T12:00:00Z", "1e9"]) {
    equal(dates(from, "1"), undefined, from);
  }
  for (const duration of ["", "0", "-1", "x", "NaN"]) {
    equal(dates("2026-03-01T12:00:00Z", duration), undefined, duration);
  }
});
