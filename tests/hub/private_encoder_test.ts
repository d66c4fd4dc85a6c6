import { deepEqual, equal } from "node:assert/strict";
import { ChainedMessage, Client, Hub } from "../../src/hub/mod.ts";
import type { MediaEncoder, MediaMessage } from "../../src/media/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { decided } from "../support/decided.ts";

const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 2);
const INTER = Uint8Array.of(0x27, 1, 0, 0, 0, 3);
const SINK = { ready() {}, overrun() {}, status() {} };

function newClient(): Client {
  return new Client({
    protocol: "HTTP",
    address: "127.0.0.1:1",
    path: "",
    query: "",
    properties: new Map(),
  });
}

/** Writes each message's time, and keeps them all. */
class NotingEncoder implements MediaEncoder {
  readonly seen: MediaMessage[] = [];
  readonly key: string;
  readonly isPrivate: boolean;

  constructor(key: string, isPrivate: boolean) {
    this.key = key;
    this.isPrivate = isPrivate;
  }

  encode(message: MediaMessage, out: { u8(value: number): unknown }): void {
    this.seen.push(message);
    out.u8(message.time);
  }
}

Deno.test("no message keeps the bytes of a private encoder, and each is encoded once", () => {
  for (const isPrivate of [true, false]) {
    const hub = new Hub({ clock: new FakeClock(), gop: true });
    const publication = decided(hub.publish(newClient(), "film", { close() {} }));
    const listener = decided(hub.subscribe(newClient(), "film", SINK));
    const encoder = new NotingEncoder("noting", isPrivate);
    const stream = publication.stream(listener, encoder);
    publication.video(0, KEY);
    for (let time = 1; time < 10; time++) publication.video(time, INTER);
    publication.flush();
    const times: number[] = [];
    // One byte wanted: each piece ends before a message that is already encoded.
    for (let bytes = stream.takeBytes(1); bytes; bytes = stream.takeBytes(1)) times.push(...bytes);
    deepEqual(times, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    deepEqual(encoder.seen.map(({ time }) => time), times);
    const kept = encoder.seen.filter((message) =>
      message instanceof ChainedMessage && message.encoded.some((bytes) => bytes !== undefined)
    );
    equal(kept.length, isPrivate ? 1 : 10);
  }
});
