import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { decodeBody } from "../../src/protocols/http/body.ts";
import { FakeClock } from "../support/fake_clock.ts";

const GZIP = new Map([["content-encoding", "gzip"]]);
const MEGABYTE = 1_048_576;

/** Runs `body` and returns how many bytes were inflated meanwhile. */
async function inflatedDuring(body: () => Promise<void>): Promise<number> {
  const { DecompressionStream } = globalThis;
  let total = 0;
  globalThis.DecompressionStream = class {
    readonly writable: WritableStream<BufferSource>;
    readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
    constructor(format: CompressionFormat) {
      const inner = new DecompressionStream(format);
      this.writable = inner.writable;
      this.readable = inner.readable.pipeThrough(
        new TransformStream({
          transform(part, controller) {
            total += part.length;
            controller.enqueue(part);
          },
        }),
      );
    }
  };
  try {
    await body();
  } finally {
    globalThis.DecompressionStream = DecompressionStream;
  }
  return total;
}

Deno.test("little is inflated of a body that grows past its limit", async () => {
  const body = gzipSync(new Uint8Array(64 * MEGABYTE));
  const total = await inflatedDuring(() =>
    rejects(
      Promise.resolve(decodeBody(GZIP, body, { limit: 100_000, clock: new FakeClock() })),
      { status: 413, message: "A body has at most 100000 bytes here" },
    )
  );
  ok(total < 7 * MEGABYTE, `${total} bytes`);
});

Deno.test("others have a turn after each megabyte of an inflated body", async () => {
  const clock = new FakeClock();
  const whole = new Uint8Array(10 * MEGABYTE).fill(7);
  let inflated: Uint8Array | undefined;
  const decoding = Promise.resolve(
    decodeBody(GZIP, gzipSync(whole), { limit: whole.length, clock }),
  )
    .then((bytes) => inflated = bytes);
  let turns = 0;
  while (inflated === undefined) {
    // All that can be done before the next turn.
    await new Promise<void>((resume) => setTimeout(resume));
    if (clock.timers > 0) turns++;
    clock.advance(0);
  }
  await decoding;
  deepEqual(inflated, whole);
  ok(turns >= 4, `${turns} turns`);
  equal(clock.timers, 0);
});
