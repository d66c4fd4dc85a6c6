import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteReader, ByteWriter, ProtocolError } from "../../src/bytes/mod.ts";
import { FrameReader, readName, writeFrame, writeName } from "../../src/cluster/link/frame.ts";

Deno.test("frames are read whole however their bytes are cut", () => {
  const frame = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 200 }));
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 20 }), fc.integer({ min: 1, max: 97 }), (all, cut) => {
      const out = new ByteWriter();
      for (const [type, body] of all) writeFrame(out, type, (out) => out.bytes(body));
      const bytes = out.take();
      const seen: [number, Uint8Array][] = [];
      const reader = new FrameReader(1000, (type, body) => seen.push([type, body.rest().slice()]));
      for (let at = 0; at < bytes.length; at += cut) reader.readFrames(bytes.slice(at, at + cut));
      assert.deepEqual(seen, all.map(([type, body]) => [type, body.slice()]));
    }),
    { numRuns: 100 },
  );
});

Deno.test("a frame over the limit is refused before its bytes come", () => {
  const reader = new FrameReader(16, () => {});
  const long = new ByteWriter().u32(17).take();
  assert.throws(() => reader.readFrames(long), ProtocolError);
  assert.throws(
    () => new FrameReader(16, () => {}).readFrames(new Uint8Array(4)),
    /a frame of 0 bytes/,
  );
});

Deno.test("a name that is too long is neither written nor read", () => {
  assert.throws(() => writeName(new ByteWriter(), "é".repeat(2049)), RangeError);
  const out = new ByteWriter().u16(4097).bytes(new Uint8Array(4097)).take();
  assert.throws(() => readName(new ByteReader(out)), ProtocolError);
  assert.throws(() => readName(new ByteReader(Uint8Array.of(0, 5, 65))), ProtocolError);
});

Deno.test("frames behind the end of a turn are not taken, wherever the input was cut", () => {
  const out = new ByteWriter();
  for (let type = 1; type <= 6; type++) {
    writeFrame(out, type, (out) => out.bytes(new Uint8Array(type)));
  }
  const input = out.take();
  for (let cut = 0; cut <= input.length; cut++) {
    const seen: number[] = [];
    let most = 0;
    const reader = new FrameReader(100, (type) => seen.push(type));
    for (const part of [input.subarray(0, cut), input.subarray(cut)]) {
      let at = 0;
      while (at < part.length) {
        let left = 2;
        const before = seen.length;
        // What was read in a turn is copied into a buffer that is used again.
        at += reader.readFrames(part.slice(at), { now: 0, spend: () => --left <= 0 });
        most = Math.max(most, seen.length - before);
      }
    }
    assert.deepEqual([seen, most], [[1, 2, 3, 4, 5, 6], 2], `cut at ${cut}`);
  }
});
