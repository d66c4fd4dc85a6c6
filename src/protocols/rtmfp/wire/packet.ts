import { type ByteReader, ProtocolError } from "../../../bytes/mod.ts";
import { TIMESTAMP_TICK } from "../params.ts";

/** Sender of a packet: the low two bits of its flags (RFC 7016 §2.2.4). */
export const Mode = {
  forbidden: 0,
  initiator: 1,
  responder: 2,
  startup: 3,
} as const;
export type Mode = (typeof Mode)[keyof typeof Mode];
/** Of packets of an established session. */
export type SessionMode = typeof Mode.initiator | typeof Mode.responder;

export const PacketFlag = {
  timeCritical: 0x80,
  timeCriticalReverse: 0x40,
  timestamp: 0x08,
  timestampEcho: 0x04,
  mode: 0x03,
} as const;

export interface PacketHeader {
  readonly mode: Mode;
  readonly timeCritical: boolean;
  /** The peer receives time-critical data in another session. */
  readonly timeCriticalReverse: boolean;
  /** The sender's clock in 4 ms ticks, 16 bits. */
  readonly timestamp: number | undefined;
  readonly timestampEcho: number | undefined;
}

export function readPacketHeader(input: ByteReader): PacketHeader {
  const flags = input.u8();
  const mode = (flags & PacketFlag.mode) as Mode;
  if (mode === Mode.forbidden) throw new ProtocolError("packet of no mode", input.offset - 1);
  return {
    mode,
    timeCritical: (flags & PacketFlag.timeCritical) !== 0,
    timeCriticalReverse: (flags & PacketFlag.timeCriticalReverse) !== 0,
    timestamp: (flags & PacketFlag.timestamp) !== 0 ? input.u16() : undefined,
    timestampEcho: (flags & PacketFlag.timestampEcho) !== 0 ? input.u16() : undefined,
  };
}

/** The 16-bit timestamp of a time in milliseconds. */
export function timestampOf(now: number): number {
  return Math.floor(now / TIMESTAMP_TICK) & 0xffff;
}
