import assert from "node:assert/strict";
import { MediaMessage } from "../../src/media/mod.ts";
import { VideoQueue } from "../../src/protocols/rtmfp/flash/video_queue.ts";
import { VIDEO_LAG, VIDEO_QUEUE } from "../../src/protocols/rtmfp/params.ts";
import { FlashServer, type Heard, play, publish } from "./flash_client.ts";

const KEY_EVERY = 50;
const FRAME_TIME = 40;

function picture(number: number): Uint8Array {
  const bytes = new Uint8Array(4000);
  bytes.set([number % KEY_EVERY === 0 ? 0x17 : 0x27, 1]);
  return bytes;
}

/** 20 seconds of 800 kbit/s of video and 64 kbit/s of audio to one player, by when it has what. */
async function watch(bandwidth: number) {
  const server = new FlashServer();
  const publisher = server.connected(5000);
  const player = server.connected(5001);
  publish(server, publisher, "cam");
  play(server, player, "cam");
  server.link.conditions = { latency: 20, bandwidth, buffer: 20_000 };
  const publication = server.hub.publication("cam") ?? assert.fail();
  const [listener] = publication.listeners.values();
  assert(listener);
  const start = server.clock.now();
  const got: { readonly heard: Heard; readonly late: number }[] = [];
  const frames = 20_000 / FRAME_TIME;
  for (let number = 0; number < frames; number++) {
    const time = number * FRAME_TIME;
    publication.video(time, picture(number));
    publication.audio(time, new Uint8Array(320).fill(0xaf));
    publication.flush();
    for (let step = 0; step < 4; step++) {
      server.clock.advance(FRAME_TIME / 4);
      for (const heard of player.heard.splice(0)) {
        got.push({ heard, late: server.clock.now() - start - heard.time });
      }
    }
  }
  const dropped = listener.videoQos.droppedFrames;
  const warnings =
    player.statuses.filter((code) => code === "NetStream.Play.InsufficientBW").length;
  const { backlog } = listener;
  await server.close();
  const of = (type: number) => got.filter(({ heard }) => heard.type === type);
  return { video: of(9), audio: of(8), dropped, backlog, frames, warnings };
}

Deno.test("on a slow line all audio comes in time and video is left out up to key frames", async () => {
  const { video, audio, dropped, frames, warnings } = await watch(60);
  const soundsLate = audio.map(({ late }) => late);
  assert(audio.length > frames - 10, `${audio.length} of ${frames} sounds`);
  assert(Math.max(...soundsLate) < 1000, `${Math.max(...soundsLate)} ms`);
  const numbers = video.map(({ heard }) => heard.time / FRAME_TIME);
  assert(numbers.length > frames / 4 && dropped > frames / 4, `${numbers.length}, ${dropped}`);
  assert(Math.max(...video.map(({ late }) => late)) < VIDEO_LAG + 2500);
  // In 20 seconds, one in five at most.
  assert(warnings >= 2 && warnings <= 4, `${warnings} warnings`);
  for (const [at, number] of numbers.entries()) {
    const before = at === 0 ? -1 : numbers[at - 1]!;
    assert(number === before + 1 || number % KEY_EVERY === 0, `${number} after ${before}`);
  }
});

Deno.test("on a line too slow for the audio everything waits as the listener's backlog", async () => {
  const { audio, backlog } = await watch(2);
  assert(backlog > 200_000, `${backlog}`);
  assert(audio.length > 20, `${audio.length}`);
});

const message = (role: "config" | "key" | "frame", length = 10) =>
  new MediaMessage("video", role, 0, new Uint8Array(length));

function rest(queue: VideoQueue): string[] {
  const roles: string[] = [];
  for (let next = queue.dequeue(); next; next = queue.dequeue()) roles.push(next.role);
  return roles;
}

Deno.test("video that waited too long gives way to the newest key frame, headers stay", () => {
  const queue = new VideoQueue();
  queue.enqueue(message("config"), 0);
  queue.enqueue(message("key"), 0);
  queue.enqueue(message("frame"), 0);
  queue.enqueue(message("key"), 1000);
  assert.equal(queue.enqueue(message("frame"), VIDEO_LAG), 0);
  assert.equal(queue.enqueue(message("frame"), VIDEO_LAG + 1), 2);
  assert.deepEqual(rest(queue), ["config", "key", "frame", "frame"]);
  assert.equal(queue.isEmpty, true);
});

Deno.test("without a newer key frame nothing is kept until the next one comes", () => {
  const queue = new VideoQueue();
  queue.enqueue(message("key"), 0);
  assert.equal(queue.enqueue(message("frame"), 5000), 2);
  assert.equal(queue.enqueue(message("frame"), 5001), 1);
  assert.equal(queue.enqueue(message("config"), 5002), 0);
  assert.equal(queue.enqueue(message("key"), 5003), 0);
  assert.equal(queue.enqueue(message("frame"), 5004), 0);
  assert.deepEqual(rest(queue), ["config", "key", "frame"]);
});

Deno.test("too many bytes are too late as well", () => {
  const queue = new VideoQueue();
  queue.enqueue(message("key", VIDEO_QUEUE), 0);
  assert.equal(queue.enqueue(message("frame", 1), 0), 2);
  assert.deepEqual(rest(queue), []);
});
