/**
 * What FLV, MPEG-TS and fragments of MP4 cost by themselves: deno bench -A bench/media_mux.bench.ts
 * One iteration muxes a megabyte of media, so its milliseconds are CPU seconds per GB.
 */

import { ByteWriter, fromHex } from "../src/bytes/mod.ts";
import { CONTAINERS, MediaMessage, Mp4Muxer } from "../src/media/mod.ts";
import { FlvMuxer } from "../src/recordings/flv_muxer.ts";
import { KeyTable } from "../src/recordings/key_table.ts";

const MEGABYTE = 1_000_000;
/** H.264 of 25 pictures and AAC of 43 frames a second, as an encoder at 2.5 Mbit/s sends them. */
const SIZES = { key: 40_000, inter: 11_300, sound: 370 };
const GROUP = 50;
const KINDS = { audio: true, video: true };

const AVC_HEADER =
  "1700000000014d4028ffe1001a674d4028eca03c0113f2e022000003000200000300641e30632c" +
  "01000468ce0fc8";
const AAC_HEADER = "af001210";

function message(
  kind: "audio" | "video",
  role: "config" | "key" | "frame",
  time: number,
  body: Uint8Array,
) {
  return new MediaMessage(kind, role, time, body);
}

function picture(isKey: boolean, size: number): Uint8Array {
  const body = new Uint8Array(size);
  for (let at = 0; at < size; at++) body[at] = (at * 2_654_435_761) >>> 24 | 1;
  const head = new ByteWriter(16).u8(isKey ? 0x17 : 0x27).u8(1).u24(80).u32(size - 9);
  body.set(head.u8(isKey ? 0x65 : 0x41).take());
  return body;
}

function sound(size: number): Uint8Array {
  const body = new Uint8Array(size).fill(0x5a);
  body.set([0xaf, 1, 0x21]);
  return body;
}

const headers = [
  message("video", "config", 0, fromHex(AVC_HEADER)!),
  message("audio", "config", 0, fromHex(AAC_HEADER)!),
];

/** Frames of a megabyte, from a time on. */
class Stream {
  readonly #key = picture(true, SIZES.key);
  readonly #inter = picture(false, SIZES.inter);
  readonly #sound = sound(SIZES.sound);
  #pictures = 0;
  #sounds = 0;

  *megabyte(): Iterable<MediaMessage> {
    for (let bytes = 0; bytes < MEGABYTE;) {
      const [shown, heard] = [this.#pictures * 40, this.#sounds * 1024 / 44.1];
      const isPicture = shown <= heard;
      const isKey = isPicture && this.#pictures % GROUP === 0;
      const body = isPicture ? isKey ? this.#key : this.#inter : this.#sound;
      const kind = isPicture ? "video" : "audio";
      if (isPicture) this.#pictures++;
      else this.#sounds++;
      bytes += body.length;
      yield message(kind, isKey ? "key" : "frame", Math.round(isPicture ? shown : heard), body);
    }
  }
}

function bench(name: string, push: (message: MediaMessage) => void, take: () => void): void {
  const stream = new Stream();
  for (const header of headers) push(header);
  Deno.bench(name, { group: "mux a megabyte" }, () => {
    for (const each of stream.megabyte()) push(each);
    take();
  });
}

for (const format of ["flv", "ts"]) {
  const encoder = CONTAINERS.get(format)!.encoder(new Map(), KINDS);
  const out = new ByteWriter(2 * MEGABYTE);
  bench(`${format}, live`, (each) => encoder.encode(each, out), () => out.truncate(0));
}
for (const part of [300, 800]) {
  const muxer = new Mp4Muxer({ init: () => {}, fragment: () => {} }, { part, kinds: KINDS });
  bench(`fMP4, parts of ${part} ms`, (each) => muxer.push(each), () => {});
}
{
  const muxer = new FlvMuxer({ metadata: undefined, configs: [], kinds: KINDS }, {
    keys: new KeyTable(),
  });
  bench("flv, recorded", (each) => muxer.push(each, each.time), () => void muxer.take());
}
