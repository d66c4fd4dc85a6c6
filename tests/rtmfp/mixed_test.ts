import assert from "node:assert/strict";
import { ByteWriter, hex } from "../../src/bytes/mod.ts";
import { writeFlvHeader } from "../../src/media/mod.ts";
import type { WireMessage } from "../../src/protocols/rtmp/wire/chunk_reader.ts";
import { until, withServer } from "../http/support.ts";
import { RtmpPeer } from "../support/rtmp_peer.ts";
import { FlashServer, type Heard, play, publish } from "./flash_client.ts";

type Frame = readonly [type: 8 | 9, time: number, payload: Uint8Array];

/** Codec headers, then pictures of more than one datagram, every fifth a key frame, and sound. */
const film: readonly Frame[] = [
  [9, 0, Uint8Array.of(0x17, 0, 0, 0, 0, 1)],
  [8, 0, Uint8Array.of(0xaf, 0, 0x12, 0x10)],
  ...Array.from({ length: 10 }, (_, i): Frame[] => [
    [9, i * 40, picture(i)],
    [8, i * 40 + 5, Uint8Array.of(0xaf, 1, i)],
  ]).flat(),
];

function picture(i: number): Uint8Array {
  const bytes = new Uint8Array(3000).fill(i);
  bytes.set([i % 5 === 0 ? 0x17 : 0x27, 1, 0, 0, 0]);
  return bytes;
}

type Seen = Pick<Heard | WireMessage, "type" | "time" | "payload">;

/** Audio or video that a player received, in a form to compare. */
function track(messages: readonly Seen[], type: number): [time: number, payload: string][] {
  return messages.filter((each) => each.type === type).map((each) => [
    each.time,
    hex(each.payload),
  ]);
}

function sent(type: number): [time: number, payload: string][] {
  return film.filter((frame) => frame[0] === type).map(([, time, bytes]) => [time, hex(bytes)]);
}

Deno.test("what is published over RTMFP reaches players of RTMFP, RTMP and HTTP whole", async () => {
  await withServer({}, async ({ hub, clock, connect }) => {
    const server = new FlashServer({ latency: 10, loss: 0.02 }, {}, { hub, clock });
    const publisher = server.connected(5000);
    const flash = server.connected(5001);
    const out = publish(server, publisher, "cam");
    play(server, flash, "cam");
    const rtmp = new RtmpPeer(hub);
    rtmp.command(rtmp.ready(), "play", "cam");
    const http = await connect();
    const [response] = await Promise.all([
      http.ask("GET", "/live/cam.flv"),
      until(() => hub.publication("cam")?.listeners.size === 3).then(() => {
        for (const [type, time, payload] of film) publisher.send(out, type, time, payload);
        clock.advance(3000);
      }),
    ]);
    assert.equal(response.status, 200);
    const overRtmp = rtmp.take();
    for (const type of [8, 9]) {
      assert.deepEqual(track(flash.heard, type), sent(type));
      assert.deepEqual(track(overRtmp, type), sent(type));
    }
    assert.deepEqual(await flvTracks(http), { 8: sent(8), 9: sent(9) });
    await server.close();
  });
});

Deno.test("what is published over RTMP reaches a player of RTMFP whole, late ones too", async () => {
  const server = new FlashServer({ latency: 30, jitter: 10, loss: 0.05 });
  const { hub, clock } = server;
  const publisher = new RtmpPeer(hub);
  const out = publisher.ready();
  publisher.command(out, "publish", "cam");
  const early = server.connected(5000);
  play(server, early, "cam");
  for (const [type, time, payload] of film.slice(0, 12)) {
    publisher.message(out, { type, payload }, time);
  }
  clock.advance(2000);
  const late = server.connected(5001);
  play(server, late, "cam");
  for (const [type, time, payload] of film.slice(12)) {
    publisher.message(out, { type, payload }, time);
  }
  clock.advance(3000);
  for (const type of [8, 9]) assert.deepEqual(track(early.heard, type), sent(type));
  const [header, first] = track(late.heard, 9);
  assert.deepEqual(header?.[1], hex(film[0]![2]));
  assert.deepEqual(first, [200, hex(picture(5))]);
  publisher.command(out, "closeStream");
  server.until(() => late.statuses.includes("NetStream.Play.UnpublishNotify"));
  await server.close();
});

/** The tags that an HTTP player gets, as many as the film has. */
async function flvTracks(client: { bytes(count: number): Promise<Uint8Array> }) {
  const head = new ByteWriter();
  writeFlvHeader(head, true, true);
  assert.equal(hex(await client.bytes(head.length)), hex(head.take()));
  const found: Record<number, [time: number, payload: string][]> = { 8: [], 9: [] };
  for (let i = 0; i < film.length; i++) {
    const tag = await client.bytes(11);
    const size = (tag[1]! << 16) | (tag[2]! << 8) | tag[3]!;
    const time = (tag[7]! << 24) | (tag[4]! << 16) | (tag[5]! << 8) | tag[6]!;
    const payload = (await client.bytes(size + 4)).subarray(0, size);
    found[tag[0]!]?.push([time, hex(payload)]);
  }
  return found;
}
