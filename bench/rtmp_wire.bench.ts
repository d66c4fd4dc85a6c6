/** What RTMP's wire costs: `deno bench -A bench/rtmp_wire.bench.ts`. Compare within one run. */
import { ByteWriter } from "../src/bytes/mod.ts";
import { ChunkReader } from "../src/protocols/rtmp/wire/chunk_reader.ts";
import { writeMessage } from "../src/protocols/rtmp/wire/chunk_writer.ts";
import { Handshake } from "../src/protocols/rtmp/wire/handshake.ts";

const MEGABYTE = 1_000_000;
const READ = 65_536;

/** About a megabyte of video messages of `size` bytes in chunks of `chunkSize`. */
function film(size: number, chunkSize: number): Uint8Array {
  const out = new ByteWriter(MEGABYTE * 2);
  out.u8(2).u24(0).u24(4).u8(1).u32(0).u32(chunkSize);
  for (let time = 0; out.length < MEGABYTE; time += 40) {
    const header = { chunkStreamId: 6, type: 9, streamId: 1, time };
    writeMessage(out, header, new Uint8Array(size), chunkSize);
  }
  return out.take();
}

for (const chunkSize of [128, 4096, 65_536]) {
  for (const size of [1_200, 13_000]) {
    const input = film(size, chunkSize);
    Deno.bench(`read 1 MB: messages of ${size}, chunks of ${chunkSize}`, { group: "read" }, () => {
      const reader = new ChunkReader();
      for (let at = 0; at < input.length; at += READ) {
        reader.readChunks(input.subarray(at, at + READ), () => {});
      }
    });
  }
}

Deno.bench("copy 1 MB, for scale", { group: "read", baseline: true }, () => {
  new Uint8Array(MEGABYTE).set(film1);
});
const film1 = film(13_000, 65_536).subarray(0, MEGABYTE);

const out = new ByteWriter(MEGABYTE);
for (const size of [300, 13_000, 200_000]) {
  const payload = new Uint8Array(size);
  Deno.bench(`write a message of ${size}, chunks of 65536`, { group: "write" }, () => {
    out.truncate(0);
    writeMessage(out, { chunkStreamId: 6, type: 9, streamId: 1, time: 5 }, payload, 65_536);
  });
}

const hello = new Uint8Array(1 + 1536 * 2);
hello[0] = 3;
const signed = hello.slice();
signed.set([9, 0, 124, 2], 5);
for (const [name, bytes] of [["simple", hello], ["with digests looked for", signed]] as const) {
  Deno.bench(`handshake, ${name}`, { group: "handshake" }, () => {
    new Handshake().readHandshake(bytes, 0, () => {});
  });
}
