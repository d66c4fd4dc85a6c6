import { deepEqual, equal, ok } from "node:assert/strict";
import { ByteWriter } from "../../src/bytes/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { Recorder, RecordRules } from "../../src/recordings/mod.ts";
import { flvOf } from "../recordings/film_bytes.ts";
import { MemoryStorage } from "../recordings/memory_storage.ts";
import { SETTINGS, settle } from "../recordings/scene.ts";
import { createStream, FlashServer, type Heard } from "./flash_client.ts";

Deno.test("a file comes whole over a line that is slower than its beginning", async () => {
  const server = new FlashServer();
  const storage = new MemoryStorage();
  const { hub, clock } = server;
  const recorder = new Recorder({
    hub,
    clock,
    storage,
    log: silentLog,
    folder: "/rec",
    www: "/www",
    rules: new RecordRules(),
    settings: SETTINGS,
  });
  hub.recordings = recorder;
  // 30 seconds of 16 kB/s, whose first 10 are sent at once.
  storage.put("/rec/live/film.flv", flvOf(30, 4000));
  const player = server.connected(5001);
  server.link.conditions = { latency: 20, bandwidth: 25, buffer: 20_000 };
  const id = createStream(server, player);
  const buffer = new ByteWriter().u16(3).u32(id).u32(10_000).take();
  player.send(id, 4, 0, buffer);
  player.command(id, "play", 0, null, "film", 0);
  const got: Heard[] = [];
  for (let step = 0; step < 1000; step++) {
    clock.advance(40);
    await settle();
    got.push(...player.heard.splice(0));
  }
  const pictures = got.filter(({ type }) => type === 9).map(({ time }) => time);
  // The codec header, then each picture.
  deepEqual(pictures.length, 1 + 30 * 4 + 1);
  ok(pictures.slice(2).every((time, index) => time >= pictures[index + 1]!));
  const sounds = got.filter(({ type }) => type === 8);
  equal(sounds.length >= 60, true, `${sounds.length} sounds`);
  await recorder.close();
  await server.close();
});
