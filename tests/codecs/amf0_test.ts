import assert from "node:assert/strict";
import { ProtocolError } from "../../src/bytes/mod.ts";
import { Amf0Reader, Amf0Writer, readValues, writeValues } from "../../src/codecs/mod.ts";
import { amf0Golden } from "../vectors/codecs/amf0.ts";
import { bytesOf, testGolden } from "./golden.ts";

testGolden("AMF0", amf0Golden, (bytes) => new Amf0Reader(bytes), () => new Amf0Writer());

function refused(bytes: string, reason: RegExp): void {
  assert.throws(() => readValues(new Amf0Reader(bytesOf(bytes))), (error) => {
    assert.ok(error instanceof ProtocolError);
    assert.match(error.message, reason);
    return true;
  });
}

Deno.test("AMF0 refuses types that do not exist or are reserved", () => {
  for (const marker of ["04", "09", "0e", "12", "ff"]) refused(marker, /is no AMF0 type.*byte 0/);
});

Deno.test("AMF0 refuses a reference out of range", () => {
  refused("03 000009 07 0001", /reference 1 is out of range, 1 known/);
});

Deno.test("AMF0 refuses an array longer than its bytes before it begins one", () => {
  refused("0a ffffffff 05 05", /array of 4294967295 in 2 bytes/);
});

Deno.test("AMF0 refuses containers nested without end", () => {
  refused("0a00000001".repeat(200), /128 levels/);
  refused("03 0001 61".repeat(200), /128 levels/);
  refused("08 00000000 0001 61".repeat(200), /128 levels/);
});

Deno.test("AMF0 read into its own writer gives the same bytes", () => {
  const writer = new Amf0Writer();
  for (const { bytes, written } of amf0Golden) {
    new Amf0Reader(bytesOf(bytes)).read(writer);
    assert.deepEqual(writer.take(), bytesOf(written ?? bytes));
  }
});

Deno.test("AMF0 reads as many values as asked and tells whether more follow", () => {
  const reader = new Amf0Reader(bytesOf("05 01 01 06"));
  assert.deepEqual(readValues(reader, 2), [null, true]);
  assert.equal(reader.more, true);
  assert.deepEqual(readValues(reader, 2), [undefined]);
  assert.equal(reader.more, false);
});

Deno.test("AMF0 references begin anew with each message", () => {
  const writer = new Amf0Writer();
  const shared = { a: 1 };
  writeValues(writer, shared, shared);
  const first = writer.take();
  writeValues(writer, shared, shared);
  assert.deepEqual(writer.take(), first);
});

Deno.test("AMF0 references reach elements that a mixed array holds out of order", () => {
  // {0: {k: 1}, n: reference to the element}
  const bytes = bytesOf(
    "08 00000002 0001 30 03 0001 6b 00 3ff0000000000000 000009 0001 6e 07 0001 000009 07 0001",
  );
  const [map, again] = readValues(new Amf0Reader(bytes)) as [Map<unknown, unknown>, unknown];
  assert.deepEqual(map.get("n"), map.get(0));
  assert.equal(map.get(0), again);
});

Deno.test("AMF0 refuses arrays of arrays that are read ahead again and again", () => {
  const open = "08 00000000 0001 30";
  const inner = "0001 31 0c 00008000" + "00".repeat(0x8000);
  const close = (inner + "000009").repeat(100);
  refused(open.repeat(100) + "05" + close, /more than \d+ bytes by repeating/);
});
