import { type ByteReader, ProtocolError } from "../../../bytes/mod.ts";
import { TIMESTAMP_TICK } from "../params.ts";

/** Who sends a packet: the low two bits of its flags (RFC 7016 §2.2.4). */
export const enum Mode {
  Forbidden = 0,
  Initiator = 1,
  Responder = 2,
  Startup = 3,
}

export const enum PacketFlag {
  TimeCritical = 0x80,
  TimeCriticalReverse = 0x40,
  Timestamp = 0x08,
  TimestampEcho = 0x04,
  Mode = 0x03,
}

export interface PacketHeader {
  readonly mode: Mode;
  readonly timeCritical: boolean;
  /** The peer receives time-critical data from somebody else. */
  readonly timeCriticalReverse: boolean;
  /** The sender's clock in 4 ms ticks, 16 bits. */
  readonly timestamp: number | undefined;
  readonly timestampEcho: number | undefined;
}

export function readPacketHeader(input: ByteReader): PacketHeader {
  const flags = input.u8();
  const mode: Mode = flags & PacketFlag.Mode;
  if (mode === Mode.Forbidden) throw new ProtocolError("packet of no mode", input.offset - 1);
  return {
    mode,
    timeCritical: (flags & PacketFlag.TimeCritical) !== 0,
    timeCriticalReverse: (flags & PacketFlag.TimeCriticalReverse) !== 0,
    timestamp: (flags & PacketFlag.Timestamp) !== 0 ? input.u16() : undefined,
    timestampEcho: (flags & PacketFlag.TimestampEcho) !== 0 ? input.u16() : undefined,
  };
}

/** The 16-bit timestamp of a time in milliseconds. */
export function timestampOf(now: number): number {
  return Math.floor(now / TIMESTAMP_TICK) & 0xffff;
}
