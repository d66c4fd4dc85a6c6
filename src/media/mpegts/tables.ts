import { ByteWriter } from "../../bytes/mod.ts";
import { crc32 } from "./crc32.ts";
import { PID_NULL, PID_PMT, PIDS } from "./params.ts";

/** Stream types of the streams that exist. */
export interface Streams {
  readonly video: number | undefined;
  readonly audio: number | undefined;
}

const TABLE_PAT = 0;
const TABLE_PMT = 2;
const PROGRAM = 1;
const CRC_SIZE = 4;

/** The section of the program association table: one program (§2.4.4.3). */
export function patSection(): Uint8Array {
  return section(TABLE_PAT, 0, (out) => out.u16(PROGRAM).u16(0xe000 | PID_PMT));
}

/** The section of the program map table (§2.4.4.8); `version` counts its changes, modulo 32. */
export function pmtSection(streams: Streams, version: number): Uint8Array {
  return section(TABLE_PMT, version, (out) => {
    out.u16(0xe000 | clockPid(streams)).u16(0xf000);
    for (const type of [streams.video, streams.audio]) {
      if (type !== undefined) out.u8(type).u16(0xe000 | pidOf(type)).u16(0xf000);
    }
  });
}

/** The stream that carries the clock reference: video, or audio alone. */
export function clockPid(streams: Streams): number {
  return pidOf(streams.video ?? streams.audio);
}

/** The PID of a stream; that of no packets when there is none. */
export function pidOf(type: number | undefined): number {
  return (type === undefined ? undefined : PIDS.get(type)) ?? PID_NULL;
}

/** A section of long syntax (§2.4.4.11), the only one of its table, which holds at once. */
function section(table: number, version: number, body: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter();
  out.u8(table).u16(0).u16(PROGRAM).u8(0xc1 | (version << 1)).u16(0);
  body(out);
  out.setU16(1, 0xb000 | (out.length - 3 + CRC_SIZE));
  return out.u32(crc32(out.view())).take();
}
