import type { Clock } from "../../../base/mod.ts";
import type { ByteReader, ByteWriter } from "../../../bytes/mod.ts";
import type { RecvFlow } from "../flow/recv_flow.ts";
import { Priority, type SendFlow } from "../flow/send_flow.ts";
import {
  FAR_CLOSE_LINGER,
  MAX_METADATA,
  MAX_PING,
  NEAR_CLOSE_PERIOD,
  NEAR_CLOSE_RESEND,
} from "../params.ts";
import type { Certificate } from "../startup/certificate.ts";
import type { SessionKey } from "../startup/session_key.ts";
import { type Address, addressText, Origin } from "../wire/address.ts";
import { Chunk, chunk } from "../wire/chunk.ts";
import { Mode, type PacketHeader, type SessionMode } from "../wire/packet.ts";
import { type ForwardedHello, writeForwardedHello } from "../wire/startup_chunks.ts";
import { Alarm } from "./alarm.ts";
import { Incoming, type IncomingOwner } from "./incoming.ts";
import { Liveness, type LivenessOwner } from "./liveness.ts";
import { Mobility, type MobilityOwner } from "./mobility.ts";
import { Outgoing, type OutgoingOwner } from "./outgoing.ts";
import { PacketReader, type PacketReceiver } from "./packet_reader.ts";
import { PacketWriter } from "./packet_writer.ts";
import { type AskedPaths, PathLimit, type PathLimitOwner } from "./path_limit.ts";
import { RoundTrip } from "./round_trip.ts";
import type { CloseReason, SessionHandler, SessionOptions, SessionOwner } from "./session_owner.ts";
import { TimeCritical } from "./time_critical.ts";

type State = "open" | "near-close" | "far-close" | "closed";

/** An established session with one peer (RFC 7016 §3.5). */
export class Session
  implements OutgoingOwner, IncomingOwner, LivenessOwner, MobilityOwner, PathLimitOwner {
  readonly id: number;
  readonly farId: number;
  readonly mode: SessionMode;
  readonly certificate: Certificate;
  readonly clock: Clock;
  readonly roundTrip = new RoundTrip();
  readonly timeCritical: TimeCritical;
  readonly path: PathLimit;
  /** Packets and chunks that nobody could read. */
  dropped = 0;
  readonly #owner: SessionOwner;
  readonly #key: SessionKey;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  readonly #liveness: Liveness;
  readonly #mobility: Mobility;
  readonly #timeout: Alarm;
  readonly #closing: Alarm;
  readonly #reader: PacketReader;
  readonly #writer: PacketWriter;
  #handler: SessionHandler | undefined;
  #state: State = "open";
  #address: Address;
  #closeLimit = Infinity;
  #receivedAt: number;
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
    this.path = new PathLimit(this);
    this.#outgoing = new Outgoing(this);
    this.#incoming = new Incoming(this);
    this.#liveness = new Liveness(this, options.keepalive);
    this.#mobility = new Mobility(this, owner.secret);
    this.#timeout = new Alarm(owner.clock, () => this.#onTimeout());
    this.#closing = new Alarm(owner.clock, () => this.#onClosing());
    this.#confirmed = options.mode === Mode.initiator;
    this.#reader = new PacketReader(this.#receiver(), options.mode);
    this.#writer = new PacketWriter({
      owner,
      key: options.key,
      mode: options.mode,
      farId: options.farId,
      roundTrip: this.roundTrip,
      path: this.path,
      timeCritical: this.timeCritical,
    });
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
      options.priority ?? Priority.routine,
      options.answers?.id,
    );
    if (this.#state !== "open") flow.abort(0);
    return flow;
  }

  /** Tells the peer that somebody looks for it (RFC 7016 §3.5.1.5). */
  forwardHello(hello: ForwardedHello): void {
    this.#sendChunks((output) => writeForwardedHello(output, hello, Origin.remote));
  }

  /** Sends what is queued; with `onlyFull` a last packet that is not full waits for more. */
  flush(onlyFull = false): void {
    this.write(onlyFull);
    this.#owner.packets.flush();
  }

  /** The same, but the last packet may wait for one of another session, until those are flushed. */
  write(onlyFull = false): void {
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
    this.#sendChunks((output) => chunk(output, Chunk.sessionClose));
    this.#end("near-close", reason);
  }

  /** Ends it at once and forgets it. */
  abort(reason: CloseReason): void {
    if (this.#state === "closed") return;
    if (this.#state === "open") this.#end("closed", reason);
    this.#state = "closed";
    this.#closing.cancel();
    this.#owner.onClosed(this);
  }

  /** Takes a datagram for this session; throws ProtocolError for one that is not the peer's. */
  receive(datagram: Uint8Array, from: Address): void {
    if (this.#state === "closed") return;
    try {
      this.#readPacket(this.#key.open(datagram), from);
    } catch (error) {
      this.dropped++;
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
    this.#sendChunks((output) => chunk(output, Chunk.bufferProbe, () => output.vlu(flowId)));
  }

  onFlowClosed(): void {
    this.#liveness?.onFlowClosed();
  }

  sendPing(): void {
    this.#sendChunks((output) => chunk(output, Chunk.ping));
    this.#startTimeout();
  }

  get longestDatagram(): number {
    return this.#owner.longestDatagram;
  }

  get askedPaths(): AskedPaths {
    return this.#owner.askedPaths;
  }

  sendPathProbe(message: Uint8Array, packet: number): void {
    const probe = this.#writer.begin();
    writePing(probe, Chunk.ping, message);
    this.#writer.pad(probe, packet);
    this.#writer.send(this.#address);
    this.#owner.packets.flush();
  }

  sendChallenge(message: Uint8Array, to: Address): void {
    this.#sendChunks((output) => writePing(output, Chunk.ping, message), to);
  }

  sendFlow(id: number): SendFlow | undefined {
    return this.#outgoing.flow(id);
  }

  onFlow(flow: RecvFlow): void {
    this.#handler?.onFlow(flow);
  }

  #readPacket(input: ByteReader, from: Address): void {
    this.#outgoing.beginPacket();
    this.#reader.read(input, from);
    if (this.#state !== "open") return;
    this.#incoming.endPacket();
    if (this.#outgoing.endPacket()) this.#startTimeout();
    this.#handler?.onPacket?.();
    if (this.#state === "open") this.#checkAddress(from);
  }

  /** What the chunks of the peer's packets do. */
  #receiver(): PacketReceiver {
    const incoming = this.#incoming;
    const outgoing = this.#outgoing;
    return {
      listensTo: () =>
        this.#state === "open" ? "all" : this.#state === "closed" ? "none" : "closing",
      onHeader: (header) => this.#onHeader(header),
      onData: (data) => incoming.onData(data),
      onAcknowledgement: (ack) => {
        this.#liveness.onAnswer();
        outgoing.onAcknowledgement(ack);
      },
      onProbe: (flowId) => incoming.onProbe(flowId),
      onFlowException: (flowId, code) => outgoing.flow(flowId)?.refused(code),
      onPing: (message) => this.#onPing(message),
      onPingReply: (message, from) => this.#onPingReply(message, from),
      onForwardedHello: (hello) => this.#handler?.onForwardedHello?.(hello),
      onCongestion: () => outgoing.noteCongestion(),
      onCloseRequest: () => this.#onCloseRequest(),
      onCloseAck: () => this.#onCloseAck(),
      onMalformed: () => void this.dropped++,
    };
  }

  #onHeader(header: PacketHeader): void {
    const now = this.clock.now();
    this.#receivedAt = now;
    if (!this.#confirmed) {
      this.#confirmed = true;
      this.#owner.onConfirmed(this);
    }
    if (this.#state !== "open") return;
    if (header.timestamp !== undefined) this.roundTrip.onTimestamp(header.timestamp, now);
    if (header.timestampEcho !== undefined) this.roundTrip.onEcho(header.timestampEcho, now);
    if (header.timeCritical) this.timeCritical.onReceived();
    if (header.timeCriticalReverse) this.timeCritical.onReverse();
  }

  #onPing(message: Uint8Array): void {
    if (message.length > MAX_PING) return;
    this.#sendChunks((output) => writePing(output, Chunk.pingReply, message));
  }

  #onPingReply(message: Uint8Array, from: Address): void {
    this.#liveness.onAnswer();
    if (this.path.verify(message)) return;
    if (!this.#mobility.verify(message, from, this.clock.now())) return;
    const old = this.#address;
    if (addressText(old) === addressText(from)) return;
    this.#address = from;
    this.path.reset();
    this.#owner.onMoved(this, old);
    this.#handler?.onAddressChanged?.(old);
  }

  #checkAddress(from: Address): void {
    if (from.port === this.#address.port && from.host === this.#address.host) return;
    this.#mobility.ask(from);
  }

  #onCloseRequest(): void {
    if (this.#state === "open") {
      this.#end("far-close", "far");
      this.#closing.set(this.clock.now() + FAR_CLOSE_LINGER);
    }
    this.#sendChunks((output) => chunk(output, Chunk.sessionCloseAck));
  }

  #onCloseAck(): void {
    if (this.#state === "open") this.#sendChunks((o) => chunk(o, Chunk.sessionCloseAck));
    this.abort("far");
  }

  #onClosing(): void {
    const now = this.clock.now();
    if (this.#state !== "near-close" || now >= this.#closeLimit) return this.abort("near");
    this.#sendChunks((output) => chunk(output, Chunk.sessionClose));
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
    this.path.stop();
    this.#mobility.stop();
    this.#outgoing.close();
    this.#incoming.close();
    this.#owner.onClosing(this);
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onClose(reason);
  }

  /** Sends chunks at once, in a packet of their own. */
  #sendChunks(write: (output: ByteWriter) => void, to = this.#address): void {
    if (this.#state === "closed") return;
    write(this.#writer.begin());
    this.#writer.send(to);
    this.#owner.packets.flush();
  }

  /** Writes one packet of acknowledgements and data; false when there is nothing to send. */
  #sendPacket(onlyFull: boolean): boolean {
    const sending = this.#outgoing.canSend;
    if (!sending && !this.#incoming.due) return false;
    const packet = this.#writer.begin();
    const start = packet.length;
    const { end } = this.#writer;
    this.#incoming.writeAcknowledgements(packet, end);
    const filled = sending && !(onlyFull && !this.#outgoing.fillsPacket)
      ? this.#outgoing.fill(packet, end, packet.length === start)
      : undefined;
    if (packet.length === start) return false;
    if (filled?.timeCritical) this.#writer.markTimeCritical(packet);
    if (filled?.inParts) this.#writer.sendParts(packet, this.#address);
    else this.#writer.send(this.#address);
    return true;
  }
}

function writePing(output: ByteWriter, type: Chunk, message: Uint8Array): void {
  chunk(output, type, () => output.bytes(message));
}
