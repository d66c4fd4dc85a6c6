import { briefBytes, type ByteWriter } from "../../../bytes/mod.ts";

/** RFC 6455 §5.2. */
export const Opcode = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

export type Opcode = typeof Opcode[keyof typeof Opcode];

/** RFC 6455 §7.4.1. */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupported: 1003,
  noStatus: 1005,
  notUtf8: 1007,
  tooBig: 1009,
  tryLater: 1013,
} as const;

/** Bytes of the reason in a close frame (RFC 6455 §5.5: 125 with its code). */
const MAX_CLOSE_REASON = 123;

/** Bytes of the longest header that a server's frame can have. */
export const MAX_HEADER = 10;

/** Appends one whole frame of a server: not fragmented, not masked. */
export function writeFrame(out: ByteWriter, opcode: Opcode, payload: Uint8Array): void {
  writeHeader(out, opcode, payload.length);
  out.bytes(payload);
}

/** Begins an unmasked frame, whole and with `size` bytes to follow (RFC 6455 §5.2). */
function writeHeader(out: ByteWriter, opcode: Opcode, size: number): void {
  out.u8(0x80 | opcode);
  if (size < 126) out.u8(size);
  else if (size < 65_536) out.u8(126).u16(size);
  else out.u8(127).u32(Math.floor(size / 2 ** 32)).u32(size >>> 0);
}

/** One whole frame of a server, to be sent and forgotten. */
export function frame(opcode: Opcode, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = payload.length;
  const start = headerLength(size);
  const bytes = briefBytes(start + size);
  setHeader(bytes, start, opcode, size);
  bytes.set(payload, start);
  return bytes;
}

/**
 * The same where nothing is copied: `bytes` are the payload behind {@link MAX_HEADER} bytes of room,
 * into which the header is written.
 */
export function frameInPlace(opcode: Opcode, bytes: Uint8Array): Uint8Array {
  const size = bytes.length - MAX_HEADER;
  const length = headerLength(size);
  const whole = bytes.subarray(MAX_HEADER - length);
  setHeader(whole, length, opcode, size);
  return whole;
}

function headerLength(size: number): number {
  return size < 126 ? 2 : size < 65_536 ? 4 : MAX_HEADER;
}

function setHeader(bytes: Uint8Array, length: number, opcode: Opcode, size: number): void {
  bytes[0] = 0x80 | opcode;
  if (length === 2) {
    bytes[1] = size;
    return;
  }
  bytes[1] = length === 4 ? 126 : 127;
  for (let at = length - 1, rest = size; at > 1; at--, rest = Math.floor(rest / 256)) {
    bytes[at] = rest % 256;
  }
}

/** A close frame whose reason is cut to what fits (RFC 6455 §5.5.1). */
export function closeFrame(code: number, reason = ""): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(2 + MAX_CLOSE_REASON);
  const { written } = new TextEncoder().encodeInto(reason, payload.subarray(2));
  payload[0] = code >> 8;
  payload[1] = code & 0xff;
  return frame(Opcode.close, payload.subarray(0, 2 + written));
}

/** True for a code that may stand in a close frame (RFC 6455 §7.4). */
export function isCloseCode(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
    (code >= 3000 && code <= 4999);
}
