import type { ByteWriter } from "../../bytes/mod.ts";
import { fullBox } from "./box.ts";

const ES_DESCRIPTOR = 3;
const DECODER_CONFIG = 4;
const DECODER_INFO = 5;
const SYNC_CONFIG = 6;
/** An audio stream, and a bit that is reserved. */
const AUDIO_STREAM = 0x15;
/** Time stamps are those of MP4. */
const MP4_TIMES = 2;
/** Bytes of a descriptor's tag and size. */
const HEAD = 2;

/** The descriptors of ISO/IEC 14496-1 §7.2.6 in the box of ISO/IEC 14496-14 §6.7.2. */
export function esds(out: ByteWriter, objectType: number, info?: Uint8Array): Uint8Array {
  const infoSize = info === undefined ? 0 : HEAD + info.length;
  const configSize = 13 + infoSize;
  fullBox(out, "esds", {}, () => {
    descriptor(out, ES_DESCRIPTOR, 3 + sizeOf(configSize) + configSize + 3);
    out.u16(0).u8(0);
    descriptor(out, DECODER_CONFIG, configSize);
    out.u8(objectType).u8(AUDIO_STREAM).u24(0).u32(0).u32(0);
    if (info !== undefined) {
      descriptor(out, DECODER_INFO, info.length);
      out.bytes(info);
    }
    descriptor(out, SYNC_CONFIG, 1);
    out.u8(MP4_TIMES);
  });
  return out.take();
}

function sizeOf(size: number): number {
  return size < 0x80 ? HEAD : HEAD + 1;
}

/** The size in groups of seven bits; what is longer than two of them is no audio header. */
function descriptor(out: ByteWriter, tag: number, size: number): void {
  out.u8(tag);
  if (size >= 0x80) out.u8(0x80 | (size >> 7));
  out.u8(size & 0x7f);
}
