import assert from "node:assert/strict";
import { decodeText, encodeText, ProtocolError } from "../../src/bytes/mod.ts";
import {
  Dictionary,
  JsonReader,
  JsonWriter,
  readValues,
  type Value,
  writeValues,
} from "../../src/codecs/mod.ts";
import { jsonGolden, jsonRefused } from "../vectors/codecs/json.ts";
import { testTextGolden } from "./golden.ts";

const read = (text: string) => readValues(new JsonReader(encodeText(text)));

testTextGolden("JSON", jsonGolden, (bytes) => new JsonReader(bytes), () => new JsonWriter());

Deno.test("JSON agrees with JavaScript's own about what is JSON, and what it is", () => {
  for (const { text, writeOnly } of jsonGolden) {
    if (writeOnly === undefined) JSON.parse(text);
    assert.doesNotThrow(() => new JsonReader(encodeText(text)), text);
  }
  for (const [text] of jsonRefused) assert.throws(() => JSON.parse(text), text);
});

for (const [text, reason] of jsonRefused) {
  Deno.test(`JSON refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => read(text), (error) => {
      assert.ok(error instanceof ProtocolError);
      assert.match(error.message, reason);
      return true;
    });
  });
}

Deno.test("JSON refuses containers nested without end", () => {
  assert.throws(() => read("[".repeat(100_000)), /128 levels/);
  assert.throws(() => read('{"a":'.repeat(100_000)), /128 levels/);
  assert.doesNotThrow(() => read("[".repeat(128) + "]".repeat(128)));
});

Deno.test("JSON delivers nothing of a text that is broken further on", () => {
  const seen: string[] = [];
  const spy = new Proxy({}, { get: (_, name) => () => seen.push(String(name)) });
  assert.throws(() => new JsonReader(encodeText('[1,{"a":2},')).read(spy as never));
  assert.deepEqual(seen, []);
});

Deno.test("JSON skips a byte order mark", () => {
  assert.deepEqual(read("\ufeff[1]"), [1]);
});

Deno.test("JSON passes text that is not UTF-8 and lone surrogates unchanged", () => {
  const writer = new JsonWriter();
  const bytes = Uint8Array.of(0x22, 0xff, 0x80, 0xed, 0xc3, 0x22);
  new JsonReader(bytes).read(writer);
  assert.deepEqual(writer.take(), Uint8Array.of(0x5b, ...bytes, 0x5d));
  const surrogates = '["\\ud800","a\\udfffb","\\ud800\\u0041","퟿"]';
  new JsonReader(encodeText(surrogates)).read(writer);
  assert.equal(decodeText(writer.take()), surrogates.replace("\\u0041", "A"));
});

Deno.test("JSON reads as many values as asked and tells whether more follow", () => {
  const reader = new JsonReader(encodeText('["onX", {"a": [1]}, 2]'));
  assert.deepEqual(readValues(reader, 1), ["onX"]);
  assert.equal(reader.more, true);
  assert.deepEqual(readValues(reader), [Object.assign(Object.create(null), { a: [1] }), 2]);
  assert.equal(reader.more, false);
});

Deno.test("JSON writes a single value without the outer array when asked", () => {
  const writer = new JsonWriter(undefined, false);
  writeValues(writer, { a: [1] });
  assert.equal(decodeText(writer.take()), '{"a":[1]}');
});

Deno.test("JSON writes shared values as copies and cycles as null", () => {
  const shared = { a: 1 };
  const cyclic: Value[] = [1];
  cyclic.push(cyclic);
  const writer = new JsonWriter();
  writeValues(writer, [shared, shared], cyclic);
  assert.equal(decodeText(writer.take()), '[[{"a":1},{"a":1}],[1,null]]');
});

Deno.test("JSON reads a date in the form that it writes, and no other text as one", () => {
  const dates = [
    "1970-01-01T00:00:00.000Z",
    "2026-11-30T23:59:59.999Z",
    "-000001-01-01T00:00:00.000Z",
  ];
  for (const text of dates) {
    assert.deepEqual(readValues(new JsonReader(encodeText(`"${text}"`))), [new Date(text)], text);
  }
  const texts = ["2026-11-30", "2026-11-30T23:59:59Z", "2026-02-30T00:00:00.000Z"];
  texts.push("2026-11-30T24:00:00.000Z", "2026-11-30T23:59:59.999z", "2026-11-30 23:59:59.999Z");
  texts.push("+002026-11-30T23:59:59.999Z", "+999999-01-01T00:00:00.000Z");
  for (const text of texts) {
    assert.deepEqual(readValues(new JsonReader(encodeText(`"${text}"`))), [text]);
  }
  const [object] = readValues(new JsonReader(encodeText(`{"${dates[0]}":1}`)));
  assert.deepEqual(Object.keys(object as object), [dates[0]]);
});

Deno.test("JSON reads a dictionary where its size is marked, and only there", () => {
  const read = (text: string) => readValues(new JsonReader(encodeText(text)))[0];
  assert.deepEqual(read('{"__size":0}'), new Dictionary());
  assert.deepEqual(
    read('{ "__size" : 9 , "a" : [1] , "2.5":{"__size":1,"x":"y"},"true":null,"007":1}'),
    new Dictionary([
      ["a", [1]],
      [2.5, new Dictionary([["x", "y"]])],
      [true, null],
      ["007", 1],
    ]),
  );
  for (const text of ['{"a":1,"__size":2}', '{"__size":"2"}', '{"__size":2.5}', '{"__size":-1}']) {
    assert.ok(!(read(text) instanceof Dictionary), text);
  }
});
