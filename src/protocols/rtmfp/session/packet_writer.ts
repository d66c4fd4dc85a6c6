import type { ByteWriter } from "../../../bytes/mod.ts";
import { MAX_PACKET } from "../params.ts";
import {
  BACK_MARGIN,
  FRONT_MARGIN,
  type PlainPacket,
  type SessionKey,
} from "../startup/session_key.ts";
import type { Address } from "../wire/address.ts";
import { type Mode, PacketFlag, timestampOf } from "../wire/packet.ts";
import type { RoundTrip } from "./round_trip.ts";
import type { SessionOwner } from "./session_owner.ts";
import type { TimeCritical } from "./time_critical.ts";

/** The session whose packets are written. */
export interface PacketWriterOptions {
  readonly owner: SessionOwner;
  readonly key: SessionKey;
  readonly mode: Mode;
  readonly farId: number;
  readonly roundTrip: RoundTrip;
  readonly timeCritical: TimeCritical;
}

/**
 * Writes a session's packets, header first, and sends them sealed. Of several in a row two are
 * sealed at a time: {@link flush} sends the last one.
 */
export class PacketWriter {
  readonly #options: PacketWriterOptions;
  /** The packet that is begun, the second of two while one is finished. */
  #packet: ByteWriter;
  #finished: PlainPacket & { readonly to: Address } | undefined;

  constructor(options: PacketWriterOptions) {
    this.#options = options;
    this.#packet = options.owner.packets[0];
  }

  /** Offset in {@link begin}'s writer up to which a packet may reach. */
  get end(): number {
    return FRONT_MARGIN + MAX_PACKET;
  }

  /** The writer of the next packet, behind its header. */
  begin(): ByteWriter {
    const { owner, mode, roundTrip, timeCritical } = this.#options;
    const now = owner.clock.now();
    const echo = roundTrip.echo(now);
    const packet = owner.packets[this.#finished ? 1 : 0];
    this.#packet = packet;
    packet.truncate(0);
    packet.reserve(FRONT_MARGIN);
    // A timestamp in every packet: one client drops packets without.
    let flags = mode | PacketFlag.Timestamp;
    if (echo !== undefined) flags |= PacketFlag.TimestampEcho;
    if (timeCritical.reverse) flags |= PacketFlag.TimeCriticalReverse;
    packet.u8(flags).u16(timestampOf(now));
    if (echo !== undefined) packet.u16(echo);
    return packet;
  }

  /** Says in the header of the packet begun that its data is time critical. */
  markTimeCritical(): void {
    this.#packet.buffer[FRONT_MARGIN]! |= PacketFlag.TimeCritical;
  }

  /** Sends the packet begun, now or with the next one. */
  send(to: Address): void {
    const { owner, key, farId } = this.#options;
    const end = this.#packet.length;
    this.#packet.reserve(BACK_MARGIN);
    const packet = { buffer: this.#packet.buffer, end };
    const first = this.#finished;
    if (!first) {
      this.#finished = { ...packet, to };
      return;
    }
    this.#finished = undefined;
    const [datagram, next] = key.sealTwo(first, packet, farId);
    owner.send(datagram, first.to);
    owner.send(next, to);
  }

  /** Sends what waits for another packet. */
  flush(): void {
    const packet = this.#finished;
    if (!packet) return;
    this.#finished = undefined;
    const { owner, key, farId } = this.#options;
    owner.send(key.seal(packet, farId), packet.to);
  }
}
