import { deepEqual, equal } from "node:assert/strict";
import type { MediaEncoder } from "../../src/media/mod.ts";
import { AAC_CONFIG, AVC_CONFIG, drain, INTER, KEY, PUBLISHER, setUp, SOUND } from "./scene.ts";
import { decided } from "../support/decided.ts";

/** The last byte of each message; nothing for codec headers, 0xff for notices. */
const LAST_BYTES: MediaEncoder = {
  key: "last bytes",
  encode({ kind, role, payload }, out) {
    if (kind === "published" || kind === "unpublished") out.u8(0xff);
    else if (role !== "config") out.u8(payload.at(-1) ?? 0);
  },
};

function tapped(options: { readonly isPassive?: boolean } = {}, rules = {}) {
  const scene = setUp(rules);
  const told = { ready: 0, overrun: 0, recoded: 0 };
  const open = () =>
    scene.hub.tap({
      name: "film",
      encoder: LAST_BYTES,
      onReady: () => void told.ready++,
      onOverrun: () => void told.overrun++,
      onRecoded: () => void told.recoded++,
      ...options,
    });
  return { ...scene, told, tap: open(), open };
}

const [key, inter, sound] = [KEY, INTER, SOUND].map((body) => body.at(-1));

Deno.test("a tap has a publication's media without a client, and no application is asked", () => {
  const { hub, tap, told, connect } = tapped();
  const asked: string[] = [];
  hub.handler = {
    ...hub.handler,
    onSubscribe: () => void asked.push("subscribe"),
    onUnsubscribe: () => void asked.push("unsubscribe"),
  };
  const publication = decided(hub.publish(connect(), "film", PUBLISHER));
  publication.video(0, KEY);
  publication.audio(10, SOUND);
  publication.flush();
  equal(told.ready, 1);
  deepEqual(tap.takeBytes(1000), Uint8Array.of(0xff, key!, sound!));
  deepEqual([tap.more, tap.takeBytes(1000), publication.listeners.size], [false, undefined, 0]);
  tap.close();
  publication.video(40, KEY);
  publication.flush();
  deepEqual([told.ready, tap.takeBytes(1000), tap.more, asked], [1, undefined, false, []]);
});

Deno.test("parts of a tap begin at key frames and say so, and notices are parts of their own", () => {
  const { hub, tap, connect } = tapped();
  const publication = decided(hub.publish(connect(), "film", PUBLISHER));
  publication.video(0, AVC_CONFIG);
  publication.audio(0, AAC_CONFIG);
  for (const [time, body] of [[0, KEY], [40, INTER], [80, KEY], [120, INTER]] as const) {
    publication.video(time, body);
    publication.audio(time + 5, SOUND);
  }
  publication.flush();
  hub.unpublish(publication);
  const parts = [];
  for (let part = tap.takePart(1000); part; part = tap.takePart(1000)) {
    parts.push([part.kind, part.isKey, part.time, [...part.bytes]]);
  }
  deepEqual(parts, [
    ["published", false, 0, [0xff]],
    ["media", true, 0, [key, sound, inter, sound]],
    ["media", true, 80, [key, sound, inter, sound]],
    ["unpublished", false, 125, [0xff]],
  ]);
});

Deno.test("a part has about as many bytes as are wanted, never less than a message", () => {
  const { hub, tap, connect } = tapped();
  const publication = decided(hub.publish(connect(), "film", PUBLISHER));
  publication.video(0, KEY);
  for (let time = 40; time < 160; time += 40) publication.video(time, INTER);
  publication.flush();
  const sizes = [];
  for (let part = tap.takePart(2); part; part = tap.takePart(2)) {
    sizes.push([part.isKey, part.bytes.length]);
  }
  deepEqual(sizes, [[false, 1], [true, 2], [false, 2]]);
});

Deno.test("a tap keeps a name wanted while it is open, a passive one does not", () => {
  for (const isPassive of [false, true]) {
    const { hub, tap, open, connect } = tapped({ isPassive });
    const told: boolean[] = [];
    hub.observers.add({ onListeners: ({ name }) => void told.push(hub.isWanted(name)) });
    const other = open();
    equal(hub.isWanted("film"), !isPassive);
    other.close();
    other.close();
    deepEqual(told, [!isPassive, !isPassive]);
    const listener = decided(
      hub.subscribe(connect(), "film", { ready() {}, overrun() {}, status() {} }),
    );
    equal(hub.isWanted("film"), true);
    hub.unsubscribe(listener);
    tap.close();
    equal(hub.isWanted("film"), false);
  }
});

Deno.test("a tap that falls behind by more than a listener may is told so", () => {
  const { hub, told, connect } = tapped({}, { limits: { video: 1000, audio: 2000, cut: 3000 } });
  const publication = decided(hub.publish(connect(), "film", PUBLISHER));
  publication.video(0, KEY);
  for (let count = 0; count < 4; count++) {
    publication.audio(count, new Uint8Array(1000).fill(0xaf));
    publication.flush();
  }
  equal(told.overrun > 0, true);
});

Deno.test("a tap hears that the publication goes on with another codec", () => {
  const { hub, told, connect } = tapped();
  const publication = decided(hub.publish(connect(), "film", PUBLISHER));
  publication.video(0, KEY);
  equal(told.recoded, 0);
  publication.video(40, Uint8Array.of(0x12, 0, 1));
  equal(told.recoded, 1);
});

Deno.test("a tap without an encoder has the messages themselves, headers first", () => {
  const { hub, connect } = setUp();
  const publication = decided(hub.publish(connect(), "film", PUBLISHER));
  publication.video(0, AVC_CONFIG);
  publication.audio(0, AAC_CONFIG);
  publication.video(0, KEY);
  publication.flush();
  const told: string[] = [];
  const tap = hub.tap({
    name: "film",
    onReady: () => void told.push("ready"),
    onOverrun: () => void told.push("overrun"),
  });
  const taken = () => {
    const kinds: string[] = [];
    for (let message = tap.next(); message; message = tap.next()) {
      kinds.push(`${message.kind} ${message.role}`);
    }
    return kinds;
  };
  deepEqual(taken(), ["video config", "audio config"]);
  publication.video(40, KEY);
  publication.audio(45, SOUND);
  publication.flush();
  deepEqual([tap.more, taken(), tap.more], [true, ["video key", "audio frame"], false]);
  deepEqual(told, ["ready"]);
  tap.close();
  publication.video(80, KEY);
  deepEqual(taken(), []);
});

Deno.test("who asks for it begins with the group that runs, and the one before, others with the next key frame", () => {
  const { hub, connect } = setUp();
  const publication = decided(hub.publish(connect(), "film", PUBLISHER));
  publication.video(0, AVC_CONFIG);
  publication.audio(0, AAC_CONFIG);
  for (const [time, body] of [[0, KEY], [40, INTER], [80, KEY], [120, INTER]] as const) {
    publication.video(time, body);
    publication.audio(time + 5, SOUND);
  }
  publication.flush();
  const open = (groups: number) =>
    hub.tap({ name: "film", groups, onReady: () => {}, onOverrun: () => {} });
  const group = ["key", "sound", "inter", "sound"];
  deepEqual(drain(open(0)), ["avc-config", "aac-config"]);
  deepEqual(drain(open(1)), ["avc-config", "aac-config", ...group]);
  deepEqual(drain(open(2)), ["avc-config", "aac-config", ...group, ...group]);
});

Deno.test("who asks for a group that is too large hears nothing before the next picture", () => {
  const { hub, connect } = setUp({ limits: { video: 1000, audio: 1000, cut: 1000 } });
  const publication = decided(hub.publish(connect(), "film", PUBLISHER));
  publication.video(0, KEY);
  publication.video(40, Uint8Array.of(...INTER, ...new Uint8Array(1000)));
  const tap = hub.tap({ name: "film", groups: 1, onReady: () => {}, onOverrun: () => {} });
  publication.audio(50, SOUND);
  publication.flush();
  deepEqual(drain(tap), []);
  publication.video(80, KEY);
  publication.audio(90, SOUND);
  publication.flush();
  deepEqual(drain(tap), ["key", "sound"]);
});
