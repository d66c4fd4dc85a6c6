import { BoundedMap } from "../../../base/mod.ts";
import { type ByteReader, ProtocolError } from "../../../bytes/mod.ts";
import { MAX_DATAGRAM, MAX_FRAGMENTED_PACKETS, MAX_PACKET_FRAGMENTS } from "../params.ts";

const MORE = 0x80;

interface Parts {
  readonly parts: (Uint8Array | undefined)[];
  count: number;
  bytes: number;
  total: number | undefined;
}

/** Reassembles packets from Fragment chunks (RFC 7016 §2.3.1), a few at a time. */
export class PacketFragments {
  readonly #packets = new BoundedMap<number, Parts>(MAX_FRAGMENTED_PACKETS);

  /** Takes a Fragment chunk; returns the packet, from its header on, when no part is missing. */
  addFragment(input: ByteReader): Uint8Array | undefined {
    const hasMore = (input.u8() & MORE) !== 0;
    const packet = input.vlu();
    const number = input.vlu();
    if (number >= MAX_PACKET_FRAGMENTS) throw new ProtocolError(`packet fragment ${number}`);
    const found = this.#packets.get(packet) ?? this.#begin(packet);
    if (found.parts[number]) return undefined;
    const part = input.rest().slice();
    found.bytes += part.length;
    if (!hasMore) found.total = number + 1;
    if (found.bytes > MAX_DATAGRAM || (found.total !== undefined && number >= found.total)) {
      this.#packets.delete(packet);
      throw new ProtocolError("fragmented packet is too long");
    }
    found.parts[number] = part;
    found.count++;
    if (found.count !== found.total) return undefined;
    this.#packets.delete(packet);
    return join(found);
  }

  #begin(packet: number): Parts {
    const parts: Parts = { parts: [], count: 0, bytes: 0, total: undefined };
    this.#packets.set(packet, parts);
    return parts;
  }
}

function join({ parts, bytes, total }: Parts): Uint8Array | undefined {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (let number = 0; number < (total ?? 0); number++) {
    const part = parts[number];
    if (!part) return undefined;
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
