import type { ByteWriter } from "../../../bytes/mod.ts";

/** The header of a message to write. */
export interface MessageHeader {
  readonly chunkStreamId: number;
  readonly type: number;
  readonly streamId: number;
  /** Absolute time in milliseconds, 32 bits. */
  readonly time: number;
}

const EXTENDED = 0xff_ffff;

/** Most bytes of a message (§5.3.1.2.1). */
const MAX_PAYLOAD = 0xff_ffff;

/**
 * Appends one message as chunks (§5.3): a full header (format 0), then continuations (format 3).
 * The bytes mean the same whatever was sent before, so they can be shared by connections. A message
 * that is too long for RTMP is left out.
 */
export function writeMessage(
  out: ByteWriter,
  header: MessageHeader,
  payload: Uint8Array,
  chunkSize: number,
): void {
  if (payload.length > MAX_PAYLOAD) return;
  const { chunkStreamId, time } = header;
  const isExtended = time >= EXTENDED;
  writeBasicHeader(out, 0, chunkStreamId);
  out.u24(isExtended ? EXTENDED : time).u24(payload.length).u8(header.type);
  out.u32LE(header.streamId);
  if (isExtended) out.u32(time);
  let at = Math.min(chunkSize, payload.length);
  out.bytes(payload, 0, at);
  while (at < payload.length) {
    writeBasicHeader(out, 3, chunkStreamId);
    if (isExtended) out.u32(time);
    const end = Math.min(at + chunkSize, payload.length);
    out.bytes(payload, at, end);
    at = end;
  }
}

/** §5.3.1.1: one, two or three bytes for chunk stream ids 2 to 65599. */
export function writeBasicHeader(out: ByteWriter, format: number, chunkStreamId: number): void {
  const first = format << 6;
  if (chunkStreamId < 64) out.u8(first | chunkStreamId);
  else if (chunkStreamId < 320) out.u8(first).u8(chunkStreamId - 64);
  else out.u8(first | 1).u16LE(chunkStreamId - 64);
}
