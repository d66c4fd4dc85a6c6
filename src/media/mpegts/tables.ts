import { ByteWriter } from "../../bytes/mod.ts";
import { crc32 } from "./crc32.ts";
import { PID_AUDIO, PID_PMT, PID_VIDEO } from "./params.ts";

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
    if (streams.video !== undefined) out.u8(streams.video).u16(0xe000 | PID_VIDEO).u16(0xf000);
    if (streams.audio !== undefined) out.u8(streams.audio).u16(0xe000 | PID_AUDIO).u16(0xf000);
  });
}

/** The stream that carries the clock reference: video, or audio alone. */
export function clockPid(streams: Streams): number {
  return streams.video === undefined ? PID_AUDIO : PID_VIDEO;
}

/** A section of long syntax (§2.4.4.11), the only one of its table, which holds at once. */
function section(table: number, version: number, body: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter();
  out.u8(table).u16(0).u16(PROGRAM).u8(0xc1 | (version << 1)).u16(0);
  body(out);
  out.setU16(1, 0xb000 | (out.length - 3 + CRC_SIZE));
  return out.u32(crc32(out.view())).take();
}
