import { deepEqual, equal } from "node:assert/strict";
import { silentLog } from "../../src/logs/mod.ts";
import { SegmentStore } from "../../src/protocols/hls/mod.ts";
import { MemoryStorage } from "../recordings/memory_storage.ts";
import { settled } from "../support/decided.ts";
import { HlsScene, lines } from "./scene.ts";

/** A server whose players can seek back, with a memory of very little. */
function windowed(window = 120_000, memory = 5_000) {
  const storage = new MemoryStorage();
  const options = { storage, folder: "/hls", maxSize: 1e9, minFree: 0, log: silentLog };
  const scene = new HlsScene(
    { window, memory },
    {},
    {},
    (clock) => new SegmentStore({ ...options, clock }),
  );
  return { storage, scene };
}

/** What was given to the disk is there. */
async function written(): Promise<void> {
  for (let step = 0; step < 100; step++) await settled();
}

Deno.test("a player seeks back to before it came, and gets from the disk what memory has not", async () => {
  const { storage, scene } = windowed();
  const publication = scene.publish();
  await scene.run(publication, 0, 61_000);
  const path = await scene.playlist();
  const { text } = await scene.get(path);
  deepEqual(lines(text, "#EXT-X-MEDIA-SEQUENCE:"), ["1"]);
  const names = text.match(/^main\.\d+\.m4s$/gm) ?? [];
  equal(names.length >= 29, true, text);
  await written();
  equal(storage.paths.length > 10, true);
  const folder = path.replace(/main.m3u8$/, "");
  const sizes = await Promise.all(names.map(async (name) => {
    const { status, bytes } = await scene.get(folder + name);
    equal(status, 200, name);
    return bytes;
  }));
  equal(Math.min(...sizes) > 1000, true);
  equal(storage.open_, 0);
  await scene.hls.close();
  await settled();
  deepEqual(storage.paths, []);
});

Deno.test("a segment has the same bytes on the disk as it had in memory", async () => {
  const { storage, scene } = windowed();
  const publication = scene.publish();
  await scene.run(publication, 0, 5000);
  const path = await scene.playlist();
  const name = path.replace("main.m3u8", "main.1.m4s");
  const before = await scene.get(name);
  equal(storage.paths.length, 0);
  for (let start = 5000; start < 65_000; start += 5000) {
    await scene.run(publication, start, 5000);
    await scene.get(path);
  }
  equal(storage.paths.length > 10, true);
  deepEqual(await scene.get(name), before);
  await scene.hls.close();
});

Deno.test("what is older than the window leaves the playlist, and later the disk", async () => {
  const { storage, scene } = windowed(20_000);
  const publication = scene.publish();
  await scene.run(publication, 0, 121_000);
  await written();
  const path = await scene.playlist();
  const { text } = await scene.get(path);
  deepEqual(lines(text, "#EXT-X-MEDIA-SEQUENCE:"), ["51"]);
  // Twenty seconds that are listed, and thirty that are kept for who comes late.
  equal(storage.paths.length <= 25, true);
  const status = async (number: number) =>
    (await scene.get(path.replace("main.m3u8", `main.${number}.m4s`))).status;
  deepEqual([await status(40), await status(20)], [200, 404]);
  await scene.hls.close();
});

Deno.test("with a window a stream is muxed without players, and no longer when it is over", async () => {
  const { storage, scene } = windowed();
  const publication = scene.publish();
  await scene.run(publication, 0, 60_000);
  await written();
  equal(publication.audience.size, 1);
  equal(storage.paths.length > 5, true);
  scene.hub.unpublish(publication);
  scene.clock.advance(15_000);
  await written();
  deepEqual([storage.paths, publication.audience.size], [[], 0]);
  await scene.hls.close();
});

Deno.test("only the applications that offer HLS have their streams kept", async () => {
  const storage = new MemoryStorage();
  const scene = new HlsScene({ window: 60_000, applications: "/live" });
  const other = scene.publish("other", true, "/other");
  const own = scene.publish("own", true, "/live");
  deepEqual([other.audience.size, own.audience.size], [0, 1]);
  await scene.hls.close();
  deepEqual(storage.paths, []);
});

Deno.test("a segment that cannot be read any more is not there, and the playlist is shorter", async () => {
  const { storage, scene } = windowed();
  const publication = scene.publish();
  await scene.run(publication, 0, 60_000);
  await written();
  const path = await scene.playlist();
  const [first = ""] = storage.paths;
  storage.files.delete(first);
  storage.open = () => Promise.reject(new Error("No such file"));
  equal((await scene.get(path.replace("main.m3u8", "main.1.m4s"))).status, 404);
  const { text } = await scene.get(path);
  deepEqual(lines(text, "#EXT-X-MEDIA-SEQUENCE:"), ["2"]);
  await scene.hls.close();
});

Deno.test("with a window nothing is fetched from elsewhere for nobody, but for who plays", async () => {
  const { scene } = windowed();
  const publication = scene.publish();
  await scene.run(publication, 0, 5000);
  equal(scene.hub.isWanted("film"), false);
  const path = await scene.playlist();
  equal(scene.hub.isWanted("film"), true);
  await scene.run(publication, 5000, 5000);
  equal((await scene.get(path)).status, 200);
  equal(scene.hub.isWanted("film"), true);
  scene.clock.advance(40_000);
  equal(scene.hub.isWanted("film"), false);
  // It is muxed all the same.
  await scene.run(publication, 50_000, 5000);
  equal(publication.audience.size, 1);
  await scene.hls.close();
  equal(publication.audience.size, 0);
});
