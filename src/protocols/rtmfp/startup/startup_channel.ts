import { BoundedMap, type Clock } from "../../../base/mod.ts";
import { ByteReader, ByteWriter, encodeText, ProtocolError } from "../../../bytes/mod.ts";
import type { PacketBuffer } from "../../../crypto/mod.ts";
import {
  AMPLIFICATION,
  DATAGRAM_OVERHEAD,
  DEFAULT_KEY,
  MAX_FRAGMENTING_STARTUPS,
  MAX_STARTUP_PACKET,
} from "../params.ts";
import { PacketFragments } from "../session/packet_fragments.ts";
import { type Address, addressText } from "../wire/address.ts";
import { Chunk, type ChunkRange, nextChunk } from "../wire/chunk.ts";
import { Mode, PacketFlag, readPacketHeader, timestampOf } from "../wire/packet.ts";
import { defaultKey, PACKET_HEADROOM, type SessionKey } from "./session_key.ts";

/** Sends and receives packets that are protected by the well-known default key. */
export class StartupChannel {
  readonly key: SessionKey = defaultKey(encodeText(DEFAULT_KEY));
  readonly #clock: Clock;
  readonly #send: (datagram: Uint8Array, to: Address) => void;
  /** By address and session id. Bounded, since no address is proven. */
  readonly #fragments = new BoundedMap<string, PacketFragments>(MAX_FRAGMENTING_STARTUPS);
  readonly #buffer: PacketBuffer;
  readonly #packet: ByteWriter;

  /** Packets are written in `buffer`. */
  constructor(
    clock: Clock,
    buffer: PacketBuffer,
    send: (datagram: Uint8Array, to: Address) => void,
  ) {
    this.#clock = clock;
    this.#buffer = buffer;
    this.#packet = ByteWriter.into(buffer.bytes);
    this.#send = send;
  }

  /**
   * The chunks of a startup packet, or of the one whose last fragment this is (RFC 7016 §2.3.1);
   * undefined while fragments are missing.
   * @throws ProtocolError when it is no startup packet
   */
  receive(datagram: Uint8Array, sessionId: number, from: Address): ByteReader | undefined {
    const input = readStartup(this.key.open(datagram));
    const chunk: ChunkRange = { type: 0, end: 0 };
    const { offset } = input;
    if (!nextChunk(input, chunk) || chunk.type !== Chunk.fragment) {
      input.offset = offset;
      return input;
    }
    const name = `${sessionId} ${addressText(from)}`;
    const fragments = this.#fragments.get(name) ?? new PacketFragments();
    this.#fragments.delete(name);
    const whole = fragments.addFragment(new ByteReader(input.bytes, input.offset, chunk.end));
    if (whole) return readStartup(new ByteReader(whole));
    this.#fragments.set(name, fragments);
    return undefined;
  }

  /**
   * Sends what `write` writes to a session id. When the address is not proven, `received` is the
   * length of the datagram that is answered: an answer above {@link AMPLIFICATION} times that is not
   * sent. Returns whether it was sent.
   */
  send(
    to: Address,
    sessionId: number,
    write: (output: ByteWriter) => void,
    received?: number,
  ): boolean {
    const datagram = this.seal(sessionId, write);
    const limit = received === undefined ? Infinity : AMPLIFICATION * onTheWire(received);
    if (onTheWire(datagram.length) > limit) return false;
    this.#send(datagram, to);
    return true;
  }

  /** The datagram of what `write` writes, valid until the next one is written. */
  seal(sessionId: number, write: (output: ByteWriter) => void): Uint8Array<ArrayBuffer> {
    const packet = this.#packet;
    packet.truncate(0);
    packet.reserve(PACKET_HEADROOM);
    packet.u8(Mode.startup | PacketFlag.timestamp).u16(timestampOf(this.#clock.now()));
    write(packet);
    const end = packet.length;
    if (end > PACKET_HEADROOM + MAX_STARTUP_PACKET) {
      throw new RangeError(`startup packet of ${end - PACKET_HEADROOM} bytes`);
    }
    return this.key.seal({ buffer: this.#buffer, end }, sessionId);
  }

  resend(datagram: Uint8Array, to: Address): void {
    this.#send(datagram, to);
  }
}

function readStartup(input: ByteReader): ByteReader {
  if (readPacketHeader(input).mode !== Mode.startup) throw new ProtocolError("not startup");
  return input;
}

function onTheWire(datagram: number): number {
  return datagram + DATAGRAM_OVERHEAD;
}
