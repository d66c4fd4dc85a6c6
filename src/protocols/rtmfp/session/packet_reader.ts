import { ByteReader, ProtocolError } from "../../../bytes/mod.ts";
import { ECN_REORDERED } from "../params.ts";
import { type Acknowledgement, readAcknowledgement } from "../wire/acknowledgement.ts";
import type { Address } from "../wire/address.ts";
import { Chunk, type ChunkRange, nextChunk } from "../wire/chunk.ts";
import { Mode, type PacketHeader, readPacketHeader } from "../wire/packet.ts";
import { type ForwardedHello, readForwardedHello } from "../wire/startup_chunks.ts";
import { UserData } from "../wire/user_data.ts";
import { PacketFragments } from "./packet_fragments.ts";

/** Takes what a packet carries. */
export interface PacketReceiver {
  /** Which chunks are read: all, those that close the session, or none. */
  listensTo(): "all" | "closing" | "none";
  onHeader(header: PacketHeader): void;
  onData(data: UserData): void;
  onAcknowledgement(ack: Acknowledgement): void;
  onProbe(flowId: number): void;
  onFlowException(flowId: number, code: number): void;
  onPing(message: Uint8Array): void;
  onPingReply(message: Uint8Array, from: Address): void;
  onForwardedHello(hello: ForwardedHello): void;
  /** Routers marked packets of ours as congested since the last report. */
  onCongestion(): void;
  onCloseRequest(): void;
  onCloseAck(): void;
  /** A chunk that could not be read. */
  onMalformed(): void;
}

/** Reads a session's packets, whole or in Fragment chunks. */
export class PacketReader {
  readonly #receiver: PacketReceiver;
  readonly #mode: Mode;
  readonly #userData = new UserData();
  #fragments: PacketFragments | undefined;
  #congestion = 0;

  /** `mode` is our own, which the peer does not send. */
  constructor(receiver: PacketReceiver, mode: Mode) {
    this.#receiver = receiver;
    this.#mode = mode;
  }

  /** Reads a packet from its header on. Throws ProtocolError for one of our own direction. */
  readPacket(input: ByteReader, from: Address): void {
    this.#readChunks(input, from, true);
  }

  /** A malformed chunk is dropped, the others of its packet are read. */
  #readChunks(input: ByteReader, from: Address, mayHaveParts: boolean): void {
    const receiver = this.#receiver;
    const header = readPacketHeader(input);
    if (header.mode === this.#mode || header.mode === Mode.startup) {
      throw new ProtocolError("packet of our own direction");
    }
    receiver.onHeader(header);
    this.#userData.reset();
    const chunk: ChunkRange = { type: 0, end: 0 };
    while (receiver.listensTo() !== "none" && nextChunk(input, chunk)) {
      const payload = new ByteReader(input.bytes, input.offset, chunk.end);
      input.offset = chunk.end;
      try {
        if (chunk.type === Chunk.sessionClose) receiver.onCloseRequest();
        else if (chunk.type === Chunk.sessionCloseAck) receiver.onCloseAck();
        else if (receiver.listensTo() !== "all") continue;
        else if (chunk.type !== Chunk.fragment) this.#readChunk(chunk.type, payload, from);
        else if (mayHaveParts) {
          this.#fragments ??= new PacketFragments();
          const whole = this.#fragments.addFragment(payload);
          if (whole) this.#readChunks(new ByteReader(whole), from, false);
          this.#userData.reset();
        }
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        receiver.onMalformed();
      }
    }
  }

  #readChunk(type: number, payload: ByteReader, from: Address): void {
    const receiver = this.#receiver;
    switch (type) {
      case Chunk.userData:
        this.#userData.read(payload);
        return receiver.onData(this.#userData);
      case Chunk.nextUserData:
        this.#userData.readNext(payload);
        return receiver.onData(this.#userData);
      case Chunk.ackBitmap:
      case Chunk.ackRanges:
        return receiver.onAcknowledgement(readAcknowledgement(payload, type));
      case Chunk.bufferProbe:
        return receiver.onProbe(payload.vlu());
      case Chunk.flowException:
        return receiver.onFlowException(payload.vlu(), payload.vlu());
      case Chunk.ping:
        return receiver.onPing(payload.rest());
      case Chunk.pingReply:
        return receiver.onPingReply(payload.rest(), from);
      case Chunk.forwardedHello:
        return receiver.onForwardedHello(readForwardedHello(payload));
      case Chunk.ecnReport:
        return this.#onEcnReport(payload.u8());
    }
  }

  /** `count` of marked packets, modulo 256. */
  #onEcnReport(count: number): void {
    const more = (count - this.#congestion) & 0xff;
    if (more === 0 || more >= ECN_REORDERED) return;
    this.#congestion = count;
    this.#receiver.onCongestion();
  }
}
