import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteReader, ProtocolError } from "../../src/bytes/mod.ts";
import { Assembly, PART_HEADER, splitMessage } from "../../src/cluster/engine/parts.ts";
import { MAX_FRAME } from "../../src/cluster/params.ts";

function header(number: number, length: number, at: number, bytes: number): ByteReader {
  const part = new Uint8Array(PART_HEADER + bytes);
  const view = new DataView(part.buffer);
  [number, length, at].forEach((value, index) => view.setUint32(4 * index, value));
  return new ByteReader(part);
}

Deno.test("a message in parts of any size is put together again", () => {
  const body = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(body, fc.integer({ min: 1, max: 120 }), (body, size) => {
      const assembly = new Assembly();
      const parts = [...splitMessage(5, 16, body, size)];
      assert.ok(parts.every((part) => part.length <= PART_HEADER + size));
      const whole = parts.map((part) => assembly.add(new ByteReader(part)));
      assert.deepEqual(whole.pop(), Uint8Array.from([16, ...body]));
      assert.ok(whole.every((part) => part === undefined));
    }),
  );
});

Deno.test("a part that is malformed, or of a message longer than any frame, is refused", () => {
  for (
    const part of [
      header(1, MAX_FRAME + 1, 0, 10),
      header(1, 10, 0, 11),
      header(1, 10, 4, 7),
      header(1, 10, 0xffff_ffff, 5),
      header(1, 10, 0, 0),
      new ByteReader(new Uint8Array(PART_HEADER - 1)),
    ]
  ) assert.throws(() => new Assembly().add(part), ProtocolError);
});
