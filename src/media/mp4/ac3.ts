import { ByteReader, ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import { BitReader } from "../bit_reader.ts";
import type { AudioFormat } from "./audio_entry.ts";
import { box } from "./box.ts";

/** ETSI TS 102 366 §4.4.1.3, in Hz. */
const RATES: readonly number[] = [48_000, 44_100, 32_000];
/** Table 4.3: channels by acmod, without the one of low frequencies. */
const CHANNELS: readonly number[] = [2, 1, 2, 3, 3, 4, 4, 5];
const SYNC = 0x0b77;
/** Table E.1.4: blocks of 256 samples by numblkscod. */
const BLOCKS: readonly number[] = [1, 2, 3, 6];
const BLOCK_SAMPLES = 256;
const REDUCED_RATE = 3;
const AC3_IN_EAC3 = 10;
const DEPENDENT = 1;

type Format = Omit<AudioFormat, "samples">;

/** AC-3 by the header of a frame (§4.3), in the box of annex F.4. @throws ProtocolError */
export function ac3Format(frame: Uint8Array): Format {
  const bits = frameBits(frame);
  bits.skip(16);
  const code = bits.take(2);
  const sizeCode = bits.take(6);
  const [id, mode] = [bits.take(5), bits.take(3)];
  const acmod = bits.take(3);
  if ((acmod & 1) !== 0 && acmod !== 1) bits.skip(2);
  if ((acmod & 4) !== 0) bits.skip(2);
  if (acmod === 2) bits.skip(2);
  const lfe = bits.take(1);
  const rate = RATES[code];
  if (rate === undefined) throw new ProtocolError("AC-3 without a rate");
  const out = new ByteWriter(16);
  const head = (code << 6) | (id << 1) | (mode >> 2);
  const rest = ((mode & 3) << 14) | (acmod << 11) | (lfe << 10) | ((sizeCode >> 1) << 5);
  box(out, "dac3", () => out.u8(head).u16(rest));
  return {
    entry: "ac-3",
    codec: "ac-3",
    config: out.take(),
    channels: CHANNELS[acmod]! + lfe,
    rate,
  };
}

/** E-AC-3 by the header of its first substream (§E.1.2), in the box of annex F.6. @throws ProtocolError */
export function eac3Format(frame: Uint8Array): Format {
  const { size, code, rate, acmod, lfe, id, mode } = eac3Head(frame);
  const out = new ByteWriter(16);
  const kbits = Math.min(0x1fff, Math.round(size * 8 * rate / (eac3Samples(frame) * 1000)));
  box(out, "dec3", () => {
    // One independent substream, and no other depends on it as far as this tells.
    out.u16(kbits << 3);
    out.u8((code << 6) | (id << 1)).u8((mode << 4) | (acmod << 1) | lfe).u8(0);
  });
  return {
    entry: "ec-3",
    codec: "ec-3",
    config: out.take(),
    channels: CHANNELS[acmod]! + lfe,
    rate,
  };
}

/** Samples of the independent substreams of one program. */
export function eac3Samples(frame: Uint8Array): number {
  let samples = 0;
  for (let at = 0; at < frame.length;) {
    const { size, isDependent, id, blocks } = eac3Head(frame.subarray(at));
    if (id <= AC3_IN_EAC3) return samples || BLOCK_SAMPLES * 6;
    if (!isDependent) samples += blocks * BLOCK_SAMPLES;
    at += size;
  }
  return samples;
}

interface Eac3Head {
  /** Bytes of the frame. */
  readonly size: number;
  readonly isDependent: boolean;
  readonly code: number;
  readonly rate: number;
  readonly blocks: number;
  readonly acmod: number;
  readonly lfe: number;
  readonly id: number;
  readonly mode: number;
}

function eac3Head(frame: Uint8Array): Eac3Head {
  const bits = frameBits(frame);
  const isDependent = bits.take(2) === DEPENDENT;
  bits.skip(3);
  const size = (bits.take(11) + 1) * 2;
  const code = bits.take(2);
  const second = bits.take(2);
  const isReduced = code === REDUCED_RATE;
  const rate = isReduced ? (RATES[second] ?? 0) / 2 : RATES[code]!;
  if (rate === 0) throw new ProtocolError("E-AC-3 without a rate");
  const blocks = isReduced ? 6 : BLOCKS[second]!;
  const [acmod, lfe, id] = [bits.take(3), bits.take(1), bits.take(5)];
  // After the dialogue's level, and compression where it is.
  bits.skip(5);
  if (bits.flag()) bits.skip(8);
  return { size, isDependent, code, rate, blocks, acmod, lfe, id, mode: 0 };
}

function frameBits(frame: Uint8Array): BitReader {
  if (frame.length < 8 || new ByteReader(frame).u16() !== SYNC) {
    throw new ProtocolError("no AC-3 frame");
  }
  return new BitReader(frame, 2);
}
