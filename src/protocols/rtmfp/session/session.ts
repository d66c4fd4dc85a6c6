import type { Clock } from "../../../base/mod.ts";
import type { ByteReader, ByteWriter } from "../../../bytes/mod.ts";
import type { RecvFlow } from "../flow/recv_flow.ts";
import { Priority, type SendFlow } from "../flow/send_flow.ts";
import { MAX_METADATA, MAX_PING } from "../params.ts";
import type { Certificate } from "../startup/certificate.ts";
import type { SessionKey } from "../startup/session_key.ts";
import { type Address, addressText, Origin } from "../wire/address.ts";
import { Chunk, chunk } from "../wire/chunk.ts";
import { Mode, type PacketHeader, type SessionMode } from "../wire/packet.ts";
import { type ForwardedHello, writeForwardedHello } from "../wire/startup_chunks.ts";
import { Alarm } from "./alarm.ts";
import { Closing } from "./closing.ts";
import { Incoming } from "./incoming.ts";
import { Liveness } from "./liveness.ts";
import { Mobility } from "./mobility.ts";
import { Outgoing } from "./outgoing.ts";
import { PacketReader, type PacketReceiver } from "./packet_reader.ts";
import type { PacketSender } from "./packet_sender.ts";
import { PacketWriter } from "./packet_writer.ts";
import { PathLimit, type ProbedHosts } from "./path_limit.ts";
import { RoundTrip } from "./round_trip.ts";
import type { CloseReason, SessionHandler } from "./session_handler.ts";
import { TimeCritical, type TimeCriticalRegistry } from "./time_critical.ts";

/** What all sessions of one endpoint share, and what they tell it. */
export interface SessionContext {
  readonly clock: Clock;
  readonly packets: PacketSender;
  readonly timeCritical: TimeCriticalRegistry;
  readonly probedHosts: ProbedHosts;
  /** Bytes of the longest datagram that is tried on a path. */
  readonly longestDatagram: number;
  /** Flows that a session accepts a second. */
  readonly flows?: number;
  /** Key of the proofs of moved addresses. */
  readonly secret: Uint8Array;
  /** The session has something to send: it is to be flushed at the end of this turn. */
  readonly onReady: (session: Session) => void;
  /** The peer proved that it has the keys. */
  readonly onConfirmed: (session: Session) => void;
  readonly onMoved: (session: Session, old: Address) => void;
  /** It accepts no more data, but its id stays taken. */
  readonly onClosing: (session: Session) => void;
  /** Its id is free. */
  readonly onClosed: (session: Session) => void;
}

/** What the handshake agreed upon. */
export interface SessionOptions {
  readonly id: number;
  readonly farId: number;
  readonly mode: SessionMode;
  readonly address: Address;
  readonly certificate: Certificate;
  readonly key: SessionKey;
  /** Milliseconds between keep-alive pings. */
  readonly keepalive: number;
}

/** An established session with one peer (RFC 7016 §3.5). */
export class Session {
  readonly id: number;
  readonly farId: number;
  readonly mode: SessionMode;
  readonly certificate: Certificate;
  readonly clock: Clock;
  readonly roundTrip = new RoundTrip();
  readonly timeCritical: TimeCritical;
  readonly path: PathLimit;
  /** Packets and chunks that could not be read. */
  dropped = 0;
  readonly #endpoint: SessionContext;
  readonly #key: SessionKey;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  readonly #liveness: Liveness;
  readonly #mobility: Mobility;
  readonly #timeout: Alarm;
  readonly #closing: Closing;
  readonly #reader: PacketReader;
  readonly #writer: PacketWriter;
  #handler: SessionHandler | undefined;
  #address: Address;
  #receivedAt: number;
  #isConfirmed: boolean;

  constructor(endpoint: SessionContext, options: SessionOptions) {
    const { clock, packets, probedHosts, longestDatagram, secret } = endpoint;
    const { id, farId, mode, address, certificate, key, keepalive } = options;
    const { roundTrip } = this;
    const timeCritical = new TimeCritical(endpoint.timeCritical);
    const onReady = () => endpoint.onReady(this);
    this.#endpoint = endpoint;
    this.id = id;
    this.farId = farId;
    this.mode = mode;
    this.certificate = certificate;
    this.clock = clock;
    this.timeCritical = timeCritical;
    this.#key = key;
    this.#address = address;
    this.#receivedAt = clock.now();
    this.#isConfirmed = mode === Mode.initiator;
    const path = this.path = new PathLimit({
      clock,
      host: address.host,
      probedHosts,
      longestDatagram,
      sendProbe: (message, packet) => this.#sendPathProbe(message, packet),
    });
    this.#outgoing = new Outgoing({
      clock,
      roundTrip,
      timeCritical,
      path,
      onReady,
      onDataSent: () => {
        this.#liveness.onQuestion();
        this.#startTimeout();
      },
      onFlowClosed: () => this.#liveness.onFlowClosed(),
      sendProbe: (flowId) =>
        this.#sendChunks((output) => chunk(output, Chunk.bufferProbe, () => output.vlu(flowId))),
    });
    this.#incoming = new Incoming({
      clock,
      onReady,
      onFlow: (flow) => this.#handler?.onFlow(flow),
      onRefused: (text) => this.#handler?.onRefused?.(text),
      onHeld: (bytes) => this.#handler?.onHeld?.(bytes) ?? true,
      sendFlow: (flowId) => this.#outgoing.flow(flowId),
    });
    this.#liveness = new Liveness({
      clock,
      keepalive,
      sendPing: () => this.sendPing(),
      isIdle: () => this.isIdle,
      onExpired: (reason) => this.close(reason),
    });
    this.#mobility = new Mobility({
      clock,
      roundTrip,
      secret,
      sendChallenge: (message, to) =>
        this.#sendChunks((output) => writePing(output, Chunk.ping, message), to),
    });
    this.#timeout = new Alarm(clock, () => this.#onTimeout());
    this.#closing = new Closing({
      clock,
      sendClose: () => this.#sendChunks((output) => chunk(output, Chunk.sessionClose)),
      sendCloseAck: () => this.#sendChunks((output) => chunk(output, Chunk.sessionCloseAck)),
      onEnd: (reason) => this.#onEnd(reason),
      onClosed: () => endpoint.onClosed(this),
    });
    this.#reader = new PacketReader(this.#receiver(), mode);
    this.#writer = new PacketWriter({
      clock,
      packets,
      key,
      mode,
      farId,
      roundTrip,
      path,
      timeCritical,
    });
  }

  /** Set by the endpoint before the first packet is read. */
  set handler(handler: SessionHandler) {
    this.#handler = handler;
  }

  get isOpen(): boolean {
    return this.#closing.state === "open";
  }

  get address(): Address {
    return this.#address;
  }

  /** SHA-256 of the peer's certificate, 32 bytes. */
  get peerId(): Uint8Array {
    return this.certificate.fingerprint;
  }

  /** When the last valid packet came, on the clock. */
  get receivedAt(): number {
    return this.#receivedAt;
  }

  /** Bytes in flight, and the most that may be. */
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

  /** Opens a flow to the peer, associated with one of the peer's or not (RFC 7016 §2.3.11.1.2). */
  openFlow(
    metadata: Uint8Array,
    options: { readonly priority?: Priority; readonly associated?: RecvFlow | undefined } = {},
  ): SendFlow {
    if (metadata.length > MAX_METADATA) {
      throw new RangeError(`flow metadata of ${metadata.length} bytes`);
    }
    const flow = this.#outgoing.openFlow(
      metadata,
      options.priority ?? Priority.routine,
      options.associated?.id,
    );
    if (!this.isOpen) flow.abort(0);
    return flow;
  }

  /** Forwards the hello of another peer that asks for this one (RFC 7016 §3.5.1.5). */
  forwardHello(hello: ForwardedHello): void {
    this.#sendChunks((output) => writeForwardedHello(output, hello, Origin.remote));
  }

  /** Asks the peer for a sign of life. */
  sendPing(): void {
    this.#sendChunks((output) => chunk(output, Chunk.ping));
    this.#startTimeout();
  }

  /** Sends what is queued; with `onlyFull` the last packet waits until it is full. */
  flush(onlyFull = false): void {
    this.write(onlyFull);
    this.#endpoint.packets.flush();
  }

  /** As {@link flush}, but the last packet waits in the {@link PacketSender} until that is flushed. */
  write(onlyFull = false): void {
    if (!this.isOpen) return;
    while (this.#sendPacket(onlyFull));
  }

  /** Closes the session: the close is repeated until the peer confirms it. */
  close(reason: CloseReason = "near"): void {
    this.flush();
    this.#closing.close(reason);
  }

  /** Ends the session at once, without a word to the peer. */
  abort(reason: CloseReason): void {
    this.#closing.abort(reason);
  }

  /** Takes a datagram for this session; throws ProtocolError for one that is not the peer's. */
  receive(datagram: Uint8Array, from: Address): void {
    if (this.#closing.state === "closed") return;
    try {
      this.#readPacket(this.#key.open(datagram), from);
    } catch (error) {
      this.dropped++;
      throw error;
    }
    if (this.isOpen) this.flush();
  }

  #readPacket(input: ByteReader, from: Address): void {
    this.#outgoing.beginPacket();
    this.#reader.readPacket(input, from);
    if (!this.isOpen) return;
    this.#incoming.endPacket();
    if (this.#outgoing.endPacket()) this.#startTimeout();
    this.#handler?.onPacket?.();
    if (this.isOpen) this.#checkAddress(from);
  }

  /** Where the chunks of the peer's packets go. */
  #receiver(): PacketReceiver {
    const incoming = this.#incoming;
    const outgoing = this.#outgoing;
    return {
      listensTo: () => {
        const { state } = this.#closing;
        return state === "open" ? "all" : state === "closed" ? "none" : "closing";
      },
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
      onCloseRequest: () => this.#closing.onRequest(),
      onCloseAck: () => this.#closing.onAck(),
      onMalformed: () => void this.dropped++,
    };
  }

  #sendPathProbe(message: Uint8Array, packet: number): void {
    const probe = this.#writer.begin();
    writePing(probe, Chunk.ping, message);
    this.#writer.pad(probe, packet);
    this.#writer.send(this.#address);
    this.#endpoint.packets.flush();
  }

  #onHeader(header: PacketHeader): void {
    const now = this.clock.now();
    this.#receivedAt = now;
    if (!this.#isConfirmed) {
      this.#isConfirmed = true;
      this.#endpoint.onConfirmed(this);
    }
    if (!this.isOpen) return;
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
    this.path.reset(from.host);
    this.#endpoint.onMoved(this, old);
    this.#handler?.onAddressChanged?.(old);
  }

  #checkAddress(from: Address): void {
    if (from.port === this.#address.port && from.host === this.#address.host) return;
    this.#mobility.challenge(from);
  }

  #startTimeout(): void {
    this.#timeout.set(this.clock.now() + this.roundTrip.timeout);
  }

  #onTimeout(): void {
    if (!this.isOpen) return;
    const any = this.#outgoing.onTimeout();
    if (!any && !this.#liveness.isPinging) return;
    this.roundTrip.backOff();
    if (this.#liveness.onTimeout()) this.flush();
  }

  #onEnd(reason: CloseReason): void {
    this.#timeout.cancel();
    this.#liveness.stop();
    this.path.stop();
    this.#mobility.stop();
    this.#outgoing.close();
    this.#incoming.close();
    this.#endpoint.onClosing(this);
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onClose(reason);
  }

  /** Sends chunks at once, in a packet of their own. */
  #sendChunks(write: (output: ByteWriter) => void, to = this.#address): void {
    if (this.#closing.state === "closed") return;
    write(this.#writer.begin());
    this.#writer.send(to);
    this.#endpoint.packets.flush();
  }

  /** Writes one packet of acknowledgements and data; false when there is nothing to send. */
  #sendPacket(onlyFull: boolean): boolean {
    const sending = this.#outgoing.canSend;
    if (!sending && !this.#incoming.isDue) return false;
    const packet = this.#writer.begin();
    const start = packet.length;
    const { end } = this.#writer;
    this.#incoming.writeAcknowledgements(packet, end);
    const filled = sending && !(onlyFull && !this.#outgoing.fillsPacket)
      ? this.#outgoing.fill(packet, end, packet.length === start)
      : undefined;
    if (packet.length === start) return false;
    if (filled?.isTimeCritical) this.#writer.markTimeCritical(packet);
    if (filled?.isInParts) this.#writer.sendParts(packet, this.#address);
    else this.#writer.send(this.#address);
    return true;
  }
}

function writePing(output: ByteWriter, type: Chunk, message: Uint8Array): void {
  chunk(output, type, () => output.bytes(message));
}
