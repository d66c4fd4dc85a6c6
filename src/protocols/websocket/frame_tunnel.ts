import type { Clock } from "../../base/mod.ts";
import type { InputCharge } from "../../hub/mod.ts";
import {
  type ByteOutput,
  type ByteSource,
  ENDLESS_TURN,
  type PausableInput,
  type TunnelledFactory,
  TunnelledInput,
  type TunnelledPeer,
  type TunnelledSession,
  type Turn,
  type Turns,
} from "../../net/mod.ts";
import { PING_INTERVAL } from "./params.ts";
import { CloseCode, frame, Opcode } from "./wire/frame.ts";
import { FrameError, FrameReader, type FrameSink } from "./wire/frame_reader.ts";

/** The socket of a tunnel, and what it carries. */
export interface FrameTunnelOptions {
  readonly clock: Clock;
  readonly outbox: ByteOutput;
  readonly peer: TunnelledPeer;
  /** Bytes of one message. */
  readonly maxMessage: number;
  /** Counts what is held of frames that are not whole. */
  readonly held: InputCharge;
  /** Makes the session. */
  readonly make: TunnelledFactory;
  readonly input?: PausableInput | undefined;
  readonly turns?: Turns | undefined;
}

/** RTMP in the binary frames of one socket; where frames begin means nothing. */
export class FrameTunnel implements FrameSink {
  readonly #outbox: ByteOutput;
  readonly #session: TunnelledSession;
  readonly #input: TunnelledInput;
  readonly #reader: FrameReader;
  readonly #held: InputCharge;
  #turn: Turn = ENDLESS_TURN;
  #lastPing: number;
  #isClosing = false;

  constructor({ clock, outbox, peer, maxMessage, held, make, input, turns }: FrameTunnelOptions) {
    this.#outbox = outbox;
    this.#held = held;
    this.#reader = new FrameReader(this, maxMessage);
    const output = new FramedOutput(outbox, () => this.#close(CloseCode.normal));
    this.#session = make(output, peer, input);
    this.#input = new TunnelledInput(this.#session, { clock, turns, input });
    this.#lastPing = clock.now();
  }

  open(): void {}

  /** No frame is read while the session has one to work off. */
  get isWaiting(): boolean {
    return this.#input.isWaiting;
  }

  onData(bytes: Uint8Array, turn: Turn = ENDLESS_TURN): number {
    this.#turn = turn;
    try {
      const taken = this.#reader.readFrames(bytes, turn);
      if (this.#held.hold(this.#reader.held) === undefined) return taken;
      this.#close(CloseCode.tryLater);
      return bytes.length;
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#close(error.code);
      return bytes.length;
    }
  }

  onClosed(reason: string | undefined): void {
    this.#held.end();
    this.#input.close();
    this.#session.close(reason);
  }

  sweep(now: number): void {
    this.#session.onDeadline(now);
    if (now - this.#lastPing < PING_INTERVAL) return;
    this.#lastPing = now;
    this.#outbox.send(frame(Opcode.ping, new Uint8Array(0)));
  }

  close(): void {
    this.#session.shutdown();
  }

  /** RTMP is no text. */
  onText(): void {
    throw new FrameError(CloseCode.unsupported, "RTMP comes in binary frames");
  }

  onBinary(bytes: Uint8Array<ArrayBuffer>): void {
    this.#input.receive(bytes, this.#turn);
  }

  onPing(payload: Uint8Array<ArrayBuffer>): void {
    this.#outbox.send(frame(Opcode.pong, payload));
  }

  onPong(): void {}

  onClose(code: number): void {
    this.#close(code === CloseCode.noStatus ? CloseCode.normal : code);
  }

  #close(code: number): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#outbox.send(frame(Opcode.close, Uint8Array.of(code >> 8, code & 255)));
    this.#outbox.end();
  }
}

/** Every range of bytes as one binary frame. */
class FramedOutput implements ByteOutput {
  readonly #outbox: ByteOutput;
  readonly #onEnd: () => void;
  readonly #framed: Map<ByteSource, ByteSource> = new Map();

  constructor(outbox: ByteOutput, onEnd: () => void) {
    this.#outbox = outbox;
    this.#onEnd = onEnd;
  }

  send(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#outbox.send(frame(Opcode.binary, bytes));
  }

  attach(source: ByteSource): void {
    const framed: ByteSource = {
      get more() {
        return source.more;
      },
      takeBytes(wanted) {
        const bytes = source.takeBytes(wanted);
        return bytes && frame(Opcode.binary, bytes);
      },
    };
    this.#framed.set(source, framed);
    this.#outbox.attach(framed);
  }

  detach(source: ByteSource): void {
    const framed = this.#framed.get(source);
    if (framed === undefined) return;
    this.#framed.delete(source);
    this.#outbox.detach(framed);
  }

  readonly wake = (): void => this.#outbox.wake();

  end(): void {
    this.#onEnd();
  }

  abort(): void {
    this.#outbox.abort();
  }
}
