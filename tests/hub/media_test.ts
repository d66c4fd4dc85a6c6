import assert from "node:assert/strict";
import { ByteWriter, encodeText } from "../../src/bytes/mod.ts";
import { Amf0Reader, Amf0Writer, readValues, writeValues } from "../../src/codecs/mod.ts";
import { type Listener, type Publication } from "../../src/hub/mod.ts";
import { flvEncoder, type MediaMessage } from "../../src/media/mod.ts";
import { plain } from "../support/flash_peer.ts";
import { AAC, AVC, bytes, INTER, KEY, play, SOUND, stage } from "./stage.ts";

function taken(listener: Listener): MediaMessage[] {
  const all: MediaMessage[] = [];
  for (let next = listener.next(); next; next = listener.next()) all.push(next);
  return all;
}

const headers = (publication: Publication) =>
  [...publication.configs].map(({ payload }) => payload.toHex().slice(0, 10));

function amf0(...values: unknown[]): Uint8Array {
  const writer = new Amf0Writer(undefined, "never");
  writeValues(writer, ...values);
  return writer.take();
}

for (
  const [name, metadata, kinds] of [
    ["nothing", undefined, [true, true]],
    ["audiocodecid 10", { audiocodecid: 10 }, [true, false]],
    ["names of codecs", { audiocodecid: "mp4a", videocodecid: "avc1" }, [true, true]],
    ["audiocodecid 0", { audiocodecid: 0, videocodecid: 7 }, [false, true]],
    ["audiocodecid null", { audiocodecid: null, videocodecid: 7 }, [false, true]],
    ["audiocodecid ''", { audiocodecid: "", videocodecid: 7 }, [false, true]],
    ["audiocodecid false", { audiocodecid: false, videocodecid: 7 }, [false, true]],
    ["the word in a text", { encoder: "no audiocodecid", videocodecid: 7 }, [false, true]],
    ["the word further in", { x: { audiocodecid: 10 }, videocodecid: 7 }, [false, true]],
  ] as const
) {
  Deno.test(`before the first frame the kinds are what metadata says: ${name}`, () => {
    const { publication } = stage();
    if (metadata) publication.setMetadata("onMetaData", amf0(metadata), "amf0");
    assert.deepEqual(Object.values(publication.kinds), kinds);
  });
}

Deno.test("once frames come the kinds are those that came, whatever metadata says", () => {
  const scene = stage();
  const { publication } = scene;
  publication.setMetadata("onMetaData", amf0({ audiocodecid: 10, videocodecid: 7 }), "amf0");
  publication.video(0, AVC);
  assert.deepEqual(publication.kinds, { audio: true, video: true });
  play(scene, 1, { video: KEY });
  assert.deepEqual(publication.kinds, { audio: false, video: true });
  play(scene, 1, { audio: SOUND });
  assert.deepEqual(publication.kinds, { audio: true, video: true });
});

Deno.test("a kind whose header came alone, or whose frames stop, is gone after 10 s, and comes back", () => {
  const scene = stage();
  const { publication } = scene;
  publication.audio(0, AAC);
  publication.video(0, AVC);
  play(scene, 240, { video: KEY });
  assert.deepEqual(publication.kinds, { audio: true, video: true });
  play(scene, 20, { video: KEY });
  assert.deepEqual(publication.kinds, { audio: false, video: true });
  play(scene, 1, { audio: SOUND });
  assert.deepEqual(publication.kinds, { audio: true, video: true });
  play(scene, 260, { audio: SOUND });
  assert.deepEqual(publication.kinds, { audio: true, video: false });
});

Deno.test("a publisher whose line hangs loses no kind", () => {
  const scene = stage();
  play(scene, 2, { video: KEY, audio: SOUND });
  scene.clock.advance(60_000);
  assert.deepEqual(scene.publication.kinds, { audio: true, video: true });
});

for (
  const [name, kind, frame, left] of [
    ["H.263", "video", "12 00", ["af001210"]],
    ["VP6", "video", "14 00", ["af001210"]],
    ["AV1", "video", "91 61763031 12", ["af001210"]],
    ["MP3", "audio", "2f fffb9064", ["1700000000"]],
    ["Opus", "audio", "91 4f707573 fc", ["1700000000"]],
    ["AVC by its FourCC", "video", "91 61766331 000000 00", ["af001210", "1700000000"]],
  ] as const
) {
  Deno.test(`with frames of ${name} newcomers get the headers of what plays now`, () => {
    const scene = stage();
    const { publication } = scene;
    publication.audio(0, AAC);
    publication.video(0, AVC);
    play(scene, 3, { audio: SOUND, video: KEY });
    play(scene, 2, { [kind]: bytes(frame) });
    assert.deepEqual(headers(publication), left);
  });
}

Deno.test("one frame with another number is no change of the codec", () => {
  const scene = stage();
  const { publication } = scene;
  publication.audio(0, AAC);
  publication.video(0, AVC);
  play(scene, 3, { audio: SOUND, video: KEY });
  play(scene, 1, { audio: bytes("2f 00"), video: bytes("22 00") });
  play(scene, 1, { audio: SOUND, video: KEY });
  play(scene, 1, { audio: bytes("2f 00"), video: bytes("22 00") });
  assert.deepEqual(headers(publication), ["af001210", "1700000000"]);
});

for (
  const [kind, header] of [
    ["video", "17 00 000000"],
    ["video", "17 00"],
    ["video", "17 00 000000 ffffffff"],
    ["video", "90 61766331"],
    ["video", "27 00 000000"],
    ["audio", "af 00"],
    ["audio", "af 00 12"],
  ] as const
) {
  Deno.test(`the broken codec header ${header} reaches nobody when there is a good one`, () => {
    const { publication, faults, listen } = stage();
    publication.audio(0, AAC);
    publication.video(0, AVC);
    const listener = listen();
    taken(listener);
    for (let count = 0; count < 2; count++) publication[kind](40, bytes(header));
    publication.flush();
    assert.deepEqual(taken(listener), []);
    assert.deepEqual(headers(publication), ["af001210", "1700000000"]);
    assert.deepEqual(faults, [`live: a broken codec header of ${kind} is left out`]);
  });
}

Deno.test("a broken codec header is all there is until a good one comes", () => {
  const { publication } = stage();
  publication.video(0, bytes("17 00 000000"));
  assert.deepEqual(headers(publication), ["1700000000"]);
  publication.video(0, AVC);
  assert.equal([...publication.configs][0]?.payload, AVC);
});

Deno.test("a stream without key frames is shown from any frame on after 10 s", () => {
  const scene = stage();
  const { publication, faults, listen } = scene;
  publication.video(0, AVC);
  const early = listen();
  play(scene, 240, { video: INTER });
  assert.deepEqual(taken(early).map(({ role }) => role), ["config"]);
  play(scene, 20, { video: INTER });
  const roles = taken(early).map(({ role }) => role);
  assert.equal(roles.includes("key"), true);
  assert.equal(roles.length > 5, true);
  assert.deepEqual(faults, ["live: no key frame for 10 s: players begin at any frame"]);
  const late = listen();
  play(scene, 255, { video: INTER });
  assert.equal(taken(late).some(({ role }) => role === "key"), true);
  assert.equal(faults.length, 1);
});

Deno.test("where a group of pictures is kept, newcomers begin with it, however long it is", () => {
  const scene = stage({ gop: true });
  play(scene, 1, { video: KEY });
  play(scene, 300, { video: INTER });
  const first = taken(scene.listen())[0];
  assert.equal(first?.payload, KEY);
});

Deno.test("codec headers come again before the first key frame of who waited for it", () => {
  const scene = stage();
  const { publication, listen } = scene;
  publication.audio(0, AAC);
  publication.video(0, AVC);
  play(scene, 1, { video: KEY });
  const listener = listen();
  assert.deepEqual(taken(listener).map(({ payload }) => payload), [AAC, AVC]);
  play(scene, 1, { audio: SOUND, video: INTER });
  play(scene, 2, { video: KEY });
  assert.deepEqual(taken(listener).map(({ payload }) => payload), [SOUND, AAC, AVC, KEY, KEY]);
});

/** The values of the one script tag that FLV has of a message. */
function script(message: MediaMessage | undefined): unknown {
  const out = new ByteWriter();
  flvEncoder.encode(message ?? assert.fail("no message"), out);
  const body = out.view().slice(11, -4);
  return plain(readValues(new Amf0Reader(body)));
}

// `onMetaData` with 0x11 0x0a 0x0b 0x01: an object in AMF3, as object encoding 3 sends it.
const AMF3 = bytes("11 0a0b01 0b7769647468 05 4074000000000000 0777686f 06 056d65 01");

for (const name of ["onMetaData", "onCuePoint"]) {
  Deno.test(`${name} in AMF3 is pure AMF0 in FLV`, () => {
    const { publication, listen } = stage();
    const listener = listen();
    taken(listener);
    if (name === "onMetaData") publication.setMetadata(name, AMF3, "amf0");
    else publication.data(name, AMF3, "amf0");
    publication.flush();
    const [message] = taken(listener);
    const values = { width: 320, who: "me" };
    assert.deepEqual(script(message), [name, name === "onMetaData" ? { map: values } : values]);
    assert.equal(message?.script.includes(0x11), false);
  });
}

for (
  const [name, payload, format, values] of [
    ["JSON of a WebSocket", encodeText('[1,{"a":true}]'), "json", [1, { a: true }]],
    ["bytes of a WebSocket", encodeText("raw"), "raw", ["raw"]],
    ["AMF3 of a script", bytes("04 05"), "amf3", [5]],
  ] as const
) {
  Deno.test(`data in ${name} reaches FLV`, () => {
    const { publication, listen } = stage();
    const listener = listen();
    taken(listener);
    publication.data("onText", payload, format);
    publication.flush();
    assert.deepEqual(script(taken(listener)[0]), ["onText", ...values]);
  });
}

Deno.test("metadata that breaks off is kept as far as it can be read, with one line in the log", () => {
  const { publication, faults, listen } = stage();
  const listener = listen();
  taken(listener);
  const broken = bytes("08 00000001 0005 7769647468 00 4074000000000000");
  for (let count = 0; count < 2; count++) publication.setMetadata("onMetaData", broken, "amf0");
  publication.flush();
  const whole = ["onMetaData", { map: { width: 320 } }];
  for (const message of [...taken(listener), ...taken(listen())]) {
    assert.deepEqual(script(message), whole);
  }
  assert.equal(faults.length, 1);
  assert.match(faults[0]!, /^live: metadata is passed on as far as it can be read: /);
});

for (
  const [name, broken] of [
    ["a movie clip", "04"],
    ["a record set", "0e"],
    ["a reference to nothing", "07 0063"],
  ] as const
) {
  Deno.test(`metadata with ${name} keeps what comes behind it`, () => {
    const { publication, faults, listen } = stage();
    const payload = bytes(
      `08 00000002 0001 75 ${broken} 0005 7769647468 00 4074000000000000 000009`,
    );
    publication.setMetadata("onMetaData", payload, "amf0");
    publication.flush();
    const map = { u: undefined, width: 320 };
    assert.deepEqual(script(taken(listen())[0]), ["onMetaData", { map }]);
    assert.equal(faults.length, 1);
  });
}
