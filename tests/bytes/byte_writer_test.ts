import { deepEqual, equal, notEqual, throws } from "node:assert/strict";
import { briefBytes, ByteWriter, decodeText, encodeText, isAscii } from "../../src/bytes/mod.ts";

Deno.test("brief bytes are zero and nobody else's, page after page", () => {
  const parts = Array.from({ length: 500 }, (_, index) => briefBytes(1 + index % 300));
  for (const [index, part] of parts.entries()) {
    equal(part.length, 1 + index % 300);
    equal(part.byteOffset % 8, 0);
    equal(part.every((byte) => byte === 0), true);
    part.fill(index);
  }
  for (const [index, part] of parts.entries()) {
    equal(part.every((byte) => byte === index % 256), true, `part ${index}`);
  }
});

Deno.test("more bytes than a few have memory of their own", () => {
  const large = briefBytes(5_000);
  equal(large.buffer.byteLength, 5_000);
  notEqual(briefBytes(8).buffer, large.buffer);
});

Deno.test("brief writers give back what they did not need, zero and nobody else's", () => {
  const taken: Uint8Array[] = [];
  const write = (writer: ByteWriter, count: number) => {
    for (let i = 0; i < count; i++) writer.u8(1 + taken.length % 255);
    return writer;
  };
  for (let round = 0; round < 400; round++) {
    // Two at a time: the first to end is not the last that was taken.
    const [outer, inner] = [ByteWriter.brief(256), ByteWriter.brief(100)];
    write(outer, round % 300);
    write(inner, 20);
    if (round % 3 === 0) inner.truncate(round % 7);
    for (const writer of round % 2 === 0 ? [outer, inner] : [inner, outer]) {
      taken.push(writer.take());
      const zero = briefBytes(16);
      equal(zero.every((byte) => byte === 0), true, `round ${round}`);
      equal(zero.byteOffset % 8, 0);
      zero.fill(0xff);
    }
  }
  for (const [index, bytes] of taken.entries()) {
    const own = 1 + (index - index % 2) % 255;
    equal(bytes.every((byte) => byte === own), true, `part ${index}`);
  }
  // Small texts in large room are side by side.
  const pages = new Set(Array.from({ length: 100 }, () => {
    return write(ByteWriter.brief(1_000), 30).take().buffer;
  }));
  equal(pages.size <= 2, true, `${pages.size} pages`);
});

Deno.test("a brief writer gives nothing back to another page than its own", () => {
  const writer = ByteWriter.brief(1_000);
  const { buffer, byteOffset } = writer.buffer;
  let last = briefBytes(8);
  while (last.buffer === buffer || last.byteOffset + 8 !== byteOffset + 1_000) last = briefBytes(8);
  writer.u8(1).take();
  equal(briefBytes(8).byteOffset, last.byteOffset + 8);
});

for (
  const [kind, make] of [["kept", (size: number) => new ByteWriter(size)], [
    "brief",
    ByteWriter.brief,
  ]] as const
) {
  Deno.test(`a ${kind} writer grows, hands its bytes over and begins anew`, () => {
    const writer = make(1);
    const taken: Uint8Array[] = [];
    const wanted: number[][] = [];
    for (const size of [0, 1, 40, 700, 3_000]) {
      const bytes = Array.from({ length: size }, (_, index) => (index + size) % 256);
      writer.u32(0x01020304).bytes(Uint8Array.from(bytes)).u16(size).f64(1);
      const at = writer.length - 10;
      writer.setU16(at, size + 1);
      taken.push(writer.take());
      equal(writer.length, 0);
      wanted.push([1, 2, 3, 4, ...bytes, (size + 1) >> 8, (size + 1) & 255]);
      wanted.at(-1)!.push(0x3f, 0xf0, 0, 0, 0, 0, 0, 0);
    }
    deepEqual(taken.map((bytes) => [...bytes]), wanted);
  });
}

Deno.test("text is UTF-8, whatever it begins and ends with", () => {
  const writer = new ByteWriter(1);
  const texts = [
    "",
    "plain",
    "é",
    "plain é",
    "€ and more",
    "a\u{1f600}b",
    "a\ud800b",
    "x".repeat(99),
  ];
  for (const text of texts) writer.text(text);
  deepEqual(writer.view(), encodeText(texts.join("")));
  equal(decodeText(writer.take()).length, texts.join("").length);
});

Deno.test("bytes are ASCII when none is above 0x7f", () => {
  deepEqual([[], [0, 0x7f], [0x80], [1, 2, 0xff]].map((bytes) => isAscii(Uint8Array.from(bytes))), [
    ...[true, true],
    ...[false, false],
  ]);
});

Deno.test("a writer into a room writes there and nowhere else", () => {
  const room = new Uint8Array(8);
  const writer = ByteWriter.into(room);
  writer.u16(0x0102).bytes(Uint8Array.of(3, 4)).u32(5);
  deepEqual([...room], [1, 2, 3, 4, 0, 0, 0, 5]);
  throws(() => writer.u8(9), /9 bytes in a room of 8/);
  writer.truncate(0);
  writer.u8(7);
  deepEqual([...room], [7, 2, 3, 4, 0, 0, 0, 5]);
});
