import type { Clock } from "../../base/mod.ts";
import type {
  ByteOutput,
  ByteSource,
  CarriedFactory,
  CarriedPeer,
  CarriedSession,
} from "../../net/mod.ts";
import { PING_INTERVAL } from "./params.ts";
import { CloseCode, frame, Opcode } from "./wire/frame.ts";
import { FrameError, FrameReader, type FrameSink } from "./wire/frame_reader.ts";

/** RTMP in the binary frames of one socket; where frames begin means nothing. */
export class RtmpTunnel implements FrameSink {
  readonly #clock: Clock;
  readonly #outbox: ByteOutput;
  readonly #session: CarriedSession;
  readonly #reader: FrameReader;
  #lastPing: number;
  #isClosing = false;

  constructor(
    clock: Clock,
    outbox: ByteOutput,
    peer: CarriedPeer,
    maxMessage: number,
    make: CarriedFactory,
  ) {
    this.#clock = clock;
    this.#outbox = outbox;
    this.#reader = new FrameReader(this, maxMessage);
    this.#session = make(new FramedOutput(outbox, () => this.#close(CloseCode.normal)), peer);
    this.#lastPing = clock.now();
  }

  open(): void {}

  onData(bytes: Uint8Array): void {
    try {
      this.#reader.push(bytes);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#close(error.code);
    }
  }

  onClosed(reason: string | undefined): void {
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
    this.#session.receive(bytes, this.#clock.now());
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
      take(wanted) {
        const bytes = source.take(wanted);
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
