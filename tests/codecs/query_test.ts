import assert from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import { QueryReader, QueryWriter, readValues } from "../../src/codecs/mod.ts";
import { queryGolden } from "../vectors/codecs/query.ts";
import { testTextGolden } from "./golden.ts";

testTextGolden("query", queryGolden, (bytes) => new QueryReader(bytes), () => new QueryWriter());

Deno.test("query passes text that is not UTF-8 unchanged", () => {
  const writer = new QueryWriter();
  new QueryReader(encodeText("a=%FF%80")).read(writer);
  assert.deepEqual(writer.take(), encodeText("a=%FF%80"));
});

Deno.test("query reads as many values as asked and tells whether more follow", () => {
  const reader = new QueryReader(encodeText("x&a=1&b=2&y"));
  assert.deepEqual(readValues(reader, 1), ["x"]);
  assert.equal(reader.more, true);
  assert.equal(readValues(reader, 1).length, 1);
  assert.deepEqual(readValues(reader), ["y"]);
  assert.equal(reader.more, false);
});
