import { ByteWriter } from "../../../bytes/mod.ts";
import type { PacketRoom } from "../../../crypto/mod.ts";
import { FRONT_MARGIN, type PacketToSeal, SessionKey } from "../startup/session_key.ts";
import type { Address } from "../wire/address.ts";

/** The packets that the sessions of an endpoint send, in order, sealed two at a time. */
export class PacketSender {
  readonly #rooms: readonly [PacketRoom, PacketRoom];
  readonly #packets: readonly [ByteWriter, ByteWriter];
  readonly #send: (datagram: Uint8Array, to: Address) => void;
  /** It waits in the first room while another packet is written in the second. */
  #waiting: PacketToSeal & { readonly to: Address } | undefined;

  /** Packets are put together in two rooms of one memory. `send` gets datagrams for its call. */
  constructor(
    rooms: readonly [PacketRoom, PacketRoom],
    send: (datagram: Uint8Array, to: Address) => void,
  ) {
    this.#rooms = rooms;
    this.#packets = [ByteWriter.into(rooms[0].bytes), ByteWriter.into(rooms[1].bytes)];
    this.#send = send;
  }

  /** The packet that is written next, empty behind its margin. */
  begin(): ByteWriter {
    const packet = this.#packets[this.#waiting ? 1 : 0];
    packet.truncate(0);
    packet.reserve(FRONT_MARGIN);
    return packet;
  }

  /** Sends the packet begun, at the latest with {@link flush}. */
  send(key: SessionKey, sessionId: number, to: Address): void {
    const first = this.#waiting;
    const at = first ? 1 : 0;
    const packet = { room: this.#rooms[at], end: this.#packets[at].length, key, sessionId, to };
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
