import { deepEqual, equal } from "node:assert/strict";
import { CONTAINERS, type MediaEncoder, type MediaMessage } from "../../src/media/mod.ts";
import { AAC, audio, AVC, stream, video } from "../media/mp4_scene.ts";
import { readTransport } from "../media/transport_reader.ts";
import { decided } from "../support/decided.ts";
import { PUBLISHER, setUp } from "./scene.ts";

/** Counts the pictures that it is given, and writes the number of each. */
class CountingEncoder implements MediaEncoder {
  readonly key = "counting";
  readonly isOrdered = true;
  readonly times: number[] = [];

  encode({ time, kind, role }: MediaMessage, out: { u8(value: number): unknown }): void {
    if (kind === "video" && role !== "config") out.u8(this.times.push(time));
  }
}

function published(gop = false) {
  const { hub, connect } = setUp({ gop });
  const publication = decided(hub.publish(connect(), "film", PUBLISHER));
  const push = (messages: readonly MediaMessage[]) => {
    for (const { kind, time, payload } of messages) {
      if (kind === "video") publication.video(time, payload);
      else publication.audio(time, payload);
    }
    publication.flush();
  };
  push([video(0, AVC), audio(0, AAC)]);
  const tap = (encoder: MediaEncoder) => {
    const tap = hub.tap({ name: "film", encoder, onReady: () => {}, onOverrun: () => {} });
    return { tap, taken: () => [...all(() => tap.takeBytes(100_000))] };
  };
  return { push, tap };
}

function* all(take: () => Uint8Array | undefined): Generator<number> {
  for (let bytes = take(); bytes !== undefined; bytes = take()) yield* bytes;
}

const pictures = (start: number, length: number) =>
  stream(start, length, { hasAudio: false, group: 5 });

Deno.test("an encoder with a state sees each message once and in order, whoever comes first", () => {
  const { push, tap } = published();
  const encoder = new CountingEncoder();
  const slow = tap(encoder);
  push(pictures(0, 400));
  const late = tap(new CountingEncoder());
  push(pictures(400, 400));
  const seen = late.taken();
  equal(seen.length, 10);
  deepEqual(slow.taken().slice(-10), seen);
  deepEqual(encoder.times, Array.from({ length: 20 }, (_, index) => index * 40));
});

Deno.test("who begins before what such an encoder has seen has one of its own", () => {
  const { push, tap } = published(true);
  const first = tap(new CountingEncoder());
  first.taken();
  push(pictures(0, 400));
  first.taken();
  first.tap.close();
  const encoder = new CountingEncoder();
  const young = tap(encoder);
  push(pictures(400, 40));
  young.taken();
  const before = encoder.times.length;
  const past = tap(new CountingEncoder());
  past.taken();
  equal(encoder.times.length, before);
});

Deno.test("who comes later finds a whole transport stream, of the bytes that the others have", () => {
  const { push, tap } = published();
  const encoder = () => CONTAINERS.get("ts")!.encoder();
  const early = tap(encoder());
  push(stream(0, 400));
  const late = tap(encoder());
  push(stream(400, 800));
  const whole = Uint8Array.from(early.taken());
  const part = Uint8Array.from(late.taken());
  const read = readTransport(part);
  equal(readTransport(whole).pes.length > read.pes.length, true);
  equal(read.pmts.length > 0, true);
  deepEqual(part, whole.subarray(-part.length));
});
