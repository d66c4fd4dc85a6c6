import type { Clock } from "../../../base/mod.ts";
import type { ByteWriter } from "../../../bytes/mod.ts";
import { FRAGMENT_OVERHEAD, MAX_PACKET } from "../params.ts";
import { PACKET_HEADROOM, type SessionKey } from "../startup/session_key.ts";
import type { Address } from "../wire/address.ts";
import { type Mode, PacketFlag, timestampOf } from "../wire/packet.ts";
import { Chunk, chunk } from "../wire/chunk.ts";
import type { PacketSender } from "./packet_sender.ts";
import type { PathLimit } from "./path_limit.ts";
import type { RoundTrip } from "./round_trip.ts";
import type { TimeCritical } from "./time_critical.ts";

/** Flag of a Fragment chunk (RFC 7016 §2.3.1). */
const MORE_PARTS = 0x80;

/** The session whose packets are written, and how they leave. */
export interface PacketWriterOptions {
  readonly clock: Clock;
  readonly packets: PacketSender;
  readonly key: SessionKey;
  readonly mode: Mode;
  readonly farId: number;
  readonly roundTrip: RoundTrip;
  readonly path: PathLimit;
  readonly timeCritical: TimeCritical;
}

/** Writes a session's packets, header first. */
export class PacketWriter {
  readonly #options: PacketWriterOptions;
  #parted = 0;

  constructor(options: PacketWriterOptions) {
    this.#options = options;
  }

  /** Offset in {@link begin}'s writer up to which a packet may reach. */
  get end(): number {
    return PACKET_HEADROOM + this.#options.path.packet;
  }

  /** The writer of the next packet, behind its header. */
  begin(): ByteWriter {
    const { clock, packets, mode, roundTrip, timeCritical } = this.#options;
    const now = clock.now();
    const echo = roundTrip.echo(now);
    const packet = packets.begin();
    // A timestamp in every packet: one client drops packets without one.
    let flags = mode | PacketFlag.timestamp;
    if (echo !== undefined) flags |= PacketFlag.timestampEcho;
    if (timeCritical.isReverse) flags |= PacketFlag.timeCriticalReverse;
    packet.u8(flags).u16(timestampOf(now));
    if (echo !== undefined) packet.u16(echo);
    return packet;
  }

  /** Says in the packet's header that its data is time critical. */
  markTimeCritical(packet: ByteWriter): void {
    packet.buffer[PACKET_HEADROOM]! |= PacketFlag.timeCritical;
  }

  /** Sends the packet begun, at the latest with {@link PacketSender.flush}. */
  send(to: Address): void {
    const { packets, key, farId } = this.#options;
    packets.send(key, farId, to);
  }

  /** Pads the packet to `size` bytes. */
  pad(packet: ByteWriter, size: number): void {
    const { length } = packet;
    const padding = PACKET_HEADROOM + size - length;
    packet.reserve(padding);
    packet.buffer.fill(0xff, length, length + padding);
  }

  /** Sends the packet begun, which is longer than the path takes, as Fragment chunks. */
  sendParts(tooLong: ByteWriter, to: Address): void {
    const whole = tooLong.view(PACKET_HEADROOM).slice();
    const id = this.#parted++;
    const most = MAX_PACKET - FRAGMENT_OVERHEAD;
    for (let number = 0; number * most < whole.length; number++) {
      const end = (number + 1) * most;
      const packet = this.begin();
      chunk(packet, Chunk.fragment, () => {
        packet.u8(end < whole.length ? MORE_PARTS : 0).vlu(id).vlu(number);
        packet.bytes(whole.subarray(number * most, end));
      });
      this.send(to);
    }
  }
}
