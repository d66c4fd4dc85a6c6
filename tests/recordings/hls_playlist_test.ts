import { deepEqual, equal } from "node:assert/strict";
import { Films } from "../../src/recordings/films/films.ts";
import { hlsPlaylist, rangesOf } from "../../src/recordings/hls_playlist.ts";
import { filmBytes } from "./film_files.ts";
import { MemoryStorage } from "./memory_storage.ts";

Deno.test("segments of a file in fragments are all of it behind its init, up to its index", async () => {
  const bytes = filmBytes("h264_aac_fragments.mp4");
  const storage = new MemoryStorage();
  storage.put("/fragments.mp4", bytes);
  storage.put("/whole.mp4", filmBytes("h264_aac.mp4"));
  const films = new Films(storage);
  const { init, segments } = (await films.segments("/fragments.mp4"))!;
  const type = (at: number) => new TextDecoder().decode(bytes.subarray(at + 4, at + 8));
  equal(type(init), "moof");
  let at = init;
  for (const { position, length } of segments) {
    equal(position, at);
    equal(type(position), "moof");
    at += length;
  }
  equal(type(at), "mfra");
  // Its index has times of presentation: the first is 0.2 s.
  equal(Math.round(segments.reduce((sum, { duration }) => sum + duration, 0) / 100), 17);
  equal(await films.segments("/whole.mp4"), undefined);
  equal(storage.open_, 0);
});

Deno.test("a playlist has ranges of each file, its init and its date, and what is wanted alone", () => {
  const segment = (index: number) => ({
    position: 100 + index * 50,
    length: 50,
    time: index * 4000,
    duration: 4000,
  });
  const segments = [0, 1, 2].map(segment);
  const start = Date.parse("2026-03-01T12:00:00Z");
  const text = hlsPlaylist([
    { ...rangesOf("/a/1.mp4", { init: 100, segments }), start, from: 5000 },
    { ...rangesOf("/a/2.mp4", { init: 90, segments }), start: undefined, to: 4000 },
    { ...rangesOf("/a/3.mp4", { init: 90, segments: [] }), start },
  ]);
  deepEqual(text.split("\n"), [
    "#EXTM3U",
    "#EXT-X-VERSION:7",
    "#EXT-X-TARGETDURATION:4",
    "#EXT-X-PLAYLIST-TYPE:VOD",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    '#EXT-X-MAP:URI="/a/1.mp4",BYTERANGE="100@0"',
    "#EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:04.000Z",
    "#EXTINF:4.000,",
    "#EXT-X-BYTERANGE:50@150",
    "/a/1.mp4",
    "#EXTINF:4.000,",
    "#EXT-X-BYTERANGE:50@200",
    "/a/1.mp4",
    "#EXT-X-DISCONTINUITY",
    '#EXT-X-MAP:URI="/a/2.mp4",BYTERANGE="90@0"',
    "#EXTINF:4.000,",
    "#EXT-X-BYTERANGE:50@100",
    "/a/2.mp4",
    "#EXT-X-ENDLIST",
    "",
  ]);
});
