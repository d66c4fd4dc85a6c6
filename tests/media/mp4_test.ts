import { deepEqual, equal } from "node:assert/strict";
import { hex } from "../../src/bytes/mod.ts";
import type { MediaMessage } from "../../src/media/mod.ts";
import { find, readBoxes } from "./box_reader.ts";
import {
  AAC,
  audio,
  AVC,
  AVC_WIDE,
  INTER,
  notice,
  stream,
  video,
  type Written,
  written,
} from "./mp4_scene.ts";

const HEADERS = [video(0, AVC), audio(0, AAC)];

const tracksOf = ({ init }: Written) => init.tracks.map(({ kind }) => kind).join();
const spans = ({ fragments }: Written) =>
  fragments.map(({ time, duration, isKey }) => `${time}+${duration}${isKey ? " key" : ""}`);

Deno.test("a fragment ends before a key frame, and before it would be longer than a part", () => {
  const [result] = written([...HEADERS, ...stream(1000, 1000)]);
  equal(tracksOf(result!), "video,audio");
  deepEqual(spans(result!).slice(0, 4), [
    "1000+200 key",
    "1200+200",
    "1400+200 key",
    "1600+200",
  ]);
});

Deno.test("samples have their bytes, offsets and durations, and every one is in one fragment", () => {
  const [result] = written([...HEADERS, ...stream(1000, 1000)]);
  const runs = result!.fragments.flatMap(({ runs }) => runs);
  const [pictures, sound] = [1, 2].map((id) =>
    runs.filter(({ track }) => track === id).flatMap(({ samples }) => samples)
  );
  equal(pictures!.length, 25);
  equal(sound!.length, Math.ceil(1000 * 44.1 / 1024));
  deepEqual(pictures!.slice(0, 2).map((sample) => ({ ...sample, data: hex(sample.data) })), [
    { duration: 3600, isKey: true, offset: 0, data: "0000000365aabb" },
    { duration: 3600, isKey: false, offset: 80 * 90, data: "0000000241cc" },
  ]);
  deepEqual(new Set(sound!.map(({ duration }) => duration)), new Set([1024]));
});

Deno.test("the runs of a track follow one another without a gap, though times are rounded", () => {
  const [result] = written([...HEADERS, ...stream(5, 3000)]);
  for (const id of [1, 2]) {
    let next: number | undefined;
    for (const { runs } of result!.fragments) {
      const run = runs.find(({ track }) => track === id)!;
      if (next !== undefined) equal(run.time, next);
      next = run.time + run.samples.reduce((sum, { duration }) => sum + duration, 0);
    }
  }
});

Deno.test("with times from zero the first frame of all is at 0", () => {
  const messages = [...HEADERS, ...stream(86_400_000, 400)];
  const [result] = written(messages, { fromZero: true });
  const [first] = result!.fragments;
  deepEqual([first!.time, ...first!.runs.map(({ time }) => time)], [0, 0, 0]);
});

Deno.test("times go on past 32 bits, and where the publisher's clock jumps", () => {
  const late = 2 ** 32 - 400;
  const [wrapped] = written([...HEADERS, ...stream(late, 1000).map(inBits)]);
  deepEqual(spans(wrapped!).slice(0, 4), [
    `${late}+200 key`,
    `${late + 200}+200`,
    `${late + 400}+200 key`,
    `${late + 600}+200`,
  ]);
  const jumping = [...stream(90_000_000, 400), ...stream(1000, 400)];
  const [jumped, ...more] = written([...HEADERS, ...jumping]);
  deepEqual(more, []);
  const ends = jumped!.fragments.map(({ time, duration }) => time + duration);
  equal(Math.max(...ends) < 90_001_000, true);
});

const inBits = ({ kind, role, time, payload }: MediaMessage): MediaMessage =>
  ({ kind, role, time: time >>> 0, payload }) as MediaMessage;

Deno.test("sound alone is in fragments of its own length, all of them keys", () => {
  const sound = [audio(0, AAC), ...stream(0, 1000, { hasVideo: false })];
  const [result] = written(sound, { kinds: { audio: true, video: false } });
  equal(tracksOf(result!), "audio");
  equal(result!.fragments.every(({ isKey, duration }) => isKey && duration <= 200), true);
});

Deno.test("pictures alone begin at once when no sound is expected, else after a second", () => {
  const pictures = [video(0, AVC), ...stream(0, 2000, { hasAudio: false })];
  const alone = written(pictures, { kinds: { audio: false, video: true } });
  deepEqual(spans(alone[0]!)[0], "0+200 key");
  const [result] = written(pictures);
  const first = spans(result!).slice(0, 3);
  deepEqual([tracksOf(result!), first], ["video", ["0+200 key", "200+200", "400+200 key"]]);
});

Deno.test("sound before the first picture waits for it, for a second when nothing announces one", () => {
  const early = [...HEADERS, ...stream(0, 600, { hasVideo: false }), ...stream(600, 600)];
  const [result] = written(early);
  deepEqual([tracksOf(result!), spans(result!)[0]], ["video,audio", "600+200 key"]);
  const late = [...stream(0, 2000, { hasVideo: false }), video(2000, AVC), ...stream(2000, 600)];
  deepEqual(written([audio(0, AAC), ...late]).map(tracksOf), ["audio", "video,audio"]);
  deepEqual(written([...HEADERS, ...late]).map(tracksOf), ["video,audio"]);
});

Deno.test("frames before the first key frame leave nothing", () => {
  const messages = [video(0, AVC), video(0, INTER), video(40, INTER), ...stream(80, 600)];
  const [result] = written([audio(0, AAC), ...messages]);
  equal(spans(result!)[0], "80+200 key");
});

Deno.test("the same codec header again changes nothing; another one begins anew", () => {
  const again = [...HEADERS, ...stream(0, 400), ...HEADERS, ...stream(400, 400)];
  equal(written(again).length, 1);
  const other = [...HEADERS, ...stream(0, 400), video(400, AVC_WIDE), ...stream(400, 400)];
  const results = written(other);
  deepEqual(results.map(({ init }) => init.tracks[0]!.width), [1920, 720]);
  deepEqual(results.map(({ fragments }) => fragments[0]!.isKey), [true, true]);
  const pictures = results.flatMap(({ fragments }) => fragments).flatMap(({ runs }) => runs)
    .filter(({ track }) => track === 1).flatMap(({ samples }) => samples);
  equal(pictures.length, 20);
});

Deno.test("sound in another format is written from the next key frame on", () => {
  const mono = "af 00 1208";
  const messages = [...HEADERS, ...stream(0, 600), audio(600, mono), ...stream(600, 800)];
  const results = written(messages);
  deepEqual(results.map(({ init }) => init.tracks[1]!.channels), [2, 1]);
  deepEqual(results.map(({ fragments }) => fragments[0]!.isKey), [true, true]);
});

Deno.test("a kind that stays away leaves the tracks, and comes back with a key frame", () => {
  const pictures = stream(1000, 5000, { hasAudio: false });
  const messages = [...HEADERS, ...stream(0, 1000), ...pictures, audio(6000, AAC)];
  const results = written([...messages, ...stream(6000, 1000)]);
  deepEqual(results.map(tracksOf), ["video,audio", "video", "video,audio"]);
  equal(results.every(({ fragments }) => fragments[0]!.isKey), true);
});

Deno.test("sound goes on without a picture that has stopped", () => {
  const messages = [...HEADERS, ...stream(0, 1000), ...stream(1000, 15_000, { hasVideo: false })];
  const results = written(messages);
  deepEqual(results.map(tracksOf), ["video,audio", "audio"]);
  const longest = Math.max(
    ...results.flatMap(({ fragments }) => fragments)
      .map(({ duration }) => duration),
  );
  equal(longest < 1500, true);
});

Deno.test("another publisher begins anew, with the tracks that it has", () => {
  const next = [audio(0, AAC), ...stream(0, 3000, { hasVideo: false })];
  const results = written([...HEADERS, ...stream(0, 400), notice("unpublished"), ...next]);
  deepEqual(results.map(tracksOf), ["video,audio", "audio"]);
});

Deno.test("several tracks of one kind are in one file, or some of them where they are chosen", () => {
  const second = (time: number) => audio(time, "95 01 6d703461 01 2100");
  const messages = [
    ...[...HEADERS, audio(0, "95 00 6d703461 01 1210")],
    ...stream(0, 400).flatMap((each) => each.kind === "audio" ? [each, second(each.time)] : [each]),
  ];
  const [all] = written(messages);
  deepEqual(all!.init.tracks.map(({ kind, number, id }) => [kind, number, id]), [
    ["video", 0, 1],
    ["audio", 0, 2],
    ["audio", 1, 3],
  ]);
  equal(all!.fragments[0]!.runs.length, 3);
  const [one] = written(messages, {
    kinds: { audio: true, video: false },
    tracks: (kind, number) => kind === "audio" && number === 1,
  });
  deepEqual(one!.init.tracks.map(({ number, id }) => [number, id]), [[1, 1]]);
});

Deno.test("frames behind start codes become frames behind lengths", () => {
  const marked = "17 01 000000 00000001 65aabb 000001 65cc";
  const [result] = written([video(0, AVC), video(0, marked), video(40, INTER)]);
  const [sample] = result!.fragments[0]!.runs[0]!.samples;
  equal(hex(sample!.data), "0000000365aabb" + "0000000265cc");
});

Deno.test("what is cut, empty or of another codec leaves nothing, and what follows is written", () => {
  const broken = [
    ...["17", "17 00", "17 01 0000", "97", "9061766331", "1700000000", "12 00", "ff", "57 00"]
      .map((body) => video(0, body)),
    ...["af", "af 00", "af 01", "9f", "95 01", "22 00", "b2 00"].map((body) => audio(0, body)),
  ];
  const results = written([...broken, ...HEADERS, ...stream(0, 600), ...broken]);
  deepEqual(results.map(tracksOf), ["video,audio"]);
});

Deno.test("an init has what decoders want to know, and no samples", () => {
  const [result] = written([...HEADERS, ...stream(0, 400)]);
  const boxes = readBoxes(result!.init.bytes);
  deepEqual(boxes.map(({ type }) => type), ["ftyp", "moov"]);
  const handlers = find(boxes, "moov/trak/mdia/hdlr").map(({ data }) => hex(data.subarray(8, 12)));
  deepEqual(handlers, [
    hex(new TextEncoder().encode("vide")),
    hex(new TextEncoder().encode("soun")),
  ]);
  equal(find(boxes, "moov/mvex/trex").length, 2);
  equal(
    find(boxes, "moov/trak/mdia/minf/stbl/stsz").every(({ data }) =>
      hex(data.slice(8)) === "00000000"
    ),
    true,
  );
});
