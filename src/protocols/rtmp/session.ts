import { errorStack, type HostRates } from "../../base/mod.ts";
import { ProtocolError } from "../../bytes/mod.ts";
import { defaults } from "../../config/mod.ts";
import type { Rc4 } from "../../crypto/mod.ts";
import {
  type Delivery,
  type DeliveryOptions,
  type FlashOutput,
  isRequest,
  type MessageFlow,
  MessageType,
  NetConnection,
  type SharedObjects,
  UserEvent,
} from "../../flash/mod.ts";
import {
  type EndCause,
  hostOf,
  type Hub,
  type InputCharge,
  type Listener,
  type Transport,
} from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import {
  type ByteOutput,
  ENDLESS_TURN,
  type PausableInput,
  type Turn,
  type Turns,
  Weight,
  weightOf,
} from "../../net/mod.ts";
import { RtmpChannel } from "./channel.ts";
import { RtmpEncoder } from "./encoder.ts";
import {
  CONNECT_TIMEOUT,
  CONNECTED_LIMITS,
  EARLY_LIMITS,
  HANDSHAKE_TIMEOUT,
  PING_INTERVAL,
  WINDOW_SIZE,
} from "./params.ts";
import { type Movies, SwfGate } from "./swf_gate.ts";
import type { WireMessage } from "./wire/chunk_reader.ts";
import { EncryptedOutput } from "./wire/encrypted_output.ts";
import { Handshake, HandshakeRefused } from "./wire/handshake.ts";

/** What `[RTMP]` of the ini sets. */
export interface RtmpSettings {
  /** Milliseconds of silence after which a client is cut; 0 for never. */
  readonly timeout: number;
  /** Chunk size of what is sent, in bytes. */
  readonly chunkSize: number;
}

export const DEFAULT_SETTINGS: RtmpSettings = {
  timeout: defaults.RTMP.timeout,
  chunkSize: defaults.RTMP.chunkSize,
};

/** One client's ends and what serves it. */
export interface RtmpSessionOptions {
  readonly hub: Hub;
  readonly output: ByteOutput;
  /** Where the bytes come from, when it can be kept waiting. */
  readonly input?: PausableInput | undefined;
  readonly turns?: Turns;
  readonly log: Log;
  readonly objects?: SharedObjects | undefined;
  /** `host:port` of the peer. */
  readonly address: string;
  /** `host:port` of this side. */
  readonly serverAddress?: string;
  readonly settings?: RtmpSettings;
  /** Scheme of the URLs that redirected clients get; "rtmp" unless the session runs over TLS. */
  readonly scheme?: string;
  /** How many key agreements of RTMPE there may be; without it RTMPE is refused. */
  readonly keyings?: HostRates | undefined;
  /** What carries the session; "RTMP" for TCP alone. */
  readonly transport?: Transport;
  /** Whose clients are let in; without it those of any movie. */
  readonly movies?: Movies | undefined;
  /** Now, in milliseconds of the clock that {@link RtmpSession.receive} is told the time of. */
  readonly now: number;
}

/**
 * One RTMP connection, whatever carries it: bytes in by {@link receive}, bytes out by its
 * {@link ByteOutput}, time by the `now` of each call.
 */
export class RtmpSession {
  /** Encrypted from the handshake's end on, for RTMPE. */
  #output: ByteOutput;
  readonly #log: Log;
  readonly #settings: RtmpSettings;
  readonly #handshake: Handshake;
  readonly #channel: RtmpChannel;
  readonly #connection: NetConnection;
  #isEnding = false;
  #isClosed = false;
  #now: number;
  #turn: Turn = ENDLESS_TURN;
  #lastInput: number;
  #connectBefore: number;
  #nextPing = Infinity;
  /** Another wants what the client publishes: it is asked whether it is there. */
  #isProbed = false;
  /** Until the client's movie is known. */
  #gate: SwfGate | undefined;
  /** What decrypts the chunks of RTMPE, and how many bytes of the next input it has decrypted. */
  #input: Rc4 | undefined;
  #decrypted = 0;
  readonly #skipped = new Set<string>();
  readonly #held: InputCharge;

  constructor(options: RtmpSessionOptions) {
    this.#output = options.output;
    this.#log = options.log;
    this.#settings = options.settings ?? DEFAULT_SETTINGS;
    this.#now = options.now;
    const { keyings, movies, address } = options;
    if (movies !== undefined) {
      this.#gate = new SwfGate(movies, (event) => this.#channel.sendEvent(event));
    }
    this.#handshake = new Handshake(
      keyings && { mayEncrypt: () => keyings.take(hostOf(address), this.#now) },
    );
    this.#lastInput = options.now;
    this.#connectBefore = options.now + HANDSHAKE_TIMEOUT;
    this.#held = options.hub.inputs.open(options.address);
    this.#channel = new RtmpChannel({
      limits: EARLY_LIMITS,
      onOutput: (bytes) => {
        if (this.#log.dumps) this.#log.dump("sent", bytes);
        this.#output.send(bytes);
      },
      onSkipped: (what) => this.#skip(what),
      onBufferTime: (streamId, time) => this.#connection.setBufferTime(streamId, time),
      onRoundTrip: (time) => this.#connection.sample(time),
    });
    const timeout = String(this.#settings.timeout / 1000);
    this.#connection = new NetConnection({
      hub: options.hub,
      output: this.#flashOutput(options.input),
      turns: options.turns,
      log: options.log,
      objects: options.objects,
      protocol: "RTMP",
      transport: () => {
        const { transport = "RTMP" } = options;
        return this.#handshake.ciphers === undefined
          ? transport
          : ENCRYPTED[transport] ?? transport;
      },
      address: options.address,
      ...(options.serverAddress === undefined ? {} : { serverAddress: options.serverAddress }),
      redirectScheme: options.scheme ?? "rtmp",
      parameters: new Map([["timeout", timeout]]),
    });
  }

  /**
   * Takes input, however it was cut; the bytes are not kept. Returns how many were taken before the
   * turn was over.
   */
  receive(bytes: Uint8Array, now: number, turn: Turn = ENDLESS_TURN): number {
    if (this.#isEnding || this.#isClosed) return bytes.length;
    let taken = bytes.length;
    this.#now = now;
    this.#turn = turn;
    this.#lastInput = now;
    this.#channel.hold();
    try {
      const start = this.#handshake.isDone ? 0 : this.#shake(bytes);
      const chunks = start === 0 ? bytes : bytes.subarray(start);
      if (this.#input !== undefined) this.#decrypt(chunks);
      taken = start + this.#channel.receive(chunks, now, this.#onMessage);
      this.#decrypted = Math.max(0, bytes.length - taken);
      if (this.#log.dumps) this.#log.dump("received", bytes.subarray(0, taken));
      if (this.#held.hold(this.#channel.partialBytes) !== undefined) {
        throw new ProtocolError("too many bytes of unfinished messages at this time");
      }
      this.#connection.flush();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#channel.release();
    }
    return taken;
  }

  /** When {@link onDeadline} is due, in milliseconds; it moves with the input. */
  nextDeadline(): number {
    if (this.#isEnding || this.#isClosed) return Infinity;
    if (this.#connection.isDeciding) return Infinity;
    if (!this.#connection.isConnected) return this.#connectBefore;
    return this.#isProbed ? this.#now : Math.min(this.#nextPing, this.#cutAt());
  }

  /** Cuts a peer that is silent for too long, or asks whether it is there. */
  onDeadline(now: number): void {
    if (now < this.nextDeadline()) return;
    this.#now = now;
    if (!this.#connection.isConnected) {
      const what = !this.#handshake.isDone
        ? "does not end its handshake"
        : this.#gate?.isAsked
        ? "does not say in time which movie it is"
        : "does not connect in time";
      this.#cut("silent", what);
    } else if (now >= this.#cutAt()) {
      this.#cut("silent", `is silent for ${Math.round((now - this.#lastInput) / 1000)} seconds`);
    } else {
      this.#isProbed = false;
      this.#nextPing = now + this.#pingInterval();
      this.#channel.ping(now);
    }
  }

  /** Tells the client that the server stops, and closes. */
  shutdown(): void {
    if (!this.#isEnding && !this.#isClosed) this.#connection.shutdown();
  }

  /** What carried the session is gone; `reason` when it broke. */
  close(reason?: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#held.end();
    this.#channel.close();
    this.#connection.close(reason);
  }

  #shake(bytes: Uint8Array): number {
    const count = this.#handshake.readHandshake(
      bytes,
      this.#now,
      (answer) => this.#channel.sendRaw(answer),
    );
    if (!this.#handshake.isDone) return count;
    this.#connectBefore = this.#now + CONNECT_TIMEOUT;
    const { ciphers } = this.#handshake;
    if (ciphers !== undefined) {
      this.#channel.flush();
      this.#input = ciphers.input;
      this.#output = new EncryptedOutput(this.#output, ciphers.output);
    }
    return count;
  }

  /** True when the turn is over. */
  readonly #onMessage = (message: WireMessage): boolean => {
    if (this.#isEnding || (this.#gate !== undefined && !this.#passes(message, this.#gate))) {
      return false;
    }
    const { type, payload } = message;
    try {
      const isHandled = this.#channel.handleControl(message) ||
        this.#connection.receive(message);
      if (!isHandled) this.#skip(`message of type ${type}`);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#skip(`malformed message of type ${type}: ${error.message}`);
    }
    if (this.#nextPing === Infinity && this.#connection.isConnected) {
      this.#nextPing = this.#now + this.#pingInterval();
      this.#channel.limits = CONNECTED_LIMITS;
    }
    return this.#turn.spend(weightOfMessage(type, payload.length));
  };

  /** Whether a message is read before the client's movie is known; what waited is, when it is. */
  #passes(message: WireMessage, gate: SwfGate): boolean {
    const passage = gate.handleMessage(message, this.#handshake.proof);
    if (passage === "refused") this.#cut("limits", "its movie is none of [RTMP] movies");
    if (passage === "opened") {
      this.#gate = undefined;
      for (const each of gate.release()) this.#onMessage(each);
    }
    return passage === "passes";
  }

  /** The frame of the message was sound: leaving it out costs nothing else. Logged once a kind. */
  #skip(what: string): void {
    if (this.#skipped.size >= MAX_SKIPS_LOGGED || this.#skipped.has(what)) return;
    this.#skipped.add(what);
    this.#log.warn(`skipped a ${what}`);
  }

  /** Silence allowed, in milliseconds: the application's answer to connect may change it. */
  #timeout(): number {
    const seconds = Number(this.#connection.client.parameters.get("timeout"));
    return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : this.#settings.timeout;
  }

  /** Decrypts in place what was not: a turn that ended early left the rest of its input decrypted. */
  #decrypt(chunks: Uint8Array): void {
    this.#input?.apply(chunks, Math.min(this.#decrypted, chunks.length));
  }

  #cutAt(): number {
    const timeout = this.#timeout();
    return timeout === 0 ? Infinity : this.#lastInput + timeout;
  }

  #pingInterval(): number {
    const timeout = this.#timeout();
    return timeout === 0 ? PING_INTERVAL : Math.min(PING_INTERVAL, timeout / 3);
  }

  #fail(error: unknown): void {
    if (error instanceof ProtocolError) return this.#cut("protocol", error.message);
    if (error instanceof HandshakeRefused) return this.#close(error.message);
    this.#log.error(`the session failed: ${errorStack(error)}`);
    this.#close("internal error");
  }

  /** The end of a client is logged once, with its reason, where clients are logged. */
  #cut(cause: EndCause, reason: string): void {
    if (!this.#connection.endsBecause(cause, reason)) this.#log.warn(`closed: ${reason}`);
    this.#close(reason);
  }

  #close(reason: string): void {
    this.#isEnding = true;
    this.#channel.close();
    this.#output.abort();
    this.close(reason);
  }

  #flashOutput(input: PausableInput | undefined): FlashOutput {
    const mainFlow: MessageFlow = {
      send: (type, payload) => this.#channel.send(0, type, payload),
      flush: () => this.#channel.flush(),
      close: () => this.#end(),
    };
    return {
      send: (streamId, type, payload) => this.#channel.send(streamId, type, payload),
      greet: () => this.#greet(),
      deliver: (streamId, listener, options) => this.#deliver(streamId, listener, options),
      mainFlow,
      openFlow: () => ({ ...mainFlow, close: () => {} }),
      end: () => this.#end(),
      abort: (reason) => this.#cut("limits", reason),
      probe: () => this.#isProbed = true,
      ...(input && { input }),
    };
  }

  /** Settings before any answer to connect, refusals too: the client can read what follows. */
  #greet(): void {
    this.#channel.sendControl({ type: MessageType.windowSize, size: WINDOW_SIZE });
    this.#channel.sendControl({
      type: MessageType.peerBandwidth,
      size: WINDOW_SIZE,
      limit: "dynamic",
    });
    this.#channel.sendEvent(UserEvent.streamBegin, 0);
    this.#channel.sendControl({ type: MessageType.setChunkSize, size: this.#settings.chunkSize });
  }

  #deliver(streamId: number, listener: Listener, options: DeliveryOptions): Delivery {
    const { chunkSize } = this.#settings;
    const { publication } = listener;
    const { amf3 } = options;
    const encoder = new RtmpEncoder({ name: publication.localName, streamId, amf3, chunkSize });
    const source = publication.stream(listener, encoder);
    this.#channel.flush();
    this.#output.attach(source);
    this.#output.wake();
    return {
      ready: this.#output.wake,
      close: () => {
        this.#output.detach(source);
        source.close();
      },
    };
  }

  #end(): void {
    if (this.#isEnding || this.#isClosed) return;
    this.#channel.flush();
    this.#channel.close();
    this.#isEnding = true;
    this.#output.end();
  }
}

/** What carries a session with encryption of its own. */
const ENCRYPTED: Partial<Record<Transport, Transport>> = { RTMP: "RTMPE", RTMPT: "RTMPTE" };

/** Kinds of skipped messages that one session may put into the log. */
const MAX_SKIPS_LOGGED = 16;

function weightOfMessage(type: number, bytes: number): number {
  return isRequest(type) ? Weight.command + (bytes >> 10) : weightOf(bytes);
}
