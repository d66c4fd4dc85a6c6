import { deepEqual, equal } from "node:assert/strict";
import { type Listener } from "../../src/hub/mod.ts";
import { decided } from "../support/decided.ts";
import { AVC_CONFIG, CountingSink, INTER, KEY, PUBLISHER, setUp } from "./scene.ts";

/** A frame of Sorenson H.263 that no other needs, as Flash's cameras send every second one. */
const DISPOSABLE = Uint8Array.of(0x32, 1);
const KEY_H263 = Uint8Array.of(0x12, 1);
const INTER_H263 = Uint8Array.of(0x22, 1);

/** H.264 with `nal_ref_idc` 0: a B frame that no other needs, behind a unit of SEI. */
const UNNEEDED = Uint8Array.of(
  ...[0x27, 1, 0, 0, 0],
  ...[0, 0, 0, 2, 0x06, 0x80],
  ...[0, 0, 0, 2, 0x01, 0x9a],
);

function stage() {
  const { hub, connect } = setUp();
  const publication = decided(hub.publish(connect(), "test", PUBLISHER));
  const listener = decided(hub.subscribe(connect(), "test", new CountingSink()));
  publication.video(0, AVC_CONFIG);
  let last = 0;
  /** Frames of `bodies`, one after the other, at 30 a second; those that came, as their numbers. */
  const send = (count: number, bodyOf: (n: number) => Uint8Array): number[] => {
    const times: number[] = [];
    for (let n = 0; n < count; n++) times.push(Math.round((last + n) * 1000 / 30));
    times.forEach((time, n) => publication.video(time, bodyOf(n)));
    publication.flush();
    const first = last;
    last += count;
    return framesOf(listener).map((time) => Math.round(time * 30 / 1000) - first);
  };
  return { listener, publication, send };
}

function framesOf(listener: Listener): number[] {
  const times: number[] = [];
  for (let message = listener.next(); message; message = listener.next()) {
    if (message.kind === "video" && message.role !== "config") times.push(message.time);
  }
  return times;
}

const upTo = (count: number) => [...Array(count).keys()];
/** Groups of 60 pictures, each of which needs the one before. */
const chain = (n: number) => n % 60 === 0 ? KEY : INTER;

Deno.test("a player that wants fewer frames gets the beginning of each group of pictures", () => {
  const { listener, send } = stage();
  send(60, chain);
  listener.limitFrames(15);
  // How far apart key frames are is known from the second one on.
  send(60, chain);
  deepEqual(send(60, chain), upTo(30));
  deepEqual(send(60, chain), upTo(30));
  listener.limitFrames(1);
  send(60, chain);
  deepEqual(send(60, chain), upTo(2));
});

Deno.test("frames that no other needs are left out first", () => {
  const { listener, send } = stage();
  for (
    const [key, inter, disposable] of [
      [KEY_H263, INTER_H263, DISPOSABLE],
      [KEY, INTER, UNNEEDED],
    ] as const
  ) {
    const pictures = (n: number) => n % 60 === 0 ? key : n % 2 === 0 ? inter : disposable;
    listener.limitFrames(undefined);
    send(60, pictures);
    listener.limitFrames(15);
    send(60, pictures);
    deepEqual(send(60, pictures), upTo(30).map((n) => 2 * n));
    listener.limitFrames(20);
    send(60, pictures);
    const seen = send(60, pictures);
    deepEqual(seen.filter((n) => n % 2 === 0), upTo(30).map((n) => 2 * n));
    equal(seen.length, 40);
  }
});

Deno.test("of a stream of key frames alone every other one comes at half its rate", () => {
  const { listener, send } = stage();
  listener.limitFrames(15);
  deepEqual(send(10, () => KEY), [0, 2, 4, 6, 8]);
});

Deno.test("a limit above the stream's rate leaves nothing out, nor does none", () => {
  const { listener, send } = stage();
  send(60, chain);
  for (const rate of [30, 60, undefined]) {
    listener.limitFrames(rate);
    deepEqual(send(60, chain), upTo(60));
    deepEqual(send(60, chain), upTo(60));
  }
});

Deno.test("when the limit ends video goes on at a key frame", () => {
  const { listener, send } = stage();
  send(60, chain);
  listener.limitFrames(1);
  send(30, chain);
  listener.limitFrames(undefined);
  deepEqual(send(60, (n) => n === 30 ? KEY : INTER), upTo(60).slice(30));
});

Deno.test("a publisher whose clock goes back keeps the limit", () => {
  const { listener, publication, send } = stage();
  send(60, chain);
  listener.limitFrames(15);
  publication.video(5, KEY);
  publication.flush();
  equal(framesOf(listener).length, 1);
});
