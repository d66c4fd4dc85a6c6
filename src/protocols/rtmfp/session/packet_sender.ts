import { ByteWriter } from "../../../bytes/mod.ts";
import type { PacketBuffer } from "../../../crypto/mod.ts";
import { PACKET_HEADROOM, type PacketToSeal, SessionKey } from "../startup/session_key.ts";
import type { Address } from "../wire/address.ts";

/** Sends the packets of all sessions of an endpoint in order, sealed two at a time. */
export class PacketSender {
  readonly #buffers: readonly [PacketBuffer, PacketBuffer];
  readonly #packets: readonly [ByteWriter, ByteWriter];
  readonly #send: (datagram: Uint8Array, to: Address) => void;
  /** Kept in the first buffer while another packet is written in the second. */
  #waiting: PacketToSeal & { readonly to: Address } | undefined;

  /** The buffers are of one memory. `send` may use a datagram during the call only. */
  constructor(
    buffers: readonly [PacketBuffer, PacketBuffer],
    send: (datagram: Uint8Array, to: Address) => void,
  ) {
    this.#buffers = buffers;
    this.#packets = [ByteWriter.into(buffers[0].bytes), ByteWriter.into(buffers[1].bytes)];
    this.#send = send;
  }

  /** The packet that is written next, empty behind its headroom. */
  begin(): ByteWriter {
    const packet = this.#packets[this.#waiting ? 1 : 0];
    packet.truncate(0);
    packet.reserve(PACKET_HEADROOM);
    return packet;
  }

  /** Sends the packet begun, at the latest with {@link flush}. */
  send(key: SessionKey, sessionId: number, to: Address): void {
    const first = this.#waiting;
    const at = first ? 1 : 0;
    const packet = { buffer: this.#buffers[at], end: this.#packets[at].length, key, sessionId, to };
    this.#waiting = first ? undefined : packet;
    if (!first) return;
    const [datagram, next] = SessionKey.sealTwo(first, packet);
    this.#send(datagram, first.to);
    this.#send(next, to);
  }

  flush(): void {
    const packet = this.#waiting;
    if (!packet) return;
    this.#waiting = undefined;
    this.#send(packet.key.seal(packet, packet.sessionId), packet.to);
  }
}
