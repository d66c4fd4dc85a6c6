import assert from "node:assert/strict";
import { ByteReader, ByteWriter } from "../../src/bytes/mod.ts";
import {
  audioRole,
  CONTAINERS,
  FlvReader,
  headerKey,
  isTransport,
  isWholeHeader,
  MediaMessage,
  trackOf,
  videoRole,
} from "../../src/media/mod.ts";
import { inTransport } from "../../src/media/mpegts/muxer.ts";
import {
  AAC_CONFIG,
  AAC_FRAME,
  AVC_CONFIG,
  AVC_FRAME,
  AVC_KEY,
  HEVC_CONFIG,
} from "../media/muxed.ts";
import { readTransport } from "../media/transport_reader.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { plainText, sameInPieces } from "./outcome.ts";
import { bytesOf, joined } from "./seeds.ts";

const bodies = [AVC_CONFIG, AVC_KEY, AVC_FRAME, HEVC_CONFIG, AAC_CONFIG, AAC_FRAME].map(bytesOf);
const enhanced = [
  "91 61766331 000000 00000003 65aabb",
  "93 68766331 00000003 2601aa",
  "96 01 68766331 00 000003 aabbcc 01 000001 dd",
  "97 02 aabbcc 01 61763031 aa",
  "94 6f6e4d65",
  "95 6d703461 00",
  "90 4f707573 4f70757348656164",
  "d2 68766331",
].map(bytesOf);
const MP3 = bytesOf("2f fffb9064 00000000");

const headers: Fuzzer = {
  name: "codec headers",
  seeds: [...bodies, ...enhanced, MP3],
  check(bytes) {
    const roles = [videoRole(bytes), audioRole(bytes)];
    const whole = [isWholeHeader(bytes, "video"), isWholeHeader(bytes, "audio")];
    const tracks = [trackOf(bytes, "video"), trackOf(bytes, "audio")];
    assert.ok(tracks.every((track) => track >= 0 && track < 256));
    const keys = [headerKey(bytes, "video"), headerKey(bytes, "audio")];
    assert.ok(keys.every(({ length }) => length < 100));
    return plainText([...roles, ...whole, isTransport(bytes), ...keys].join(" "));
  },
};

function tag(type: number, body: Uint8Array): Uint8Array {
  const out = new ByteWriter().u8(type).u24(body.length).u24(40).u8(0).u24(0).bytes(body);
  return out.u32(body.length + 11).take();
}

const FLV = bytesOf("464c56 01 05 00000009 00000000");

const flv: Fuzzer = {
  name: "FLV",
  seeds: [
    joined(FLV, ...bodies.slice(0, 3).map((body) => tag(9, body))),
    joined(FLV, tag(18, bytesOf("02 000a 6f6e4d65746144617461 05")), tag(8, bodies[4]!)),
    joined(bytesOf("464c56 01 01 0000000c 0000000000 000000"), tag(9, bodies[1]!)),
  ],
  check: (bytes) =>
    sameInPieces(bytes, (tell) => {
      const reader = new FlvReader({
        audio: (_time, body) => tell("audio", body),
        video: (_time, body) => tell("video", body),
        data: (_time, name, values) => tell(`data ${name}`, values),
      }, 10_000);
      return (piece) => reader.readTags(piece);
    }),
};

/** Messages to a muxer: each a byte of kind, 32 bits of time, 16 bits of length, then its body. */
function item(kind: number, time: number, body: Uint8Array): Uint8Array {
  return new ByteWriter().u8(kind).u32(time).u16(body.length).bytes(body).take();
}

/** Bytes that a message may add to a stream: tables, a header, and the rest of a packet. */
const OVERHEAD = 6 * 188;

const transport: Fuzzer = {
  name: "MPEG-TS",
  seeds: [
    joined(...bodies.slice(0, 3).map((body, index) => item(1, index * 40, body))),
    joined(item(0, 0, bodies[4]!), item(0, 23, bodies[5]!), item(0, 46, bodies[5]!)),
    joined(item(1, 0, bodies[3]!), ...enhanced.map((body, index) => item(1, index * 40, body))),
    joined(item(0, 0, MP3), item(2, 0, new Uint8Array(0)), item(1, 0xffffffff, bodies[1]!)),
    item(1, 0, bytesOf("17 01 000000 00000001 6701 00000001 6802 00000001 65aa")),
  ],
  check(bytes) {
    const encoder = CONTAINERS.get("ts")!.encoder();
    const out = new ByteWriter(4096);
    const input = new ByteReader(bytes);
    const kinds = new Set<string>();
    for (let left = 0; input.remaining >= 7; left = out.length) {
      const kind = (["audio", "video", "unpublished"] as const)[input.u8() % 3]!;
      const time = input.u32();
      const payload = input.view(Math.min(input.u16(), input.remaining));
      const message = new MediaMessage(kind, "frame", time, payload);
      if (kind !== "unpublished") kinds.add(`${kind} ${inTransport(message)}`);
      encoder.encode(message, out);
      // A NAL unit of one byte becomes five, and a frame with headers six packets more.
      assert.ok(out.length - left <= payload.length * 6 + OVERHEAD, `${out.length - left} bytes`);
    }
    const { pes, pmts } = readTransport(out.take());
    return [...kinds, Math.min(pes.length, 3), Math.min(pmts.length, 3)].join(" ");
  },
};

export const mediaFuzzers: readonly Fuzzer[] = [headers, flv, transport];
