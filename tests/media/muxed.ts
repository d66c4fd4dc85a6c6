import { fail } from "node:assert/strict";
import { ByteWriter, fromHex, hex } from "../../src/bytes/mod.ts";
import { CONTAINERS, MediaMessage } from "../../src/media/mod.ts";
import { readTransport, type Transport } from "./transport_reader.ts";

export type Kind = MediaMessage["kind"];
export type Tagged = readonly [kind: Kind, time: number, body: Uint8Array | string];

export const VIDEO = 0x100;
export const AUDIO = 0x101;
export const HEVC = 0x102;
export const MP3 = 0x103;
/** What the presentation is behind the clock reference. */
export const DELAY = 500;

export function bytesOf(text: Uint8Array | string): Uint8Array {
  return typeof text === "string" ? fromHex(plain(text)) ?? fail(`not hex: ${text}`) : text;
}

export function newEncoder() {
  const encoder = CONTAINERS.get("ts")!.encoder();
  const written = new ByteWriter();
  const encode = (...messages: Tagged[]): Uint8Array => {
    for (const [kind, time, body] of messages) {
      const payload = bytesOf(body);
      encoder.encode(new MediaMessage(kind, "frame", time, payload), written);
    }
    return written.take();
  };
  return { key: encoder.key, encode };
}

export const mux = (...messages: Tagged[]): Transport =>
  readTransport(newEncoder().encode(...messages));

/** avcC with SPS 67 01 and PPS 68 02, lengths of four bytes. */
export const AVC_CONFIG = "17 00 000000 01 64000c ff e1 0002 6701 01 0002 6802";
export const AVC_KEY = "17 01 000000 00000003 65aabb";
export const AVC_FRAME = "27 01 000000 00000002 41cc";
/** hvcC with VPS 40 01, SPS 42 01, PPS 44 01 and an SEI array. */
export const HVCC = "01" + "00".repeat(20) + "03 04" +
  "a0 0001 0002 4001  a1 0001 0002 4201  a2 0001 0002 4401  a7 0001 0002 4e01";
export const HEVC_CONFIG = "90 68766331" + HVCC;
export const AAC_CONFIG = "af 00 1210";
export const AAC_FRAME = "af 01 cc";

export const SETS = "00000001 6701 00000001 6802";
export const HEVC_SETS = "00000001 4001 00000001 4201 00000001 4401";
export const AVC_DELIMITER = "00000001 09f0";
export const HEVC_DELIMITER = "00000001 460150";

export const plain = (text: string) => text.replaceAll(" ", "");
export const units = ({ pes }: Transport) => pes.map(({ data }) => hex(data));
