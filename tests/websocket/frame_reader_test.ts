import { deepEqual, throws } from "node:assert/strict";
import { FrameReader } from "../../src/protocols/websocket/wire/frame_reader.ts";

const key = [0x9a, 2, 0xff, 4];

/** A client's frame of random bytes, or of letters. */
function frame(first: number, size: number): { bytes: Uint8Array; payload: Uint8Array } {
  const payload = Uint8Array.from(
    { length: size },
    (_, at) => (at * 7) % (first === 0x82 ? 256 : 128),
  );
  const length = size < 126 ? [0x80 | size] : [0x80 | 126, size >> 8, size & 255];
  const masked = payload.map((byte, at) => byte ^ key[at & 3]!);
  return { bytes: Uint8Array.of(first, ...length, ...key, ...masked), payload };
}

for (const [name, first] of [["text", 0x81], ["binary", 0x82], ["ping", 0x89]] as const) {
  Deno.test(`the mask is taken off a ${name} frame of every size`, () => {
    const seen: Uint8Array[] = [];
    const keep = (bytes: Uint8Array) => void seen.push(bytes.slice());
    const sink = { onText: keep, onBinary: keep, onPing: keep, onPong: keep, onClose: () => {} };
    const reader = new FrameReader(sink, 10_000);
    const sizes = [0, 1, 2, 3, 4, 5, 63, 64, 65, 66, 67, 68, 125];
    if (name !== "ping") sizes.push(126, 500, 1_023, 1_024, 1_025, 4_000);
    const frames = sizes.map((size) => frame(first, size));
    for (const { bytes } of frames) reader.readFrames(bytes);
    deepEqual(seen, frames.map(({ payload }) => payload));
  });
}

Deno.test("a message in binary is its receiver's, whatever comes after it", () => {
  const kept: Uint8Array[] = [];
  const keep = (bytes: Uint8Array) => void kept.push(bytes);
  const sink = { onText: keep, onBinary: keep, onPing: keep, onPong: keep, onClose: () => {} };
  const reader = new FrameReader(sink, 10_000);
  const { bytes, payload } = frame(0x82, 20);
  reader.readFrames(bytes);
  bytes.fill(0);
  deepEqual(kept, [payload]);
  deepEqual(kept[0]!.buffer.byteLength, 20);
});

Deno.test("a message has so many frames, be they empty, and the next one as many", () => {
  let whole = 0;
  const count = () => void whole++;
  const sink = { onText: count, onBinary: count, onPing: count, onPong: count, onClose: () => {} };
  const reader = new FrameReader(sink, 10_000);
  const { bytes: first } = frame(0x02, 0);
  const { bytes: last } = frame(0x80, 0);
  const middle = new Uint8Array(6 * 131_071);
  for (let at = 0; at < middle.length; at += 6) middle.set(frame(0, 0).bytes, at);
  for (let message = 1; message <= 2; message++) {
    reader.readFrames(first);
    reader.readFrames(middle);
    reader.readFrames(last);
    deepEqual(whole, message);
  }
  reader.readFrames(first);
  reader.readFrames(middle);
  throws(() => reader.readFrames(frame(0, 0).bytes), {
    name: "FrameError",
    code: 1009,
    message: "a message has at most 131072 frames",
  });
});
