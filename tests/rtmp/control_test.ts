import assert from "node:assert/strict";
import { ProtocolError } from "../../src/bytes/mod.ts";
import {
  type ControlMessage,
  decodeControl,
  encodeControl,
  isControl,
} from "../../src/protocols/rtmp/wire/control.ts";
import { decodeUserControl, encodeUserControl } from "../../src/flash/mod.ts";
import { bytes } from "./wire_bytes.ts";

/** Payloads after §5.4 of the RTMP specification 1.0. */
const controls: { name: string; message: ControlMessage; bytes: string }[] = [
  { name: "Set Chunk Size", message: { type: 1, size: 65536 }, bytes: "00010000" },
  { name: "Abort", message: { type: 2, chunkStreamId: 65599 }, bytes: "0001003f" },
  { name: "Acknowledgement", message: { type: 3, received: 0xfffffffe }, bytes: "fffffffe" },
  { name: "Window Size", message: { type: 5, size: 2_500_000 }, bytes: "002625a0" },
  {
    name: "Set Peer Bandwidth, hard",
    message: { type: 6, size: 2_500_000, limit: "hard" },
    bytes: "002625a000",
  },
  {
    name: "Set Peer Bandwidth, dynamic",
    message: { type: 6, size: 2_500_000, limit: "dynamic" },
    bytes: "002625a002",
  },
];

for (const { name, message, bytes: hexadecimal } of controls) {
  Deno.test(`${name} is written and read back`, () => {
    assert.deepEqual(encodeControl(message), bytes(hexadecimal));
    assert.deepEqual(decodeControl(message.type, bytes(hexadecimal)), message);
  });
  Deno.test(`${name} is refused at every length that is too short`, () => {
    const whole = bytes(hexadecimal);
    for (let end = 0; end < whole.length; end++) {
      assert.throws(() => decodeControl(message.type, whole.subarray(0, end)), ProtocolError);
    }
  });
}

Deno.test("user control and media are no control messages", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].filter(isControl), [1, 2, 3, 5, 6]);
});

Deno.test("an unknown limit type counts as dynamic", () => {
  assert.deepEqual(decodeControl(6, bytes("0000000109")), { type: 6, size: 1, limit: "dynamic" });
});

/** Payloads after §7.1.7. */
const events = [
  { name: "Stream Begin", control: { event: 0, values: [1] }, bytes: "0000 00000001" },
  { name: "Stream EOF", control: { event: 1, values: [1] }, bytes: "0001 00000001" },
  {
    name: "Set Buffer Length",
    control: { event: 3, values: [1, 3000] },
    bytes: "0003 00000001 00000bb8",
  },
  { name: "Ping Request", control: { event: 6, values: [0xfffffff0] }, bytes: "0006 fffffff0" },
];

for (const { name, control, bytes: hexadecimal } of events) {
  Deno.test(`${name} is written and read back`, () => {
    assert.deepEqual(encodeUserControl(control), bytes(hexadecimal));
    assert.deepEqual(decodeUserControl(bytes(hexadecimal)), control);
  });
}

Deno.test("a user control message without an event is refused, one with odd bytes behind is not", () => {
  assert.throws(() => decodeUserControl(bytes("00")), ProtocolError);
  assert.deepEqual(decodeUserControl(bytes("0006 00")), { event: 6, values: [] });
});
