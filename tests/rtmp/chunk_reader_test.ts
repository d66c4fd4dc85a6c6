import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteWriter, ProtocolError } from "../../src/bytes/mod.ts";
import { ChunkReader, type WireMessage } from "../../src/protocols/rtmp/wire/chunk_reader.ts";
import { writeBasicHeader, writeMessage } from "../../src/protocols/rtmp/wire/chunk_writer.ts";
import { bytes, joined, pattern, readAll } from "./wire_bytes.ts";

/** Chunks by hand, after §5.3.1 of the RTMP specification 1.0, and the messages they are. */
const cases = [
  {
    name: "a full header (specification §5.3.2.1, first chunk)",
    input: "03 0003e8 000020 08 39300000" + "ab".repeat(32),
    messages: [{ type: 8, streamId: 12345, time: 1000, payload: "ab".repeat(32) }],
  },
  {
    name: "types 0, 2, 3, 3 (specification §5.3.2.1)",
    input: "03 0003e8 000002 08 39300000 0102" + "83 000014 0304" + "c3 0506" + "c3 0708",
    messages: [
      { type: 8, streamId: 12345, time: 1000, payload: "0102" },
      { type: 8, streamId: 12345, time: 1020, payload: "0304" },
      { type: 8, streamId: 12345, time: 1040, payload: "0506" },
      { type: 8, streamId: 12345, time: 1060, payload: "0708" },
    ],
  },
  {
    name: "307 bytes in chunks of 128 (specification §5.3.2.2)",
    input: "04 0003e8 000133 09 3a300000" + "11".repeat(128) + "c4" + "22".repeat(128) + "c4" +
      "33".repeat(51),
    messages: [{
      type: 9,
      streamId: 12346,
      time: 1000,
      payload: "11".repeat(128) + "22".repeat(128) + "33".repeat(51),
    }],
  },
  {
    name: "type 1 keeps the stream id and changes the rest",
    input: "05 00000a 000001 08 01000000 aa" + "45 000005 000002 09 bbcc",
    messages: [
      { type: 8, streamId: 1, time: 10, payload: "aa" },
      { type: 9, streamId: 1, time: 15, payload: "bbcc" },
    ],
  },
  {
    name: "type 3 after type 0 adds its time as a difference (§5.3.1.2.4)",
    input: "05 00000a 000001 08 01000000 aa" + "c5 bb",
    messages: [
      { type: 8, streamId: 1, time: 10, payload: "aa" },
      { type: 8, streamId: 1, time: 20, payload: "bb" },
    ],
  },
  {
    name: "a chunk stream that begins with type 1, as librtmp's control messages do",
    input: "42 000000 000004 03 00000400",
    messages: [{ type: 3, streamId: 0, time: 0, payload: "00000400" }],
  },
  {
    name: "an empty message",
    input: "04 000001 000000 08 01000000" + "04 000002 000001 08 01000000 ff",
    messages: [
      { type: 8, streamId: 1, time: 1, payload: "" },
      { type: 8, streamId: 1, time: 2, payload: "ff" },
    ],
  },
  {
    name: "extended timestamps on types 0, 1, 2 and 3",
    input: "04 ffffff 000001 08 01000000 01000000 a0" +
      "44 ffffff 000001 08 01000000 a1" + "84 ffffff 01000001 a2" + "c4 01000001 a3",
    messages: [
      { type: 8, streamId: 1, time: 0x01000000, payload: "a0" },
      { type: 8, streamId: 1, time: 0x02000000, payload: "a1" },
      { type: 8, streamId: 1, time: 0x03000001, payload: "a2" },
      { type: 8, streamId: 1, time: 0x04000002, payload: "a3" },
    ],
  },
  {
    name: "an extended timestamp of exactly 0xffffff",
    input: "04 ffffff 000001 08 01000000 00ffffff a0",
    messages: [{ type: 8, streamId: 1, time: 0xffffff, payload: "a0" }],
  },
  {
    name: "a continuation that repeats the extended timestamp",
    input: "04 ffffff 000082 08 01000000 01000000" + "11".repeat(128) + "c4 01000000 2222",
    messages: [{
      type: 8,
      streamId: 1,
      time: 0x01000000,
      payload: "11".repeat(128) + "2222",
    }],
  },
  {
    name: "a continuation without the extended timestamp, as some senders have it",
    input: "04 ffffff 000086 08 01000000 01000000" + "11".repeat(128) + "c4 222222222222" +
      "05 000000 000001 08 01000000 33",
    messages: [
      { type: 8, streamId: 1, time: 0x01000000, payload: "11".repeat(128) + "222222222222" },
      { type: 8, streamId: 1, time: 0, payload: "33" },
    ],
  },
  {
    name: "a short continuation without the extended timestamp, then another message",
    input: "04 ffffff 000081 08 01000000 01000000" + "11".repeat(128) + "c4 22" +
      "05 000000 000001 08 01000000 33",
    messages: [
      { type: 8, streamId: 1, time: 0x01000000, payload: "11".repeat(128) + "22" },
      { type: 8, streamId: 1, time: 0, payload: "33" },
    ],
  },
  {
    name: "a time that wraps at 2^32",
    input: "04 ffffff 000001 08 01000000 fffffff0 a0" + "84 000020 a1",
    messages: [
      { type: 8, streamId: 1, time: 0xfffffff0, payload: "a0" },
      { type: 8, streamId: 1, time: 0x10, payload: "a1" },
    ],
  },
  {
    name: "two messages that interleave",
    input: "04 000000 000081 08 01000000" + "11".repeat(128) +
      "06 000000 000081 09 01000000" + "22".repeat(128) + "c4 12" + "c6 23",
    messages: [
      { type: 8, streamId: 1, time: 0, payload: "11".repeat(128) + "12" },
      { type: 9, streamId: 1, time: 0, payload: "22".repeat(128) + "23" },
    ],
  },
  {
    name: "an aborted message",
    input: "04 000000 000081 08 01000000" + "11".repeat(128) + "02 000000 000004 02 00000000" +
      "00000004" + "04 000000 000001 08 01000000 aa",
    messages: [{ type: 8, streamId: 1, time: 0, payload: "aa" }],
  },
  {
    name: "a full header in the middle of a message, which gives it up",
    input: "04 000000 000081 08 01000000" + "11".repeat(128) + "04 000000 000001 08 01000000 aa",
    messages: [{ type: 8, streamId: 1, time: 0, payload: "aa" }],
  },
  {
    name: "a chunk size that changes in the middle of another message",
    input: "04 000000 000084 08 01000000" + "11".repeat(128) +
      "02 000000 000004 01 00000000 00000002" + "c4 2222" + "c4 3333",
    messages: [{ type: 8, streamId: 1, time: 0, payload: "11".repeat(128) + "22223333" }],
  },
] as const;

for (const { name, input, messages } of cases) {
  const expected = messages.map((message) => ({ ...message, payload: bytes(message.payload) }));
  for (const step of [1, 2, 3, 7, 1000]) {
    Deno.test(`chunk reader reads ${name}, ${step} bytes at a time`, () => {
      assert.deepEqual(readAll(bytes(input), step), expected);
    });
  }
  Deno.test(`chunk reader stops after any message of ${name}, and goes on`, () => {
    const reader = new ChunkReader();
    const got: WireMessage[] = [];
    const whole = bytes(input);
    let calls = 0;
    for (let at = 0; at < whole.length; calls++) {
      at += reader.readChunks(whole.subarray(at), (message) => {
        got.push(message);
        return true;
      });
    }
    assert.deepEqual(got, expected);
    assert(calls >= expected.length);
  });
  Deno.test(`chunk reader waits at every byte of ${name}`, () => {
    const whole = bytes(input);
    for (let end = 0; end < whole.length; end++) {
      assert.ok(readAll(whole.subarray(0, end)).length <= messages.length);
    }
  });
}

Deno.test("chunk reader reads every form of chunk stream id", () => {
  for (const id of [2, 3, 63, 64, 65, 319, 320, 575, 576, 65599]) {
    const out = new ByteWriter();
    const header = { chunkStreamId: id, type: 9, streamId: 1, time: 5 };
    writeMessage(out, header, pattern(300, id), 128);
    const size = id < 64 ? 1 : id < 320 ? 2 : 3;
    assert.equal(out.length, 300 + 11 + 3 * size, `chunk stream ${id}`);
    const expected = { type: 9, streamId: 1, time: 5, payload: pattern(300, id) };
    assert.deepEqual(readAll(out.view(), 1), [expected]);
  }
});

Deno.test("chunk reader keeps chunk streams apart when ids differ only in the third byte", () => {
  const out = new ByteWriter();
  for (const id of [64, 320, 65599]) {
    writeBasicHeader(out, 0, id);
    out.bytes(bytes("000001 000081 08 01000000")).bytes(pattern(128, id));
  }
  for (const id of [65599, 64, 320]) writeBasicHeader(out, 3, id), out.u8(id & 0xff);
  const ends = readAll(out.view(), 5).map(({ payload }) => payload[128]);
  assert.deepEqual(ends, [65599 & 0xff, 64, 320 & 0xff]);
});

Deno.test("chunk reader gives back what the writer wrote, however it is cut", () => {
  const message = fc.record({
    chunkStreamId: fc.integer({ min: 2, max: 65599 }),
    type: fc.constantFrom(8, 9, 18, 20),
    streamId: fc.integer({ min: 0, max: 0xffffffff }),
    time: fc.oneof(
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.integer({ min: 0xfffffe, max: 0x1000001 }),
    ),
    payload: fc.integer({ min: 0, max: 700 }).map((size) => pattern(size)),
  });
  fc.assert(fc.property(
    fc.array(message, { maxLength: 8 }),
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 1, max: 400 }),
    (messages, chunkSize, step) => {
      const out = new ByteWriter();
      out.bytes(bytes("02 000000 000004 01 00000000")).u32(chunkSize);
      for (const { payload, ...header } of messages) writeMessage(out, header, payload, chunkSize);
      const reader = new ChunkReader();
      assert.deepEqual(
        readAll(out.view(), step, reader),
        messages.map(({ chunkStreamId: _, ...rest }) => rest),
      );
      assert.equal(reader.partialBytes, 0);
    },
  ));
});

for (
  const [name, type, payload] of [
    ["a chunk size of no bytes", 1, ""],
    ["a chunk size of 2 bytes", 1, "0001"],
    ["an abort of 1 byte", 2, "00"],
    ["an abort of 3 bytes", 2, "000000"],
  ] as const
) {
  Deno.test(`chunk reader does not obey ${name}, gives it, and goes on`, () => {
    const body = bytes(payload);
    const head = bytes(`02 000000 00000${body.length} 0${type} 00000000`);
    const reader = new ChunkReader();
    const input = joined(head, body, bytes("04 000000 000001 08 01000000 09"));
    assert.deepEqual(readAll(input, 3, reader), [
      { type, streamId: 0, time: 0, payload: body },
      { type: 8, streamId: 1, time: 0, payload: bytes("09") },
    ]);
    assert.equal(reader.chunkSize, 128);
  });
}

const refused = [
  ["a chunk size of 0", "02 000000 000004 01 00000000 00000000", /chunk size of 0/],
  ["a chunk size with the highest bit", "02 000000 000004 01 00000000 80000000", /chunk size/],
  ["a chunk stream that begins with type 3", "c7 00", /chunk stream 7 begins without/],
  ["a chunk stream that begins with type 2", "87 000001 00", /chunk stream 7 begins without/],
  ["a message longer than the limit", "04 000000 400001 08 01000000", /4194305 bytes/],
] as const;

for (const [name, input, message] of refused) {
  Deno.test(`chunk reader refuses ${name}`, () => {
    assert.throws(
      () => readAll(bytes(input)),
      (error) => error instanceof ProtocolError && message.test(error.message),
    );
  });
}

Deno.test("chunk reader holds what has come of a message, not what was announced", () => {
  const reader = new ChunkReader();
  readAll(joined(bytes("04 000000 3fffff 09 01000000"), pattern(100)), 10, reader);
  assert.ok(reader.partialBytes <= 4096, `${reader.partialBytes} bytes held for 100`);
});

Deno.test("chunk reader refuses many unfinished messages beyond the bytes it may hold", () => {
  const reader = new ChunkReader({ message: 100_000, partial: 20_000 });
  const part = (id: number) => joined(bytes(`0${id} 000000 004000 09 01000000`), pattern(128));
  for (const id of [3, 4, 5, 6]) readAll(part(id), 64, reader);
  assert.equal(reader.partialBytes, 4 * 4096);
  assert.throws(() => readAll(part(7), 64, reader), /more than 20000 bytes of unfinished/);
});

Deno.test("chunk reader refuses more chunk streams than any client has", () => {
  const out = new ByteWriter();
  for (let id = 2; id < 2 + 1025; id++) {
    writeMessage(out, { chunkStreamId: id, type: 8, streamId: 1, time: 0 }, pattern(0), 128);
  }
  assert.throws(() => readAll(out.view()), /more than 1024 chunk streams/);
});
