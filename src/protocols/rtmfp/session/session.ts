import type { Clock } from "../../../base/mod.ts";
import { ByteReader, type ByteWriter, ProtocolError } from "../../../bytes/mod.ts";
import type { RecvFlow } from "../flow/recv_flow.ts";
import { Priority, type SendFlow } from "../flow/send_flow.ts";
import {
  ECN_REORDERED,
  FAR_CLOSE_LINGER,
  MAX_METADATA,
  MAX_PACKET,
  MAX_PING,
  NEAR_CLOSE_PERIOD,
  NEAR_CLOSE_RESEND,
} from "../params.ts";
import type { Certificate } from "../startup/certificate.ts";
import { BACK_MARGIN, FRONT_MARGIN, type SessionKey } from "../startup/session_key.ts";
import { readAcknowledgement } from "../wire/acknowledgement.ts";
import { type Address, addressText, Origin } from "../wire/address.ts";
import { Chunk, type ChunkRange, nextChunk } from "../wire/chunk.ts";
import {
  Mode,
  PacketFlag,
  type PacketHeader,
  readPacketHeader,
  timestampOf,
} from "../wire/packet.ts";
import {
  type ForwardedHello,
  readForwardedHello,
  writeForwardedHello,
} from "../wire/startup_chunks.ts";
import { UserData } from "../wire/user_data.ts";
import { Alarm } from "./alarm.ts";
import { Incoming, type IncomingOwner } from "./incoming.ts";
import { Liveness, type LivenessOwner } from "./liveness.ts";
import { Mobility } from "./mobility.ts";
import { Outgoing, type OutgoingOwner } from "./outgoing.ts";
import { PacketFragments } from "./packet_fragments.ts";
import { RoundTrip } from "./round_trip.ts";
import type { CloseReason, SessionHandler, SessionOptions, SessionOwner } from "./session_owner.ts";
import { TimeCritical } from "./time_critical.ts";

type State = "open" | "near-close" | "far-close" | "closed";

/** An established session with one peer (RFC 7016 §3.5). */
export class Session implements OutgoingOwner, IncomingOwner, LivenessOwner {
  readonly id: number;
  readonly farId: number;
  readonly mode: Mode.Initiator | Mode.Responder;
  readonly certificate: Certificate;
  readonly clock: Clock;
  readonly roundTrip = new RoundTrip();
  readonly timeCritical: TimeCritical;
  /** Bytes of datagrams in both directions, packets dropped as wrong. */
  readonly traffic = { received: 0, sent: 0, dropped: 0 };
  readonly #owner: SessionOwner;
  readonly #key: SessionKey;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  readonly #liveness: Liveness;
  readonly #mobility: Mobility;
  readonly #timeout: Alarm;
  readonly #closing: Alarm;
  readonly #userData = new UserData();
  #fragments: PacketFragments | undefined;
  #handler: SessionHandler | undefined;
  #state: State = "open";
  #address: Address;
  #closeLimit = Infinity;
  #receivedAt: number;
  #congestionSeen = 0;
  #confirmed = false;

  constructor(owner: SessionOwner, options: SessionOptions) {
    this.#owner = owner;
    this.id = options.id;
    this.farId = options.farId;
    this.mode = options.mode;
    this.certificate = options.certificate;
    this.clock = owner.clock;
    this.timeCritical = new TimeCritical(owner.timeCritical);
    this.#key = options.key;
    this.#address = options.address;
    this.#receivedAt = owner.clock.now();
    this.#outgoing = new Outgoing(this);
    this.#incoming = new Incoming(this);
    this.#liveness = new Liveness(this, options.keepalive);
    this.#mobility = new Mobility(owner.secret);
    this.#timeout = new Alarm(owner.clock, () => this.#onTimeout());
    this.#closing = new Alarm(owner.clock, () => this.#onClosing());
    this.#confirmed = options.mode === Mode.Initiator;
  }

  /** Set by the endpoint before the first packet is read. */
  set handler(handler: SessionHandler) {
    this.#handler = handler;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get address(): Address {
    return this.#address;
  }

  /** SHA-256 of the peer's certificate, 32 bytes. */
  get peerId(): Uint8Array {
    return this.certificate.fingerprint;
  }

  /** When a good packet came last, on the clock. */
  get receivedAt(): number {
    return this.#receivedAt;
  }

  /** Bytes sent and not acknowledged, bytes that may be. */
  get congestion(): { outstanding: number; window: number } {
    return { outstanding: this.#outgoing.outstanding, window: this.#outgoing.window };
  }

  get nonces(): { near: Uint8Array; far: Uint8Array } {
    return { near: this.#key.nearNonce, far: this.#key.farNonce };
  }

  get protection(): string {
    return this.#key.protection;
  }

  get isIdle(): boolean {
    return this.#outgoing.flowCount === 0 && this.#incoming.flowCount === 0;
  }

  /** Opens a flow to the peer, in answer to one of the peer's when `answers` is given. */
  openFlow(
    metadata: Uint8Array,
    options: { readonly priority?: Priority; readonly answers?: RecvFlow | undefined } = {},
  ): SendFlow {
    if (metadata.length > MAX_METADATA) {
      throw new RangeError(`flow metadata of ${metadata.length} bytes`);
    }
    const flow = this.#outgoing.open(
      metadata,
      options.priority ?? Priority.Routine,
      options.answers?.id,
    );
    if (this.#state !== "open") flow.abort(0);
    return flow;
  }

  setKeepalive(period: number): void {
    if (this.#state === "open") this.#liveness.setPeriod(period);
  }

  /** Tells the peer that somebody looks for it (RFC 7016 §3.5.1.5). */
  forwardHello(hello: ForwardedHello): void {
    this.#sendChunks((output) => writeForwardedHello(output, hello, Origin.Remote));
  }

  /** Sends what is queued; with `onlyFull` a last packet that is not full waits for more. */
  flush(onlyFull = false): void {
    if (this.#state !== "open") return;
    while (this.#sendPacket(onlyFull));
  }

  /** Ends the session in order: the peer is told, and asked again until it confirms. */
  close(reason: CloseReason = "near"): void {
    if (this.#state !== "open") return;
    this.flush();
    const now = this.clock.now();
    this.#closeLimit = now + NEAR_CLOSE_PERIOD;
    this.#closing.set(now + NEAR_CLOSE_RESEND);
    this.#sendChunks((output) => writeEmpty(output, Chunk.SessionClose));
    this.#end("near-close", reason);
  }

  /** Ends it at once and forgets it. */
  abort(reason: CloseReason): void {
    if (this.#state === "closed") return;
    if (this.#state === "open") this.#end("closed", reason);
    this.#state = "closed";
    this.#closing.cancel();
    this.#key.close();
    this.#owner.onClosed(this);
  }

  /** Takes a datagram for this session; throws ProtocolError for one that is not the peer's. */
  receive(datagram: Uint8Array, from: Address): void {
    if (this.#state === "closed") return;
    let input: ByteReader;
    try {
      input = this.#key.open(datagram);
      this.traffic.received += datagram.length;
      this.#readPacket(input, from);
    } catch (error) {
      this.traffic.dropped++;
      throw error;
    }
    if (this.#state === "open") this.flush();
  }

  // What the halves of the session ask for.

  flushSoon(): void {
    this.#owner.flushSoon(this);
  }

  onDataSent(): void {
    this.#liveness.onQuestion();
    this.#startTimeout();
  }

  sendProbe(flowId: number): void {
    this.#sendChunks((output) => {
      output.u8(Chunk.BufferProbe);
      const length = output.reserve(2);
      output.vlu(flowId);
      output.setU16(length, output.length - length - 2);
    });
  }

  onFlowClosed(): void {
    this.#liveness?.onFlowClosed();
  }

  sendPing(): void {
    this.#sendChunks((output) => writeEmpty(output, Chunk.Ping));
    this.#startTimeout();
  }

  sendFlow(id: number): SendFlow | undefined {
    return this.#outgoing.flow(id);
  }

  onFlow(flow: RecvFlow): void {
    this.#handler?.onFlow(flow);
  }

  #readPacket(input: ByteReader, from: Address): void {
    const header = readPacketHeader(input);
    if (header.mode === this.mode || header.mode === Mode.Startup) {
      throw new ProtocolError("packet of our own direction");
    }
    this.#receivedAt = this.clock.now();
    if (!this.#confirmed) {
      this.#confirmed = true;
      this.#owner.onConfirmed(this);
    }
    if (this.#state === "open") this.#onHeader(header);
    this.#outgoing.beginPacket();
    this.#userData.reset();
    this.#readChunks(input, from);
    if (this.#state !== "open") return;
    this.#incoming.endPacket();
    if (this.#outgoing.endPacket()) this.#startTimeout();
    this.#handler?.onPacket?.();
    if (this.#state === "open") this.#checkAddress(from);
  }

  #onHeader(header: PacketHeader): void {
    const now = this.clock.now();
    if (header.timestamp !== undefined) this.roundTrip.onTimestamp(header.timestamp, now);
    if (header.timestampEcho !== undefined) this.roundTrip.onEcho(header.timestampEcho, now);
    if (header.timeCritical) this.timeCritical.onReceived();
    if (header.timeCriticalReverse) this.timeCritical.onReverse();
  }

  /** A malformed chunk costs itself, not the others of its packet. */
  #readChunks(input: ByteReader, from: Address): void {
    const chunk: ChunkRange = { type: 0, end: 0 };
    while (this.#state !== "closed" && nextChunk(input, chunk)) {
      const payload = new ByteReader(input.bytes, input.offset, chunk.end);
      input.offset = chunk.end;
      try {
        if (this.#state === "open") this.#onOpenChunk(chunk.type, payload, from);
        if (chunk.type === Chunk.SessionClose) this.#onCloseRequest();
        else if (chunk.type === Chunk.SessionCloseAck) this.#onCloseAck();
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        this.traffic.dropped++;
      }
    }
  }

  #onOpenChunk(type: Chunk, payload: ByteReader, from: Address): void {
    switch (type) {
      case Chunk.UserData:
        this.#userData.read(payload);
        return this.#incoming.onData(this.#userData);
      case Chunk.NextUserData:
        this.#userData.readNext(payload);
        return this.#incoming.onData(this.#userData);
      case Chunk.AckBitmap:
      case Chunk.AckRanges:
        this.#liveness.onAnswer();
        return this.#outgoing.onAcknowledgement(readAcknowledgement(payload, type));
      case Chunk.BufferProbe:
        return this.#incoming.onProbe(payload.vlu());
      case Chunk.FlowException: {
        const flow = this.#outgoing.flow(payload.vlu());
        return flow?.refused(payload.vlu());
      }
      case Chunk.Ping:
        return this.#onPing(payload.rest());
      case Chunk.PingReply:
        return this.#onPingReply(payload.rest(), from);
      case Chunk.ForwardedHello:
        return this.#handler?.onForwardedHello?.(readForwardedHello(payload));
      case Chunk.EcnReport: {
        const count = payload.u8();
        const more = (count - this.#congestionSeen) & 0xff;
        if (more === 0 || more >= ECN_REORDERED) return;
        this.#congestionSeen = count;
        return this.#outgoing.noteCongestion();
      }
      case Chunk.Fragment: {
        this.#fragments ??= new PacketFragments();
        const whole = this.#fragments.add(payload);
        if (!whole) return;
        const input = new ByteReader(whole);
        if (readPacketHeader(input).mode !== this.mode) this.#readWhole(input, from);
      }
    }
  }

  /** The chunks of a packet that came in fragments; a fragment within is one too many. */
  #readWhole(input: ByteReader, from: Address): void {
    const chunk: ChunkRange = { type: 0, end: 0 };
    this.#userData.reset();
    while (this.#state === "open" && nextChunk(input, chunk)) {
      const payload = new ByteReader(input.bytes, input.offset, chunk.end);
      input.offset = chunk.end;
      if (chunk.type !== Chunk.Fragment) this.#onOpenChunk(chunk.type, payload, from);
    }
  }

  #onPing(message: Uint8Array): void {
    if (message.length > MAX_PING) return;
    this.#sendChunks((output) => {
      output.u8(Chunk.PingReply).u16(message.length).bytes(message);
    });
  }

  #onPingReply(message: Uint8Array, from: Address): void {
    this.#liveness.onAnswer();
    if (!this.#mobility.verify(message, from, this.clock.now())) return;
    const old = this.#address;
    if (addressText(old) === addressText(from)) return;
    this.#address = from;
    this.#owner.onMoved(this, old);
    this.#handler?.onAddressChanged?.(old);
  }

  #checkAddress(from: Address): void {
    if (from.port === this.#address.port && from.host === this.#address.host) return;
    const challenge = this.#mobility.challenge(from, this.clock.now());
    if (!challenge) return;
    const packet = this.#begin();
    packet.u8(Chunk.Ping).u16(challenge.length).bytes(challenge);
    this.#seal(packet, from);
  }

  #onCloseRequest(): void {
    if (this.#state === "open") {
      this.#end("far-close", "far");
      this.#closing.set(this.clock.now() + FAR_CLOSE_LINGER);
    }
    this.#sendChunks((output) => writeEmpty(output, Chunk.SessionCloseAck));
  }

  #onCloseAck(): void {
    if (this.#state === "open") this.#sendChunks((o) => writeEmpty(o, Chunk.SessionCloseAck));
    this.abort("far");
  }

  #onClosing(): void {
    const now = this.clock.now();
    if (this.#state !== "near-close" || now >= this.#closeLimit) return this.abort("near");
    this.#sendChunks((output) => writeEmpty(output, Chunk.SessionClose));
    this.#closing.set(now + NEAR_CLOSE_RESEND);
  }

  #startTimeout(): void {
    this.#timeout.set(this.clock.now() + this.roundTrip.timeout);
  }

  #onTimeout(): void {
    if (this.#state !== "open") return;
    const any = this.#outgoing.onTimeout();
    if (!any && !this.#liveness.pinged) return;
    this.roundTrip.backOff();
    if (this.#liveness.onTimeout()) this.flush();
  }

  #end(state: State, reason: CloseReason): void {
    this.#state = state;
    this.#timeout.cancel();
    this.#liveness.stop();
    this.#outgoing.close();
    this.#incoming.close();
    this.#owner.onClosing(this);
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onClose(reason);
  }

  /** Sends chunks at once, in a packet of their own. */
  #sendChunks(write: (output: ByteWriter) => void): void {
    if (this.#state === "closed") return;
    const packet = this.#begin();
    write(packet);
    this.#seal(packet, this.#address);
  }

  /** Sends one packet of acknowledgements and data; false when there is nothing to send. */
  #sendPacket(onlyFull: boolean): boolean {
    const sending = this.#outgoing.canSend;
    if (!sending && !this.#incoming.due) return false;
    const packet = this.#begin();
    const start = packet.length;
    const end = FRONT_MARGIN + MAX_PACKET;
    this.#incoming.writeAcknowledgements(packet, end);
    const filled = sending && !(onlyFull && !this.#outgoing.fillsPacket)
      ? this.#outgoing.fill(packet, end)
      : undefined;
    if (packet.length === start) return false;
    if (filled?.timeCritical) packet.buffer[FRONT_MARGIN]! |= PacketFlag.TimeCritical;
    this.#seal(packet, this.#address);
    return true;
  }

  #begin(): ByteWriter {
    const now = this.clock.now();
    const echo = this.roundTrip.echo(now);
    const packet = this.#owner.packet;
    packet.truncate(0);
    packet.reserve(FRONT_MARGIN);
    // A timestamp in every packet: one client drops packets without.
    let flags = this.mode | PacketFlag.Timestamp;
    if (echo !== undefined) flags |= PacketFlag.TimestampEcho;
    if (this.timeCritical.reverse) flags |= PacketFlag.TimeCriticalReverse;
    packet.u8(flags).u16(timestampOf(now));
    if (echo !== undefined) packet.u16(echo);
    return packet;
  }

  #seal(packet: ByteWriter, to: Address): void {
    const end = packet.length;
    packet.reserve(BACK_MARGIN);
    const datagram = this.#key.seal(packet.buffer, end, this.farId);
    this.traffic.sent += datagram.length;
    this.#owner.send(datagram, to);
  }
}

function writeEmpty(output: ByteWriter, type: Chunk): void {
  output.u8(type).u16(0);
}
