import type { ByteWriter } from "../../bytes/mod.ts";
import { wrapped } from "./packet_writer.ts";

const LENGTH_AT = 4;
const COUNTED_FROM = 6;
const MAX_LENGTH = 0xffff;
/** Marker bits, and that a frame begins right after the header. */
const ALIGNED = 0x84;
const HAS_PTS = 0x80;
const HAS_PTS_DTS = 0xc0;

/** Begins a PES packet (§2.4.3.6) in an empty writer; times in ticks of 90 kHz. */
export function beginPes(out: ByteWriter, streamId: number, pts: number, dts: number): void {
  const hasDts = pts !== dts;
  out.u24(1).u8(streamId).u16(0).u8(ALIGNED);
  out.u8(hasDts ? HAS_PTS_DTS : HAS_PTS).u8(hasDts ? 10 : 5);
  writeTime(out, hasDts ? 3 : 2, pts);
  if (hasDts) writeTime(out, 1, dts);
}

/** Sets the length of a PES packet that is complete; one too long to say it has none. */
export function endPes(out: ByteWriter): void {
  const length = out.length - COUNTED_FROM;
  if (length <= MAX_LENGTH) out.setU16(LENGTH_AT, length);
}

/** 33 bits in three groups, each closed by a marker bit. */
function writeTime(out: ByteWriter, prefix: number, ticks: number): void {
  const time = wrapped(ticks);
  const high = Math.floor(time / 2 ** 30);
  const low = time % 2 ** 30;
  out.u8((prefix << 4) | (high << 1) | 1);
  out.u16(((low >>> 15) << 1) | 1).u16(((low & 0x7fff) << 1) | 1);
}
