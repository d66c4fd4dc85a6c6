import type { ByteReader, ByteWriter } from "../../../bytes/mod.ts";

/** Chunk types (RFC 7016 §2.3). */
export const Chunk = {
  ping: 0x01,
  sessionClose: 0x0c,
  forwardedHello: 0x0f,
  userData: 0x10,
  nextUserData: 0x11,
  bufferProbe: 0x18,
  initiatorHello: 0x30,
  initiatorKeying: 0x38,
  pingReply: 0x41,
  sessionCloseAck: 0x4c,
  ackBitmap: 0x50,
  ackRanges: 0x51,
  flowException: 0x5e,
  responderHello: 0x70,
  responderRedirect: 0x71,
  responderKeying: 0x78,
  cookieChange: 0x79,
  fragment: 0x7f,
  /** Congestion experienced, as the peer counts it: an extension of rtmfp-cpp. */
  ecnReport: 0xec,
} as const;
export type Chunk = (typeof Chunk)[keyof typeof Chunk];

/** Type and 16-bit length in front of every chunk. */
export const CHUNK_HEADER = 3;

/** A chunk's type and the range of its payload; reused from chunk to chunk. */
export interface ChunkRange {
  type: number;
  end: number;
}

/**
 * Moves `input` to the payload of the next chunk, and `chunk.end` to its end; false when what is
 * left is padding (0xff, or 0x00: a chunk type that is not assigned) or too short to be a chunk.
 */
export function nextChunk(input: ByteReader, chunk: ChunkRange): boolean {
  if (input.remaining < CHUNK_HEADER) return false;
  chunk.type = input.u8();
  const length = input.u16();
  if (chunk.type === 0xff || length > input.remaining) return false;
  chunk.end = input.offset + length;
  return true;
}

/** Writes a chunk's header, its payload by `write`, then the length that came out. */
export function chunk(output: ByteWriter, type: Chunk, write?: () => void): void {
  output.u8(type);
  const length = output.reserve(2);
  write?.();
  output.setU16(length, output.length - length - 2);
}
