import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { Amf0Writer, writeValues } from "../../src/codecs/mod.ts";
import { QUEUE_LIMIT } from "../../src/recordings/params.ts";
import { AAC_CONFIG, AVC, INTER, KEY, readFlv, Scene, settle, SOUND } from "./scene.ts";

const FILE = "/rec/live/film/2026-01-01_00-00-00.flv";

Deno.test("a rule records what it matches: headers, frames from 0 on, duration and size", async () => {
  const scene = new Scene("live/*=flv");
  const publication = scene.publish();
  const writer = new Amf0Writer();
  writeValues(writer, { width: 640, duration: 99 });
  publication.setMetadata("onMetaData", writer.take(), "amf0");
  publication.video(0, AVC);
  publication.audio(0, AAC_CONFIG);
  publication.video(5000, KEY);
  publication.audio(5010, SOUND);
  publication.video(5040, INTER);
  publication.flush();
  scene.hub.unpublish(publication);
  await settle();
  const bytes = scene.storage.bytes(FILE);
  const { tags, metadata, isWhole, flags } = readFlv(bytes);
  deepEqual(tags, [
    "video 0 2",
    "audio 0 16",
    "video 0 2",
    "audio 10 33",
    "video 40 3",
  ]);
  const [{ keyframes: _, ...values }] = metadata as [Record<string, unknown>];
  deepEqual(values, { duration: 0.04, filesize: bytes.length, width: 640 });
  ok(isWhole);
  equal(flags, 5);
  deepEqual(scene.index(FILE), {
    application: "/live",
    stream: "film",
    format: "flv",
    gaps: [],
    duration: 40,
    size: bytes.length,
    end: "unpublished",
    start: "2026-01-01T00:00:00.000Z",
  });
  deepEqual(scene.recorded.map(({ name, duration }) => [name, duration]), [
    ["film/2026-01-01_00-00-00.flv", 40],
  ]);
  deepEqual(scene.recorder.list({ stream: "fi*" }), scene.recorded);
  equal(scene.storage.open_, 0);
  await scene.end();
  equal(scene.clock.timers, 0);
});

Deno.test("what no rule matches is not recorded, and the most specific rule counts", async () => {
  const scene = new Scene("live/*=flv\nlive/secret=none\nlive/se*=none");
  for (const name of ["secret", "seldom", "film"]) {
    const publication = scene.publish(name);
    publication.video(0, KEY);
    publication.flush();
  }
  const other = scene.publish("other", "live", scene.client("/elsewhere"));
  other.video(0, KEY);
  await scene.end();
  deepEqual(scene.storage.paths.filter((path) => path.endsWith(".flv")), [FILE]);
});

Deno.test("a file begins at a key frame, and a stream of sound alone at any", async () => {
  const scene = new Scene();
  const film = scene.publish("film");
  film.video(0, AVC);
  film.audio(0, SOUND);
  film.video(10, INTER);
  film.video(40, KEY);
  film.audio(50, SOUND);
  const radio = scene.publish("radio");
  radio.audio(0, AAC_CONFIG);
  radio.audio(7, SOUND);
  for (const publication of [film, radio]) publication.flush();
  await scene.end();
  deepEqual(readFlv(scene.storage.bytes(FILE)).tags, ["video 0 2", "video 0 2", "audio 10 33"]);
  const sound = readFlv(scene.storage.bytes(FILE.replace("film", "radio")));
  deepEqual([sound.tags, sound.flags], [["audio 0 16", "audio 0 33"], 4]);
});

Deno.test("a new file begins by time and by size, at a key frame, with the headers again", async () => {
  const scene = new Scene("*=flv", { maxTime: 2000, maxSize: 5_000_000 });
  const publication = scene.publish();
  publication.video(0, AVC);
  const big = new Uint8Array(3_000_000);
  big.set(KEY);
  const frames = [[0, KEY], [1900, KEY], [2000, INTER], [2100, KEY], [2200, big], [2300, big], [
    2400,
    KEY,
  ]] as const;
  for (const [time, payload] of frames) {
    scene.clock.advance(1000);
    publication.video(time, payload);
    publication.flush();
    await settle();
  }
  await scene.end();
  const files = scene.recorder.list();
  deepEqual(files.map(({ duration, start }) => [duration, start - 1_767_225_600_000]), [
    [2000, 1000],
    [200, 4000],
    [0, 7000],
  ]);
  for (const { path } of files) equal(readFlv(scene.storage.bytes(path)).tags[0], "video 0 2");
});

Deno.test("files of one name get numbers: none is written over", async () => {
  const scene = new Scene();
  for (let count = 0; count < 3; count++) {
    const publication = scene.publish();
    publication.video(0, KEY);
    publication.flush();
    scene.hub.unpublish(publication);
    await settle();
  }
  await scene.end();
  deepEqual(scene.recorder.list().map(({ name }) => name).sort(), [
    "film/2026-01-01_00-00-00.flv",
    "film/2026-01-01_00-00-00_2.flv",
    "film/2026-01-01_00-00-00_3.flv",
  ]);
});

Deno.test("a publisher's clock that jumps does not make the recording's jump", async () => {
  const scene = new Scene();
  const publication = scene.publish();
  let time = 0xffff_ff00;
  for (const step of [0, 40, 40, 3_600_000, 40, -7_200_000, 40]) {
    time = (time + step) >>> 0;
    scene.clock.advance(40);
    publication.video(time, KEY);
    publication.flush();
  }
  // Silence is no jump.
  scene.clock.advance(60_000);
  publication.video((time + 60_000) >>> 0, KEY);
  publication.flush();
  await scene.end();
  const times = readFlv(scene.storage.bytes(FILE)).tags.map((tag) => Number(tag.split(" ")[1]));
  deepEqual(times, [0, 40, 80, 120, 160, 200, 240, 60_240]);
});

Deno.test("a clock of the machine that is set back or forth ends no recording and takes no file", async () => {
  const scene = new Scene("*=flv", { maxTime: 1_000, keepTime: 3_600_000 });
  const { clock } = scene;
  const publication = scene.publish();
  const epoch = clock.epoch.bind(clock);
  for (let second = 0; second < 8; second++) {
    // An hour back, when two files are whole, then two hours forth.
    const shift = second < 3 ? 0 : second < 6 ? -3_600_000 : 3_600_000;
    clock.epoch = () => epoch() + shift;
    for (let part = 0; part < 2; part++) {
      publication.video(second * 1000 + part * 500, KEY);
      publication.flush();
      clock.advance(500);
      await settle();
    }
  }
  await scene.end();
  const files = scene.recorder.list();
  deepEqual(files.map(({ gaps }) => gaps.length), files.map(() => 0));
  const all = files.flatMap(({ path }) => readFlv(scene.storage.bytes(path)).tags);
  equal(all.length, 16);
  equal(new Set(files.map(({ path }) => path)).size, files.length);
});

Deno.test("24 hours of frames have their times", async () => {
  const scene = new Scene("*=flv", { maxTime: 0 });
  const publication = scene.publish();
  const hours = 24;
  for (let hour = 0; hour <= hours; hour++) {
    publication.video(hour * 3_600_000, KEY);
    publication.flush();
    scene.clock.advance(3_600_000);
  }
  await scene.end();
  const { tags, metadata } = readFlv(scene.storage.bytes(FILE));
  equal(tags.at(-1), `video ${hours * 3_600_000} 2`);
  deepEqual((metadata[0] as { duration: number }).duration, hours * 3600);
});

Deno.test("a slow disk makes a gap that the index tells, and the stream goes on", async () => {
  const scene = new Scene();
  const publication = scene.publish();
  const seen: number[] = [];
  const tap = scene.hub.tap({
    name: "film",
    encoder: { key: "count", encode: ({ kind }, out) => void (kind === "video" && out.u8(1)) },
    onReady: () => void seen.push(tap.takeBytes(1e9)?.length ?? 0),
    onOverrun: () => {},
  });
  scene.storage.stall();
  const big = new Uint8Array(1_000_000);
  big.set(KEY);
  const send = (from: number, to: number) => {
    for (let time = from; time < to; time += 100) {
      publication.video(time, big);
      publication.flush();
    }
  };
  send(0, 4000);
  await settle();
  scene.storage.go();
  await settle();
  send(4000, 4300);
  await scene.end();
  const { tags } = readFlv(scene.storage.bytes(FILE));
  const times = tags.map((tag) => Number(tag.split(" ")[1]));
  const [gap] = scene.index(FILE).gaps as { at: number; length: number }[];
  ok(gap);
  equal(gap.at + gap.length, 4000);
  equal(gap.at, Math.ceil(QUEUE_LIMIT / 1_000_000) * 100 + 100 - 100);
  deepEqual(times.slice(-4), [gap.at - 100, 4000, 4100, 4200]);
  equal(seen.reduce((sum, count) => sum + count, 0), 43);
  tap.close();
});

Deno.test("a disk that fails ends the file with one line, and the recording goes on later", async () => {
  const scene = new Scene();
  const publication = scene.publish();
  const send = async (count: number) => {
    for (; count > 0; count--) {
      scene.clock.advance(1000);
      publication.video(scene.clock.now(), KEY);
      publication.flush();
      await settle();
    }
  };
  await send(3);
  scene.storage.failure = "No space left on device";
  await send(30);
  const errors = scene.log.at("ERROR");
  deepEqual(errors, [
    "ERROR record film: the recording stops: No space left on device; tried again every 10 s",
  ]);
  scene.storage.failure = undefined;
  await send(15);
  await scene.end();
  const files = scene.recorder.list();
  ok(files.length >= 2);
  equal(readFlv(scene.storage.bytes(files.at(-1)!.path)).isWhole, true);
  equal(scene.log.at("ERROR").length, 1);
});

Deno.test("a file that is deleted while it is recorded is told, and another one begins", async () => {
  const scene = new Scene();
  const publication = scene.publish();
  for (let second = 0; second < 40; second++) {
    scene.clock.advance(1000);
    publication.video(scene.clock.now(), KEY);
    publication.flush();
    await settle();
    if (second === 3) scene.storage.files.clear();
  }
  await scene.end();
  match(scene.log.at("ERROR").join(), /^ERROR record film: the recording stops: .* is gone;/);
  const files = scene.recorder.list().filter(({ path }) => scene.storage.files.has(path));
  ok(files.length >= 1 && files.at(-1)!.duration > 15_000);
});

Deno.test("recording pauses while the disk has too little room, with one line", async () => {
  const scene = new Scene("*=flv", { minFree: 500_000_000 });
  const publication = scene.publish();
  const send = async (seconds: number) => {
    for (; seconds > 0; seconds--) {
      scene.clock.advance(1000);
      await settle();
      publication.video(scene.clock.now(), KEY);
      publication.flush();
    }
  };
  await send(3);
  scene.storage.freeBytes = 499_000_000;
  await send(5);
  scene.storage.freeBytes = 549_000_000;
  await send(5);
  scene.storage.freeBytes = 600_000_000;
  await send(5);
  await scene.end();
  deepEqual(scene.log.at("ERROR"), [
    "ERROR record: recording pauses: /rec has 499 MB left, record.minFree is 500 MB",
  ]);
  deepEqual(scene.log.at("NOTE"), ["NOTE record: /rec has space again: recording resumes"]);
  const files = scene.recorder.list();
  deepEqual(files.map(({ path }) => scene.index(path).end), ["full", "shutdown"]);
});

Deno.test("a publisher that changes its codec gets another file", async () => {
  const scene = new Scene();
  const publication = scene.publish();
  publication.video(0, AVC);
  publication.video(0, KEY);
  publication.video(40, INTER);
  // Sorenson's, which has no header, then H.264 with another one.
  const other = AVC.slice();
  other[6] = 0x42;
  publication.video(80, other);
  publication.video(80, KEY);
  publication.flush();
  await scene.end();
  const files = scene.recorder.list();
  deepEqual(files.map(({ path }) => scene.index(path).end), ["codec", "shutdown"]);
  deepEqual(readFlv(scene.storage.bytes(files[1]!.path)).tags, ["video 0 2", "video 0 2"]);
});

Deno.test("a publisher that comes again and again does not fill the folder", async () => {
  const scene = new Scene();
  for (let count = 0; count < 50; count++) {
    const publication = scene.publish();
    const header = AVC.slice();
    for (let flip = 0; flip < 10; flip++) {
      header[6] = flip;
      publication.video(flip, header);
      publication.video(flip, KEY);
    }
    publication.flush();
    scene.hub.unpublish(publication);
    scene.clock.advance(1000);
    await settle();
  }
  await scene.end();
  ok(scene.recorder.list().length < 20, `${scene.recorder.list().length} files`);
});

Deno.test("a publisher that asks is recorded where a rule allows: anew, or behind what is there", async () => {
  const scene = new Scene("live/*=client");
  const path = "/rec/live/mine.flv";
  const record = async (mode: "record" | "append", ...times: number[]) => {
    const publication = scene.publish("mine", mode);
    await settle();
    equal(scene.hub.recordings.isRecorded(publication), true);
    publication.video(times[0]!, AVC);
    for (const time of times) publication.video(time, KEY);
    publication.flush();
    scene.hub.unpublish(publication);
    await settle();
    return readFlv(scene.storage.bytes(path));
  };
  deepEqual((await record("record", 100, 200)).tags, ["video 0 2", "video 0 2", "video 100 2"]);
  const appended = await record("append", 7000, 7100);
  deepEqual(appended.tags.slice(3), ["video 140 2", "video 140 2", "video 240 2"]);
  deepEqual((appended.metadata[0] as { duration: number }).duration, 0.24);
  // A kill cut the last tag in two, which is given up.
  const cut = scene.storage.bytes(path);
  scene.storage.put(path, cut.subarray(0, cut.length - 7));
  const again = await record("append", 0, 40);
  deepEqual(again.tags.slice(3), [
    "video 140 2",
    "video 140 2",
    "video 180 2",
    "video 180 2",
    "video 220 2",
  ]);
  ok(again.isWhole);
  deepEqual((await record("record", 0)).tags, ["video 0 2", "video 0 2"]);
  await scene.end();
});

Deno.test("a publisher that asks where nothing allows is live only, and the log says so", async () => {
  const scene = new Scene("live/*=none");
  const publication = scene.publish("mine", "append");
  publication.video(0, KEY);
  publication.flush();
  await scene.end();
  deepEqual([scene.storage.paths, scene.hub.recordings.isRecorded(publication)], [[], false]);
  match(scene.log.lines.join(), /^WARN record: mine asks to be recorded \(append\), which no rule/);
});

Deno.test("a name leads out of no folder and into no other application", async () => {
  const scene = new Scene("*=client,flv");
  scene.hub.handler = { ...scene.hub.handler, hasApplication: (path) => path === "/live/other" };
  const evil = ["../../etc/passwd", "/root", "a/../../b", "..", ".", "con", "a\0b", ".hidden"];
  evil.push("x".repeat(1000), "other/film.flv", "é".repeat(500) + "/a");
  for (const name of evil) {
    const publication = scene.publish(name, "record");
    publication.video(0, KEY);
    publication.flush();
    await settle();
  }
  await scene.end();
  for (const path of scene.storage.paths) {
    match(path, /^\/rec\/live\/[^.]/);
    // deno-lint-ignore no-control-regex
    ok(!/\/\.|\.\.\/|[\x00-\x1f]|\/\//.test(path), path);
    for (const part of path.split("/")) ok(new TextEncoder().encode(part).length <= 220, part);
  }
  equal(scene.storage.paths.includes("/rec/live/other/film.flv"), false);
  const publication = scene.publish("fine");
  for (const path of ["../a.flv", "/a.flv", "a/../../b.flv", "", "other/a.flv"]) {
    throws(
      () => scene.recorder.start(publication, { application: "/live", path }),
      /path of a rec/,
    );
  }
});
