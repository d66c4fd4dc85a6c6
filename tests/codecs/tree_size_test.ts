import { deepEqual, equal, throws } from "node:assert/strict";
import { ByteReader } from "../../src/bytes/mod.ts";
import { Amf3Reader, Amf3Writer, treeSize, type Value, ValueReader } from "../../src/codecs/mod.ts";

const amf3 = (...values: Value[]) => {
  const writer = new Amf3Writer();
  new ValueReader(values).read(writer);
  return writer.take();
};
const size = (...values: Value[]) => treeSize(new Amf3Reader(amf3(...values)), Infinity);

Deno.test("a value that is repeated counts each time, without being read again", () => {
  const one: Value[] = [1, "two"];
  equal(size([one, one]) - size([one]), size(one));
  const bytes = new Uint8Array(100);
  equal(size(bytes, bytes), 2 * size(bytes));
  let nested: Value[] = ["leaf"];
  for (let level = 0; level < 100; level++) nested = [nested, nested];
  equal(size(nested) > 2 ** 100, true);
  throws(() => treeSize(new Amf3Reader(amf3(nested)), 1_000_000), /without references, 1000000/);
});

Deno.test("a value inside of itself has an end", () => {
  const own: Value[] = [1];
  own.push(own);
  equal(size(own) < 100, true);
});

Deno.test("a name that AMF0 cannot carry is refused", () => {
  throws(
    () => size(Object.assign(Object.create(null), { ["n".repeat(70_000)]: 1 })),
    /70000 bytes/,
  );
  const body = amf3({ short: 1 } as unknown as Value);
  deepEqual(treeSize(new Amf3Reader(new ByteReader(body)), 1000) > 0, true);
});
