import assert from "node:assert/strict";
import { Client, type Listener, type Publication } from "../../src/hub/mod.ts";
import { fakeHub } from "../support/flash_peer.ts";
import { decided } from "../support/decided.ts";

const CONFIG = Uint8Array.of(0x17, 0, 0, 0, 0, 1);
const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 2);
const INTER = Uint8Array.of(0x27, 1, 0, 0, 0, 3);
const SOUND = Uint8Array.of(0xaf, 1, 0x21);

type Sent = readonly (readonly [body: Uint8Array, time: number])[];

function stage() {
  const { hub, clock } = fakeHub();
  const client = () =>
    new Client({
      protocol: "RTMP",
      address: "192.0.2.1:5000",
      path: "",
      query: "",
      properties: new Map(),
    });
  const publish = () => decided(hub.publish(client(), "test", { close: () => {} }));
  const sink = { ready: () => {}, overrun: () => {}, status: () => {} };
  return { hub, clock, publish, listen: () => decided(hub.subscribe(client(), "test", sink)) };
}

function give(publication: Publication, sent: Sent): void {
  for (const [body, time] of sent) {
    if (body === SOUND) publication.audio(time, body);
    else publication.video(time, body);
  }
}

/** The times of the media that a listener gets. */
function taken(listener: Listener): number[] {
  const seen: number[] = [];
  for (let message = listener.next(); message; message = listener.next()) {
    if (message.payload.length > 0) seen.push(message.time);
  }
  return seen;
}

/** The times at which a listener gets what a publisher sent at these times. */
function passed(...sent: Sent): number[] {
  const { publish, listen } = stage();
  const publication = publish();
  const listener = listen();
  give(publication, sent);
  return taken(listener);
}

const END_31 = 2 ** 31;
const END_32 = 2 ** 32;

Deno.test("time goes on where a publisher's has 31 bits, for sound that comes late too", () => {
  assert.deepEqual(
    passed(
      [KEY, END_31 - 10],
      [KEY, 30],
      [SOUND, END_31 - 5],
      [SOUND, 18],
      [CONFIG, 70],
      [KEY, 70],
    ),
    [-10, 30, -5, 18, 70, 70].map((time) => END_31 + time),
  );
});

Deno.test("after 49 days it is where it began, by 31 bits as by 32", () => {
  const nearEnd: [Uint8Array, number][] = [[KEY, END_31 - 10], [KEY, 30]];
  const aDay = Array.from(
    { length: 25 },
    (_, day): [Uint8Array, number] => [KEY, day * 86_400_000],
  );
  const [last, first] = passed(...nearEnd, ...aDay, ...nearEnd).slice(-2);
  assert.deepEqual([last, first], [END_32 - 10, 30]);
  assert.deepEqual(passed([KEY, END_32 - 10], [KEY, 30]), [END_32 - 10, 30]);
});

Deno.test("a codec header at another time than its frames, as FFmpeg sends it, moves no frame", () => {
  const times: [Uint8Array, number][] = [[CONFIG, 0], [KEY, END_31 - 5000], [SOUND, END_31 - 4990]];
  assert.deepEqual(passed(...times), times.map(([, time]) => time));
});

Deno.test("a publisher that comes back goes on at its first frame, whatever its headers' time", () => {
  const { hub, clock, publish, listen } = stage();
  const listener = listen();
  const first = publish();
  give(first, [[CONFIG, 0], [KEY, 5000]]);
  hub.unpublish(first);
  clock.advance(300);
  give(publish(), [[CONFIG, 0], [KEY, 70_000], [KEY, 70_040]]);
  assert.deepEqual(taken(listener), [0, 5000, 5300, 5300, 5340]);
});

Deno.test("who stays begins the next publisher's video at a key frame, behind its own header", () => {
  const { hub, clock, publish, listen } = stage();
  const listener = listen();
  const first = publish();
  give(first, [[CONFIG, 0], [KEY, 0]]);
  assert.deepEqual(taken(listener), [0, 0]);
  hub.unpublish(first);
  clock.advance(100);
  const second = publish();
  const other = Uint8Array.of(0x90, 0x68, 0x76, 0x63, 0x31);
  give(second, [[other, 0], [INTER, 40], [SOUND, 50], [KEY, 80], [INTER, 120]]);
  const bodies: Uint8Array[] = [];
  for (let message = listener.next(); message; message = listener.next()) {
    if (message.payload.length > 0) bodies.push(message.payload);
  }
  assert.deepEqual(bodies, [other, SOUND, KEY, INTER]);
});
