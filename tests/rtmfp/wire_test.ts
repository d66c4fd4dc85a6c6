import assert from "node:assert/strict";
import { ByteReader, ByteWriter, fromHex, hex, ProtocolError } from "../../src/bytes/mod.ts";
import {
  readAcknowledgement,
  writeAcknowledgement,
} from "../../src/protocols/rtmfp/wire/acknowledgement.ts";
import { addressText, Origin, parseAddress } from "../../src/protocols/rtmfp/wire/address.ts";
import { Chunk, nextChunk } from "../../src/protocols/rtmfp/wire/chunk.ts";
import { readOptions } from "../../src/protocols/rtmfp/wire/option.ts";
import { Mode, readPacketHeader, timestampOf } from "../../src/protocols/rtmfp/wire/packet.ts";
import * as startup from "../../src/protocols/rtmfp/wire/startup_chunks.ts";
import { flowOptions, Part, UserData } from "../../src/protocols/rtmfp/wire/user_data.ts";
import { chunkVectors } from "../vectors/rtmfp_chunks.ts";

function bytes(text: string): Uint8Array {
  return fromHex(text) ?? assert.fail(`"${text}" is not hexadecimal`);
}

function reader(text: string): ByteReader {
  return new ByteReader(bytes(text));
}

/** Reads a chunk's payload and writes what was read as a whole chunk. */
function again(type: number, input: ByteReader, output: ByteWriter): void {
  switch (type) {
    case Chunk.initiatorHello:
      return startup.writeInitiatorHello(output, startup.readInitiatorHello(input));
    case Chunk.forwardedHello:
      return startup.writeForwardedHello(output, startup.readForwardedHello(input), Origin.remote);
    case Chunk.responderHello:
      return startup.writeResponderHello(output, startup.readResponderHello(input));
    case Chunk.responderRedirect: {
      const { tag, addresses } = startup.readResponderRedirect(input);
      const withOrigin = addresses.map((a) => ({ ...a, origin: Origin.local, ...a }));
      return startup.writeResponderRedirect(output, tag, withOrigin);
    }
    case Chunk.cookieChange:
      return startup.writeCookieChange(output, startup.readCookieChange(input));
    case Chunk.initiatorKeying:
      return startup.writeInitiatorKeying(output, startup.readInitiatorKeying(input));
    case Chunk.responderKeying:
      return startup.writeResponderKeying(output, startup.readResponderKeying(input));
    default:
      assert.fail(`no chunk ${type}`);
  }
}

for (const { name, type, hex: payload } of chunkVectors) {
  Deno.test(`${name} is read and written byte for byte, and cut short is refused or shorter`, () => {
    const output = new ByteWriter();
    again(type, reader(payload), output);
    const length = (payload.length / 2).toString(16).padStart(4, "0");
    assert.equal(hex(output.view()), type.toString(16).padStart(2, "0") + length + payload);
    for (let cut = 0; cut < payload.length; cut += 2) {
      const shorter = new ByteWriter();
      try {
        again(type, reader(payload.slice(0, cut)), shorter);
      } catch (error) {
        assert(error instanceof ProtocolError, String(error));
        continue;
      }
      assert.equal(hex(shorter.view()).slice(6), payload.slice(0, cut));
    }
  });
}

Deno.test("the fields of a keying are the ones that were sent", () => {
  const keying = startup.readInitiatorKeying(
    reader(chunkVectors.find(({ name }) => name === "initiator keying")!.hex),
  );
  assert.equal(keying.sessionId, 0x01020304);
  assert.equal(hex(keying.cookie), "c00c");
  assert.equal(hex(keying.certificate), "02150e");
  assert.equal(hex(keying.signature), "58");
});

Deno.test("a tag that is too long is refused", () => {
  assert.throws(() => startup.readInitiatorHello(reader("00" + "aa".repeat(65))), ProtocolError);
});

Deno.test("addresses in text are told apart from host names", () => {
  assert.deepEqual(parseAddress("192.0.2.1:1935"), { host: "192.0.2.1", port: 1935 });
  assert.deepEqual(parseAddress("[2001:db8::1]:19"), { host: "2001:db8::1", port: 19 });
  assert.deepEqual(parseAddress("192.0.2.1", 1935), { host: "192.0.2.1", port: 1935 });
  assert.deepEqual(parseAddress("::ffff:192.0.2.1", 7), { host: "192.0.2.1", port: 7 });
  for (
    const wrong of [
      "",
      "host:1",
      "192.0.2.1",
      "192.0.2:1",
      "192.0.2.1:0",
      "192.0.2.1:65536",
      "1:2:3",
    ]
  ) {
    assert.equal(parseAddress(wrong), undefined, wrong);
  }
  assert.equal(addressText({ host: "2001:db8::1", port: 19 }), "[2001:db8::1]:19");
});

Deno.test("a packet's header has the timestamps that its flags announce", () => {
  assert.deepEqual(readPacketHeader(reader("8d12345678")), {
    mode: Mode.initiator,
    timeCritical: true,
    timeCriticalReverse: false,
    timestamp: 0x1234,
    timestampEcho: 0x5678,
  });
  const plain = readPacketHeader(reader("42"));
  assert.equal(plain.timeCriticalReverse, true);
  assert.equal(plain.timestamp, undefined);
  assert.equal(plain.mode, Mode.responder);
  assert.throws(() => readPacketHeader(reader("00")), ProtocolError);
  assert.throws(() => readPacketHeader(reader("0812")), ProtocolError);
  assert.equal(timestampOf(4 * 0x10000 + 9), 2);
});

Deno.test("chunks end where padding of either kind begins", () => {
  for (const padding of ["", "ff", "ffffff", "ffffffffff", "00", "0000"]) {
    const input = reader("010002aabb" + "410000" + padding);
    const chunk = { type: 0, end: 0 };
    const types: number[] = [];
    while (nextChunk(input, chunk)) {
      types.push(chunk.type);
      input.offset = chunk.end;
    }
    assert.deepEqual(types, [1, 0x41], padding);
  }
  assert.equal(nextChunk(reader("010003aabb"), { type: 0, end: 0 }), false);
});

Deno.test("options end at the marker and never reach past their list", () => {
  const options = readOptions(reader("010a" + "02150e" + "00" + "021502"));
  assert.deepEqual(options.map(({ type, value }) => [type, hex(value)]), [[0x0a, ""], [
    0x15,
    "0e",
  ]]);
  for (const wrong of ["05", "020a", "0181", "8180"]) {
    assert.throws(() => readOptions(reader(wrong)), ProtocolError, wrong);
  }
});

Deno.test("user data carries its numbers, options and following fragments", () => {
  const data = new UserData();
  data.read(reader("90" + "02" + "8101" + "03" + "0400544304" + "020a07" + "00" + "6869"));
  assert.equal(data.part, Part.begin);
  assert.deepEqual([data.flow, data.sequence, data.forward], [2, 129, 126]);
  assert.equal(hex(data.metadata ?? assert.fail()), "544304");
  assert.equal(data.association, 7);
  assert.equal(hex(data.data), "6869");
  data.readNext(reader("21" + "6a"));
  assert.equal(data.part, Part.end);
  assert.deepEqual([data.flow, data.sequence, data.forward], [2, 130, 126]);
  assert.equal(data.metadata, undefined);
});

Deno.test("user data that cannot be is refused", () => {
  const wrong = {
    "no numbers": "00",
    "sequence number 0": "00020000",
    "forward offset past the number": "00020304",
    "options without end": "800201010400",
    "association without number": "8002010102" + "0a80" + "00",
  };
  for (const [name, text] of Object.entries(wrong)) {
    assert.throws(() => new UserData().read(reader(text)), ProtocolError, name);
  }
  assert.throws(() => new UserData().readNext(reader("00")), ProtocolError);
  const data = new UserData();
  data.read(reader("00020101"));
  data.reset();
  assert.throws(() => data.readNext(reader("00")), ProtocolError);
});

Deno.test("an option that must be understood makes the flow unacceptable, others do not", () => {
  const data = new UserData();
  data.read(reader("80020101" + "0155" + "00"));
  assert.equal(data.isUnacceptable, true);
  data.read(reader("80020101" + "02c000" + "00"));
  assert.equal(data.isUnacceptable, false);
});

Deno.test("a flow's first options are its metadata, the flow it answers and the marker", () => {
  assert.equal(hex(flowOptions(bytes("00544304"), 5)), "0500005443" + "04" + "020a05" + "00");
  assert.equal(hex(flowOptions(bytes("aa"))), "0200aa" + "00");
});

Deno.test("acknowledged ranges and bitmap say the same", () => {
  // 5 is the cumulative number; 6, 9 and 12 are missing.
  const ranges = readAcknowledgement(reader("02" + "3f" + "05" + "0001" + "0001"), Chunk.ackRanges);
  assert.deepEqual(ranges, {
    flow: 2,
    window: 63 * 1024,
    cumulative: 5,
    ranges: [{ from: 7, to: 8 }, { from: 10, to: 11 }],
  });
  const bitmap = readAcknowledgement(reader("02" + "3f" + "05" + "1b"), Chunk.ackBitmap);
  assert.deepEqual(bitmap, ranges);
});

Deno.test("a bitmap's run goes on over its bytes and to its end", () => {
  const { ranges } = readAcknowledgement(reader("02" + "01" + "05" + "80ff"), Chunk.ackBitmap);
  assert.deepEqual(ranges, [{ from: 14, to: 22 }]);
});

Deno.test("a range that the packet's end cut off is left out", () => {
  const { ranges } = readAcknowledgement(
    reader("02" + "01" + "05" + "0001" + "00"),
    Chunk.ackRanges,
  );
  assert.deepEqual(ranges, [{ from: 7, to: 8 }]);
});

Deno.test("an acknowledgement leaves out its highest ranges when they do not fit", () => {
  const ranges = [{ from: 0, to: 5 }, { from: 7, to: 8 }, { from: 10, to: 11 }];
  const ack = { flow: 2, window: 63 * 1024, cumulative: 5, ranges };
  const write = (limit: number) => {
    const output = new ByteWriter();
    return writeAcknowledgement(output, ack, limit) ? hex(output.view()) : undefined;
  };
  assert.equal(write(100), "510007" + "023f05" + "0001" + "0001");
  assert.equal(write(9), "510005" + "023f05" + "0001");
  assert.equal(write(6), "510003" + "023f05");
  assert.equal(write(5), undefined);
});
