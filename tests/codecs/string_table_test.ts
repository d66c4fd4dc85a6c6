import assert from "node:assert/strict";
import { ByteWriter, encodeText } from "../../src/bytes/mod.ts";
import { StringTable } from "../../src/codecs/string_table.ts";

Deno.test("strings that are forgotten leave their place to others", () => {
  const out = new ByteWriter();
  const table = new StringTable(out);
  const find = (text: string) => {
    const bytes = encodeText(text);
    const index = table.findOrAdd(bytes, 0, bytes.length, out.length);
    if (index === -1) out.bytes(bytes);
    return index;
  };
  find("kept");
  const { length } = out;
  for (let count = 0; count < 1000; count++) {
    assert.equal(find(`forgotten ${count}`), -1);
    table.truncate(1);
    out.truncate(length);
  }
  assert.deepEqual(["a", "b", "a", "b", "kept"].map(find), [-1, -1, 1, 2, 0]);
});
