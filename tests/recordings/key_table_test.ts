import { deepEqual, equal, ok } from "node:assert/strict";
import type { Value } from "../../src/codecs/mod.ts";
import { namedData } from "../../src/media/mod.ts";
import { FlvFilm } from "../../src/recordings/films/flv_film.ts";
import { keyFramesOf, KeyTable } from "../../src/recordings/key_table.ts";
import { KEY_TABLE_SIZE } from "../../src/recordings/params.ts";
import { FlashPeer } from "../support/flash_peer.ts";
import { fileOf } from "./film_files.ts";
import { AVC, INTER, KEY, readFlv, Scene, settle } from "./scene.ts";

const PATH = "/rec/live/mine.flv";

/** Records a group of pictures each second under one name, behind what is there. */
async function record(scene: Scene, seconds: number, isKilled = false): Promise<void> {
  const publication = scene.publish("mine", "append");
  await settle();
  publication.video(0, AVC);
  for (let time = 0; time < seconds * 1000; time += 250) {
    publication.video(time, time % 1000 === 0 ? KEY : INTER);
    publication.flush();
    if (isKilled) await settle();
  }
  await settle();
  const atKill = scene.storage.bytes(PATH).slice();
  scene.hub.unpublish(publication);
  await settle();
  if (isKilled) scene.storage.put(PATH, atKill);
}

/** Times in seconds of the key frames that the metadata tell, each checked against its tag. */
function told(bytes: Uint8Array): number[] {
  const { keyframes } = readFlv(bytes).metadata[0] as {
    keyframes: { times: number[]; filepositions: number[]; spacer: number[] };
  };
  const { times, filepositions, spacer } = keyframes;
  equal(times.length + filepositions.length + spacer.length, 2 * KEY_TABLE_SIZE);
  const view = new DataView(bytes.buffer);
  for (const [index, position] of filepositions.entries()) {
    deepEqual([bytes[position], bytes[position + 11], bytes[position + 12]], [9, 0x17, 1]);
    equal(view.getUint32(position + 3) & 0xffffff, times[index]! * 1000);
  }
  return times;
}

Deno.test("a recorded FLV tells its key frames once it is whole, and goes on telling behind them", async () => {
  const scene = new Scene("live/*=client");
  await record(scene, 3);
  deepEqual(told(scene.storage.bytes(PATH)), [0, 1, 2]);
  await record(scene, 2);
  deepEqual(told(scene.storage.bytes(PATH)), [0, 1, 2, 2.79, 3.79]);
  await scene.end();
});

Deno.test("an FLV that a kill cut off tells no key frames, not those alone that came behind them", async () => {
  const scene = new Scene("live/*=client");
  await record(scene, 3, true);
  deepEqual(told(scene.storage.bytes(PATH)), []);
  await record(scene, 2);
  deepEqual(told(scene.storage.bytes(PATH)), []);
  const film = await FlvFilm.open(fileOf(scene.storage.bytes(PATH)));
  equal(film.metadata.has("keyframes"), false);
  await film.seek(3000);
  equal((await film.next())[0]!.time, 2540);
  await scene.end();
});

Deno.test("a file of sound has no room for key frames", async () => {
  const scene = new Scene();
  const publication = scene.publish();
  publication.audio(0, Uint8Array.of(0x2f, 1, 2));
  publication.flush();
  await scene.end();
  const [{ path, size } = { path: "", size: 0 }] = scene.recorder.list();
  ok(size < 200, `${size} bytes`);
  deepEqual(readFlv(scene.storage.bytes(path)).metadata, [{ duration: 0, filesize: size }]);
});

Deno.test("of more key frames than the head has room for, every second is told, then every fourth", () => {
  const table = new KeyTable();
  const size = table.bytes.length;
  for (let key = 0; key < KEY_TABLE_SIZE * 3; key++) table.note(key * 1000, key + 13);
  equal(table.bytes.length, size);
  const { times } = table.value as { times: number[] };
  deepEqual(times.slice(0, 3), [0, 4, 8]);
  deepEqual(times, times.map((_, index) => index * 4));
  ok(times.at(-1)! >= KEY_TABLE_SIZE * 3 - 5);
});

Deno.test("key frames that make no sense are none", () => {
  const read = (times: Value, filepositions: Value, size = 1000) =>
    keyFramesOf(new Map<string, Value>([["keyframes", { times, filepositions }]]), size)
      .map(({ time, position }) => [time, position]);
  deepEqual(read([0, 1], [100, 200]), [[0, 100], [1000, 200]]);
  // FFmpeg tells its codec header like a key frame.
  deepEqual(read([0, 0, 1], [50, 100, 200]), [[0, 50], [1000, 200]]);
  for (
    const [times, positions] of [
      [[0, 1], [100]],
      [[0, 1], [200, 100]],
      [[1, 0], [100, 200]],
      [[0, 1], [100, 2000]],
      [["x", 1], [100, 200]],
      [7, 8],
      [null, undefined],
    ] as [Value, Value][]
  ) deepEqual(read(times, positions), [], JSON.stringify([times, positions]));
  deepEqual(keyFramesOf(new Map<string, Value>([["keyframes", 5]]), 1000), []);
  deepEqual(keyFramesOf(new Map(), 1000), []);
});

Deno.test("a seek reads an FLV where its metadata say, or searches where they lie", async () => {
  const scene = new Scene("live/*=client");
  await record(scene, 3000);
  const honest = scene.storage.bytes(PATH);
  const lying = honest.slice();
  const name = new TextEncoder().encode("filepositions");
  const at = lying.findIndex((_, index) => name.every((byte, i) => lying[index + i] === byte));
  // Each of them points into the tag before.
  const view = new DataView(lying.buffer);
  const times = (readFlv(honest).metadata[0] as { keyframes: { times: number[] } }).keyframes.times;
  for (let entry = 0; entry < times.length; entry++) {
    const place = at + name.length + 5 + entry * 9 + 1;
    view.setFloat64(place, view.getFloat64(place) - 7);
  }
  const reads: number[] = [];
  for (const bytes of [honest, lying]) {
    const file = fileOf(bytes);
    const { read } = file;
    let count = 0;
    file.read = (position, buffer) => {
      count += buffer.length;
      return read(position, buffer);
    };
    const film = await FlvFilm.open(file);
    count = 0;
    for (const time of [2_000_400, 12_345, 2_999_999]) {
      await film.seek(time);
      const [first] = await film.next();
      deepEqual([first?.role, first?.time], ["key", Math.floor(time / 1000) * 1000]);
    }
    reads.push(count);
  }
  ok(reads[0]! < reads[1]!, `${reads} bytes`);
  await scene.end();
});

Deno.test("a player of a recorded FLV gets duration and key frames in onMetaData", async () => {
  const scene = new Scene("live/*=client");
  await record(scene, 3);
  const peer = new FlashPeer(scene.hub);
  peer.command(peer.ready(), "play", "mine", 0);
  await settle();
  const [, message] = peer.takeMedia()[0]!;
  const values = namedData(message);
  equal(values.get("duration"), 2.75);
  const { times, filepositions, ...others } = values.get("keyframes") as Record<string, number[]>;
  deepEqual([times, filepositions?.length, others], [[0, 1, 2], 3, {}]);
  equal(values.has("seekpoints"), false);
  await scene.end();
});
