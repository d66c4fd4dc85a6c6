import { ok } from "node:assert/strict";
import fc from "fast-check";
import { MediaMessage, Mp4Muxer, TransportFragments } from "../../src/media/mod.ts";
import { AAC, audio, AVC, stream, video } from "./mp4_scene.ts";

const MESSAGES = [video(0, AVC), audio(0, AAC), ...stream(0, 1000)];

/** Bytes at places of a message, and where it is cut. */
const change = fc.record({
  at: fc.nat(MESSAGES.length - 1),
  bytes: fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }),
  cut: fc.nat(80),
  time: fc.oneof(fc.constant(undefined), fc.nat(0xffffffff)),
});

for (const Muxer of [Mp4Muxer, TransportFragments]) {
  Deno.test(`${Muxer.name} bears whatever a publisher sends, and times of its pieces go on`, () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        let last = -Infinity;
        const muxer = new Muxer({
          init: () => {},
          fragment({ time, duration }) {
            ok(time >= last && duration > 0);
            last = time;
          },
        }, { part: 200 });
        for (const [index, { kind, role, time, payload }] of MESSAGES.entries()) {
          const own = changes.find(({ at }) => at === index);
          const bytes = own === undefined ? payload : payload.slice(0, own.cut);
          for (const [at, byte] of own?.bytes ?? []) if (at < bytes.length) bytes[at] = byte;
          muxer.push(new MediaMessage(kind, role, own?.time ?? time, bytes));
        }
        muxer.flush();
      }),
      { numRuns: 300 },
    );
  });
}
