import { type ByteReader, type ByteWriter, ProtocolError, vluLength } from "../../../bytes/mod.ts";
import { MAX_GAPS, WINDOW_BLOCK } from "../params.ts";
import { Chunk, CHUNK_HEADER } from "./chunk.ts";

/** Received sequence numbers `from` to `to`, both included. */
export interface SequenceRange {
  readonly from: number;
  readonly to: number;
}

/** What a Data Acknowledgement says, in either of its forms (RFC 7016 §2.3.13, §2.3.14). */
export interface Acknowledgement {
  readonly flow: number;
  /** Receive window in bytes; whole blocks of 1024. */
  readonly window: number;
  /** Every number up to here arrived or was given up. */
  readonly cumulative: number;
  /** Numbers above that arrived, ascending. */
  readonly ranges: readonly SequenceRange[];
}

export function readAcknowledgement(
  input: ByteReader,
  type: typeof Chunk.ackBitmap | typeof Chunk.ackRanges,
): Acknowledgement {
  const flow = input.vlu();
  const window = input.vlu() * WINDOW_BLOCK;
  const cumulative = input.vlu();
  const ranges = type === Chunk.ackRanges
    ? readRanges(input, cumulative)
    : readBitmap(input, cumulative);
  return { flow, window, cumulative, ranges };
}

/** Pairs of (missing - 1, received - 1); a pair that the packet's end cut off is ignored. */
function readRanges(input: ByteReader, cumulative: number): SequenceRange[] {
  const ranges: SequenceRange[] = [];
  let last = cumulative;
  while (input.remaining > 0 && ranges.length < MAX_GAPS) {
    const missing = input.vlu() + 1;
    if (input.remaining === 0) break;
    const received = input.vlu() + 1;
    const from = last + missing + 1;
    last = from + received - 1;
    if (!Number.isSafeInteger(last)) throw new ProtocolError("acknowledged past every number");
    ranges.push({ from, to: last });
  }
  return ranges;
}

/** One bit per sequence number from `cumulative` + 2 on, the lowest bit of a byte first. */
function readBitmap(input: ByteReader, cumulative: number): SequenceRange[] {
  const ranges: SequenceRange[] = [];
  let sequence = cumulative + 2;
  let from = 0;
  while (input.remaining > 0 && ranges.length < MAX_GAPS) {
    const bits = input.u8();
    for (let bit = 0; bit < 8; bit++, sequence++) {
      const received = (bits & (1 << bit)) !== 0;
      if (received && from === 0) from = sequence;
      else if (!received && from > 0) {
        ranges.push({ from, to: sequence - 1 });
        from = 0;
      }
    }
  }
  if (from > 0) ranges.push({ from, to: sequence - 1 });
  return ranges;
}

/**
 * Writes an acknowledgement as ranges, the form that every receiver reads, without the highest
 * ranges when they do not fit into `limit` bytes; false, with nothing written, when not even the
 * cumulative number fits.
 */
export function writeAcknowledgement(
  output: ByteWriter,
  { flow, window, cumulative, ranges }: Acknowledgement,
  limit: number,
): boolean {
  const blocks = window / WINDOW_BLOCK;
  const fixed = CHUNK_HEADER + vluLength(flow) + vluLength(blocks) + vluLength(cumulative);
  if (fixed > limit) return false;
  const end = output.length + limit;
  output.u8(Chunk.ackRanges);
  const length = output.reserve(2);
  output.vlu(flow).vlu(blocks).vlu(cumulative);
  let last = cumulative;
  for (const { from, to } of ranges) {
    if (from <= cumulative) continue;
    const missing = from - last - 2;
    const received = to - from;
    if (output.length + vluLength(missing) + vluLength(received) > end) break;
    output.vlu(missing).vlu(received);
    last = to;
  }
  output.setU16(length, output.length - length - 2);
  return true;
}
