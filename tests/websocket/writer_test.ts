import assert from "node:assert/strict";
import { ByteWriter, encodeText } from "../../src/bytes/mod.ts";
import { ValueReader } from "../../src/codecs/mod.ts";
import { Invocation, invoke } from "../../src/hub/mod.ts";
import { SocketWriter } from "../../src/protocols/websocket/writer.ts";

/** What a script's writer sends for one invocation. */
function sent(name: string, value: string): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const writer = new SocketWriter(() => {});
  writer.open({ send: (bytes) => void frames.push(bytes) });
  writer.writeInvocation(name, new ValueReader([value]));
  return frames;
}

Deno.test("an invocation is one text frame whose header has the length that it needs", () => {
  for (const size of [0, 119, 120, 121, 122, 500, 65_529, 65_530, 65_531, 100_000]) {
    const value = "x".repeat(size);
    const text = encodeText(JSON.stringify(["f", value]));
    // RFC 6455 §5.2: FIN and text, then the length in 7 bits, 16 or 64.
    const whole = new ByteWriter().u8(0x81);
    if (text.length < 126) whole.u8(text.length);
    else if (text.length < 65_536) whole.u8(126).u16(text.length);
    else whole.u8(127).u32(0).u32(text.length);
    assert.deepEqual(sent("f", value), [whole.bytes(text).take()], `${size} characters`);
  }
});

Deno.test("invocations of other names, one after another, each say theirs", () => {
  const texts = ["a", "b", "a", ""].flatMap((name) => sent(name, "x"))
    .map((bytes) => new TextDecoder().decode(bytes.subarray(2)));
  assert.deepEqual(texts, ['["a","x"]', '["b","x"]', '["a","x"]', '["","x"]']);
});

Deno.test("a call for many sockets is one frame, the same bytes for each", () => {
  const frames: Uint8Array[] = [];
  let readers = 0;
  const invocation = new Invocation("f", () => {
    readers++;
    return new ValueReader(["x", 1]);
  });
  for (let socket = 0; socket < 3; socket++) {
    const writer = new SocketWriter(() => {});
    writer.open({ send: (bytes) => void frames.push(bytes) });
    invoke(writer, invocation);
    writer.end();
    invoke(writer, invocation);
  }
  assert.deepEqual(frames, Array(3).fill(Uint8Array.of(0x81, 11, ...encodeText('["f","x",1]'))));
  assert.ok(frames.every((bytes) => bytes === frames[0]));
  assert.equal(readers, 1);
});
