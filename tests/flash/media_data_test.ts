import assert from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import { Amf0Writer, Amf3Writer, writeValues } from "../../src/codecs/mod.ts";
import { encodeData } from "../../src/flash/mod.ts";
import { type DataFormat, MediaMessage } from "../../src/media/mod.ts";
import { received } from "../support/flash_peer.ts";

function amf0(...values: unknown[]): Uint8Array {
  const writer = new Amf0Writer(undefined, "never");
  writeValues(writer, ...values);
  return writer.take();
}

function amf3(...values: unknown[]): Uint8Array {
  const writer = new Amf3Writer();
  writeValues(writer, ...values);
  return writer.take();
}

function switched(...values: unknown[]): Uint8Array {
  const writer = new Amf0Writer(undefined, "preferred");
  writeValues(writer, ...values);
  return writer.take();
}

const message = (
  payload: Uint8Array,
  format: DataFormat,
  role: "frame" | "config" = "frame",
  name = "onCue",
) => new MediaMessage("data", role, 0, payload, name, format);

const sources: [name: string, payload: Uint8Array, format: DataFormat][] = [
  ["AMF0", amf0("text", { a: [1, 2] }), "amf0"],
  ["AMF0 that switches to AMF3", switched("text", { a: [1, 2] }), "amf0"],
  ["AMF3", amf3("text", { a: [1, 2] }), "amf3"],
  ["JSON", encodeText('["text",{"a":[1,2]}]'), "json"],
];

for (const [name, payload, format] of sources) {
  Deno.test(`data in ${name} reaches players of both encodings as the same values`, () => {
    const expected = ["onCue", "text", { a: [1, 2] }];
    const plain = encodeData(message(payload, format), false);
    assert.deepEqual(received(1, plain), { stream: 1, type: 18, values: expected });
    assert.equal(plain.payload.includes(0x11), false);
    const third = encodeData(message(payload, format), true);
    assert.deepEqual(received(1, third), { stream: 1, type: 15, values: expected });
    assert.equal(third.payload[0], 0);
    assert.equal(third.payload.includes(0x11), true);
  });
}

Deno.test("raw data is a string for AMF0 players and a byte array for AMF3 ones", () => {
  const raw = message(encodeText("raw"), "raw");
  assert.deepEqual(received(1, encodeData(raw, false)).values, ["onCue", "raw"]);
  assert.deepEqual(received(1, encodeData(raw, true)).values, ["onCue", encodeText("raw")]);
});

for (
  const [name, payload, format] of [
    ["an AMF0 object", amf0({ width: 640, height: 360 }), "amf0"],
    ["an AMF3 object", switched({ width: 640, height: 360 }), "amf0"],
    ["an ECMA array", amf0(new Map<string, number>([["width", 640], ["height", 360]])), "amf0"],
    ["JSON", encodeText('[{"width":640,"height":360}]'), "json"],
  ] as const
) {
  Deno.test(`metadata that is ${name} is an ECMA array for AMF0 players`, () => {
    const metadata = message(payload, format, "config", "onMetaData");
    const { type, payload: sent } = encodeData(metadata, false);
    assert.equal(type, 18);
    const head = amf0("onMetaData");
    assert.deepEqual(sent.slice(0, head.length), head);
    assert.deepEqual(sent.slice(head.length, head.length + 5), Uint8Array.of(8, 0, 0, 0, 2));
    const expected = ["onMetaData", { map: { width: 640, height: 360 } }];
    assert.deepEqual(received(1, { type, payload: sent }).values, expected);
    assert.deepEqual(received(1, encodeData(metadata, true)).values, expected);
  });
}

Deno.test("data that is not in its format is sent as far as it can be read", () => {
  for (const amf3 of [false, true]) {
    const broken = encodeData(message(Uint8Array.of(3, 0, 1, 0x61, 5, 0, 9), "amf0"), amf3);
    assert.deepEqual(received(1, broken).values, ["onCue", { a: null }]);
    const cut = encodeData(message(encodeText("[1"), "json"), amf3);
    assert.equal(received(1, cut).values?.[0], "onCue");
  }
});
