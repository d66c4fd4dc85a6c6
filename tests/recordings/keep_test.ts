import { deepEqual, equal } from "node:assert/strict";
import { KEEP_INTERVAL } from "../../src/recordings/params.ts";
import { indexText } from "../../src/recordings/recording_index.ts";
import { Catalog } from "../../src/recordings/mod.ts";
import { MemoryStorage } from "./memory_storage.ts";
import { KEY, Scene, settle } from "./scene.ts";

const HOUR = 3_600_000;

/** Three recordings of a megabyte and an hour each, and what is none of ours. */
async function stored(settings: ConstructorParameters<typeof Scene>[1]) {
  const storage = new MemoryStorage();
  const now = Date.parse("2026-01-01T00:00:00Z");
  for (const hours of [30, 20, 10]) {
    const path = `/rec/live/a/${hours}.flv`;
    storage.put(path, new Uint8Array(1_000_000));
    const index = { application: "/live", stream: "a", format: "flv", duration: HOUR };
    storage.put(
      `${path}.json`,
      indexText({ ...index, start: now - hours * HOUR, size: 1_000_000, gaps: [] }),
    );
  }
  storage.put("/rec/mine.flv", new Uint8Array(1_000_000));
  storage.put("/rec/other.json", "{}");
  const scene = new Scene("*=none", settings, storage);
  await settle();
  const left = () => storage.paths.filter((path) => path.endsWith(".flv"));
  return { scene, left };
}

Deno.test("recordings are deleted by age, with their index, and nothing else is", async () => {
  const { scene, left } = await stored({ keepTime: 15 * HOUR });
  deepEqual(left(), ["/rec/live/a/10.flv", "/rec/mine.flv"]);
  scene.clock.advance(7 * HOUR);
  await settle();
  deepEqual(scene.storage.paths, ["/rec/mine.flv", "/rec/other.json"]);
  equal(scene.log.at("INFO").length, 3);
  await scene.end();
});

Deno.test("the oldest recordings are deleted when all are too large", async () => {
  const { scene, left } = await stored({ keepSize: 2_500_000 });
  deepEqual(left(), ["/rec/live/a/10.flv", "/rec/live/a/20.flv", "/rec/mine.flv"]);
  await scene.end();
});

Deno.test("the oldest recordings are deleted while the disk has too little room", async () => {
  const { scene, left } = await stored({ keepFree: 1000 });
  equal(left().length, 4);
  const { storage } = scene;
  storage.free = () => Promise.resolve(storage.files.size > 6 ? 999 : 1000);
  scene.clock.advance(KEEP_INTERVAL);
  await settle();
  deepEqual(left(), ["/rec/live/a/10.flv", "/rec/live/a/20.flv", "/rec/mine.flv"]);
  await scene.end();
});

Deno.test("a recording that runs is not deleted, whatever its size", async () => {
  const scene = new Scene("*=flv", { keepSize: 10, keepTime: 1 });
  const publication = scene.publish();
  for (let time = 0; time < 10 * KEEP_INTERVAL; time += KEEP_INTERVAL) {
    publication.video(time, KEY);
    publication.flush();
    scene.clock.advance(KEEP_INTERVAL);
    await settle();
  }
  equal(scene.storage.paths.length, 2);
  await scene.end();
});

Deno.test("what was recorded is known after a restart, and what a kill left gets its length", async () => {
  const first = new Scene();
  const publication = first.publish();
  for (let time = 0; time <= 4000; time += 1000) publication.video(time, KEY);
  publication.flush();
  await settle();
  // Its last frame is cut in two, and its index tells no end.
  const path = "/rec/live/film/2026-01-01_00-00-00.flv";
  const storage = new MemoryStorage();
  for (const [name, { bytes }] of first.storage.files) storage.put(name, bytes);
  storage.put(path, storage.bytes(path).subarray(0, -8));
  await first.end();
  for (const times of [1, 2]) {
    const catalog = new Catalog(storage, "/rec", (of) => Promise.resolve(of === path ? 3000 : 0));
    await catalog.load(first.clock.epoch() + times);
    deepEqual(
      catalog.find({ application: "/live", stream: "film" }).map(({ duration, name }) => [
        name,
        duration,
      ]),
      [["film/2026-01-01_00-00-00.flv", 3000]],
    );
    deepEqual(catalog.find({ application: "" }), []);
  }
  storage.files.delete(`${path}.json`);
  const catalog = new Catalog(storage, "/rec");
  await catalog.load(0);
  deepEqual(catalog.find(), []);
});

Deno.test("an index that is no such thing is passed over", async () => {
  const storage = new MemoryStorage();
  const good = { application: "", stream: "a", format: "flv", start: "2026-01-01T00:00:00Z" };
  const texts = [
    "",
    "[]",
    "{}",
    "null",
    '{"application":1}',
    JSON.stringify({ ...good, start: 5 }),
  ];
  texts.push(JSON.stringify({ ...good, duration: -1, size: "x", gaps: [{ at: 1 }, 7, null] }));
  texts.forEach((text, at) => {
    storage.put(`/rec/${at}.flv`, new Uint8Array(3), Date.parse(good.start) + 5000);
    storage.put(`/rec/${at}.flv.json`, text);
  });
  const catalog = new Catalog(storage, "/rec");
  await catalog.load(Infinity);
  deepEqual(catalog.find().map(({ path, duration, gaps }) => [path, duration, gaps]), [
    ["/rec/6.flv", 5000, []],
  ]);
});
