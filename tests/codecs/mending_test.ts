import assert from "node:assert/strict";
import { encodeText, fromHex } from "../../src/bytes/mod.ts";
import {
  Amf0Reader,
  Amf0Writer,
  Amf3Reader,
  Amf3Writer,
  JsonReader,
  readMended,
  readValues,
  ValueWriter,
} from "../../src/codecs/mod.ts";
import { plain } from "../support/flash_peer.ts";

const bytes = (text: string) => fromHex(text.replace(/ /g, "")) ?? assert.fail(text);

const WIDTH = "0005 7769647468 00 4074000000000000";
const Z = "0001 7a 00 3ff0000000000000";

/** AMF0 as encoders and attackers send it, and what of it can be read. */
const BROKEN: [name: string, hexadecimal: string, read: unknown[]][] = [
  ["an ECMA array without end", `08 00000001 ${WIDTH}`, [{ map: { width: 320 } }]],
  ["half an end: one byte", `08 00000001 ${WIDTH} 00`, [{ map: { width: 320 } }]],
  ["half an end: two bytes", `08 00000001 ${WIDTH} 0000`, [{ map: { width: 320 } }]],
  ["an end of 0009", `08 00000001 ${WIDTH} 0009`, [{ map: { width: 320 } }]],
  ["an object without end", `03 ${WIDTH}`, [{ width: 320 }]],
  ["a movie clip, which is reserved", `08 00000003 ${WIDTH} 0001 75 04 ${Z} 000009`, [
    { map: { width: 320 } },
  ]],
  ["a record set, which is reserved", `03 ${WIDTH} 0001 75 0e ${Z} 000009`, [{ width: 320 }]],
  ["a reference to nothing", `03 ${WIDTH} 0001 72 07 0063 000009`, [{ width: 320 }]],
  ["a strict array that is cut", `03 0001 61 0a 00000003 00 3ff0000000000000`, [
    { a: [1, null, null] },
  ]],
  ["a strict array that cannot be so long", `03 ${WIDTH} 0001 61 0a ffffffff 05 000009`, [
    { width: 320 },
  ]],
  ["bytes behind the value", `03 ${WIDTH} 000009 ffff`, [{ width: 320 }]],
  ["an ECMA array with elements, without end", `08 00000002 0001 30 05 ${WIDTH}`, [
    { map: { "0": null, width: 320 } },
  ]],
  ["nothing", "", []],
  ["a marker that is none", "ff", []],
];

for (const [name, hexadecimal, read] of BROKEN) {
  Deno.test(`AMF0 with ${name} is read up to there, and written well formed`, () => {
    const values = new ValueWriter();
    const fault = readMended(new Amf0Reader(bytes(hexadecimal)), values);
    assert.deepEqual(plain(values.values), read);
    assert.equal(fault === undefined, hexadecimal === "");
    for (const amf3 of ["never", "preferred"] as const) {
      const writer = new Amf0Writer(undefined, amf3);
      readMended(new Amf0Reader(bytes(hexadecimal)), writer);
      assert.deepEqual(plain(readValues(new Amf0Reader(writer.take()))), read);
    }
  });
}

Deno.test("300 levels are read up to the deepest that is allowed, each of them closed", () => {
  const deep = bytes("03 0001 61".repeat(300) + "05" + "000009".repeat(300));
  const writer = new Amf0Writer(undefined, "never");
  assert.match(readMended(new Amf0Reader(deep), writer)?.message ?? "", /128 levels/);
  const written = writer.take();
  const levels = 128;
  assert.deepEqual(
    written,
    bytes("03 0001 61".repeat(levels - 1) + "03" + "000009".repeat(levels)),
  );
});

// A byte array, a vector of ints, a dictionary: cut where they hold less than they say.
Deno.test("AMF3 that is cut at any byte is read up to there, in every form", () => {
  const writer = new Amf3Writer();
  writer.beginObject("");
  const name = (text: string) => writer.property(encodeText(text), 0, text.length);
  name("v");
  writer.beginVector("int", 2, false);
  writer.number(1);
  writer.number(2);
  writer.endArray();
  name("d");
  writer.beginDictionary(1, false);
  writer.string(encodeText("k"), 0, 1);
  writer.number(1);
  writer.endDictionary();
  name("m");
  writer.beginMixed(1);
  name("x");
  writer.boolean(true);
  writer.endNamed();
  writer.null();
  writer.endArray();
  writer.endObject();
  const whole = writer.take();
  for (let end = 0; end < whole.length; end++) {
    const again = new Amf3Writer();
    const fault = readMended(new Amf3Reader(whole.subarray(0, end)), again);
    assert.equal(fault === undefined, end === 0, `${end} bytes`);
    assert.equal(readValues(new Amf3Reader(again.take())).length <= 1, true);
    const values = new ValueWriter();
    readMended(new Amf3Reader(whole.subarray(0, end)), values);
    const old = new Amf0Writer(undefined, "never");
    readMended(new Amf3Reader(whole.subarray(0, end)), old);
    assert.equal(readValues(new Amf0Reader(old.take())).length, values.values.length);
  }
});

Deno.test("what can be read whole is passed on as it is, references too", () => {
  const shared = bytes("0a 00000002 03 0001 61 05 000009 07 0001");
  const writer = new Amf0Writer(undefined, "never");
  assert.equal(readMended(new Amf0Reader(shared), writer), undefined);
  assert.deepEqual(writer.take(), shared);
  const values = new ValueWriter();
  assert.equal(readMended(new JsonReader(encodeText('[1,{"a":[]}]')), values), undefined);
  assert.deepEqual(plain(values.values), [1, { a: [] }]);
});
