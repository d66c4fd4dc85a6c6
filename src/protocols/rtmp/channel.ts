import { ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import { decodeUserControl, encodeUserControl, MessageType, UserEvent } from "../../flash/mod.ts";
import { type ChunkLimits, ChunkStreamId, DEFAULT_CHUNK_SIZE, WINDOW_SIZE } from "./params.ts";
import { ChunkReader, type WireMessage } from "./wire/chunk_reader.ts";
import { writeMessage } from "./wire/chunk_writer.ts";
import { type ControlMessage, decodeControl, encodeControl, isControl } from "./wire/control.ts";

/** What a channel gives to its session. */
export interface RtmpChannelOptions {
  readonly limits?: ChunkLimits;
  readonly onOutput: (bytes: Uint8Array) => void;
  /** A control message that cannot be read was left out: the frame of it was sound. */
  readonly onSkipped?: (what: string) => void;
  /** The peer tells how much of a stream it wants to have in advance, in milliseconds. */
  readonly onBufferTime?: (streamId: number, time: number) => void;
  /** The peer has answered a {@link RtmpChannel.ping}; `time` in milliseconds. */
  readonly onRoundTrip?: (time: number) => void;
}

/**
 * The messages of one RTMP connection after its handshake, as client and server have them: chunks in
 * and out, and what both sides do of themselves: chunk sizes, acknowledgements, pings.
 */
export class RtmpChannel {
  readonly #options: RtmpChannelOptions;
  readonly #reader: ChunkReader;
  readonly #out = new ByteWriter(256);
  /** Bytes are collected in {@link #out}. */
  #isHolding = false;
  #isClosed = false;
  #chunkSize = DEFAULT_CHUNK_SIZE;
  #received = 0;
  #acknowledged = 0;
  /** Bytes after which the peer wants an acknowledgement. */
  #window = WINDOW_SIZE;
  #announcedWindow = 0;
  #now = 0;
  /** Time told in the ping request that is not answered yet, and when it was sent. */
  #pinged: number | undefined;
  #pingedAt = 0;

  constructor(options: RtmpChannelOptions) {
    this.#options = options;
    this.#reader = new ChunkReader(options.limits);
  }

  set limits(limits: ChunkLimits) {
    this.#reader.limits = limits;
  }

  /** Bytes held of messages that are not whole. */
  get partialBytes(): number {
    return this.#reader.partialBytes;
  }

  /**
   * Takes chunks, however they were cut; returns how many bytes were taken before `onMessage` said
   * that the turn is over.
   * @throws ProtocolError
   */
  receive(bytes: Uint8Array, now: number, onMessage: (message: WireMessage) => boolean): number {
    this.#now = now;
    const read = bytes.length === 0 ? 0 : this.#reader.readChunks(bytes, onMessage);
    this.#received += read;
    // §5.4.3: once a window's bytes have come since the last acknowledgement.
    if (this.#received - this.#acknowledged >= this.#window) {
      this.#acknowledged = this.#received;
      this.sendControl({ type: MessageType.acknowledgement, received: this.#received >>> 0 });
    }
    return read;
  }

  /** Does what a control message asks for; false when the message is none. */
  handleControl({ type, payload }: WireMessage): boolean {
    const isEvent = type === MessageType.userControl;
    if (!isEvent && !isControl(type)) return false;
    try {
      if (isEvent) this.#handleEvent(payload);
      else this.#obey(decodeControl(type, payload));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.onSkipped?.(`malformed message of type ${type}: ${error.message}`);
    }
    return true;
  }

  /** Sends a message of a stream; 0 is the connection's own. */
  send(streamId: number, type: number, payload: Uint8Array): void {
    const isOfConnection = type === MessageType.userControl || isControl(type);
    const chunkStreamId = isOfConnection
      ? ChunkStreamId.control
      : streamId === 0
      ? ChunkStreamId.command
      : ChunkStreamId.stream;
    const header = { chunkStreamId, type, streamId: isOfConnection ? 0 : streamId, time: 0 };
    if (this.#isClosed) return;
    writeMessage(this.#out, header, payload, this.#chunkSize);
    if (!this.#isHolding) this.flush();
  }

  sendControl(message: ControlMessage): void {
    this.send(0, message.type, encodeControl(message));
    if (message.type === MessageType.setChunkSize) this.#chunkSize = message.size;
    else if (message.type === MessageType.windowSize) this.#announcedWindow = message.size;
  }

  sendEvent(event: number, ...values: number[]): void {
    this.send(0, MessageType.userControl, encodeUserControl({ event, values }));
  }

  /** Sends bytes that are no message: of the handshake. */
  sendRaw(bytes: Uint8Array): void {
    this.#out.bytes(bytes);
    if (!this.#isHolding) this.flush();
  }

  /** Asks the peer for a sign of life (§7.1.7). */
  ping(now: number): void {
    this.#pinged = now >>> 0;
    this.#pingedAt = now;
    this.sendEvent(UserEvent.pingRequest, this.#pinged);
  }

  /** What is sent from now on leaves in one write, at {@link release} or {@link flush}. */
  hold(): void {
    this.#isHolding = true;
  }

  release(): void {
    this.#isHolding = false;
    this.flush();
  }

  flush(): void {
    if (this.#out.length > 0) this.#options.onOutput(this.#out.take());
  }

  /** Sends nothing any more, not even what is held. */
  close(): void {
    this.#isClosed = true;
    this.#out.truncate(0);
  }

  /** Chunk size and abort are the reader's. */
  #obey(control: ControlMessage): void {
    if (control.type === MessageType.windowSize) this.#window = control.size || WINDOW_SIZE;
    else if (control.type === MessageType.peerBandwidth) {
      // §5.4.5: answered when it changes the window last announced.
      if (control.size === this.#announcedWindow) return;
      this.sendControl({ type: MessageType.windowSize, size: control.size });
    }
  }

  #handleEvent(payload: Uint8Array): void {
    const { event, values: [time, more] } = decodeUserControl(payload);
    if (time === undefined) return;
    if (event === UserEvent.setBufferLength && more !== undefined) {
      return this.#options.onBufferTime?.(time, more);
    }
    if (event === UserEvent.pingRequest) this.sendEvent(UserEvent.pingResponse, time);
    else if (event === UserEvent.pingResponse) {
      // An answer to another ping, or to none, is no round trip.
      if (time !== this.#pinged) return;
      this.#pinged = undefined;
      this.#options.onRoundTrip?.(Math.max(0, Math.round(this.#now - this.#pingedAt)));
    }
  }
}
