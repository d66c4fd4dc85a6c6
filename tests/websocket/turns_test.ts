import { deepEqual, equal } from "node:assert/strict";
import { FrameReader } from "../../src/protocols/websocket/wire/frame_reader.ts";

/** A text frame of a client, masked with zeros. */
function frame(text: string): number[] {
  const payload = [...new TextEncoder().encode(text)];
  return [0x81, 0x80 | payload.length, 0, 0, 0, 0, ...payload];
}

function readerOf(seen: string[], sink: { isWaiting?: boolean } = {}) {
  const onText = (bytes: Uint8Array) => void seen.push(new TextDecoder().decode(bytes));
  const none = () => {};
  return new FrameReader(
    Object.assign(sink, { onText, onBinary: none, onPing: none, onPong: none, onClose: none }),
    1000,
  );
}

/** A turn that is over after so many frames. */
function turnOf(frames: number) {
  let left = frames;
  return { now: 0, spend: () => --left <= 0 };
}

Deno.test("frames behind the end of a turn are not taken, wherever the input was cut", () => {
  const input = Uint8Array.from(["one", "two", "three", "four", "five"].flatMap(frame));
  for (let cut = 0; cut <= input.length; cut++) {
    const seen: string[] = [];
    const reader = readerOf(seen);
    for (const part of [input.subarray(0, cut), input.subarray(cut)]) {
      let at = 0;
      // What was read in a turn is copied into a buffer that is used again.
      while (at < part.length) at += reader.readFrames(part.slice(at), turnOf(2));
    }
    deepEqual(seen, ["one", "two", "three", "four", "five"], `cut at ${cut}`);
  }
});

Deno.test("a turn of one frame leaves all others", () => {
  const seen: string[] = [];
  const reader = readerOf(seen);
  const input = Uint8Array.from([...frame("one"), ...frame("two")]);
  equal(reader.readFrames(input, turnOf(1)), frame("one").length);
  deepEqual(seen, ["one"]);
});

Deno.test("no frame is read while the sink waits", () => {
  const seen: string[] = [];
  const sink = { isWaiting: true };
  const reader = readerOf(seen, sink);
  const input = Uint8Array.from([...frame("one"), ...frame("two")]);
  const taken = reader.readFrames(input);
  deepEqual(seen, ["one"]);
  sink.isWaiting = false;
  reader.readFrames(input.subarray(taken));
  deepEqual(seen, ["one", "two"]);
});
