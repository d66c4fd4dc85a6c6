import { ByteWriter } from "../../bytes/mod.ts";
import { JsonWriter, type Value, ValueReader } from "../../codecs/mod.ts";
import type { Clock } from "../../base/mod.ts";
import type { ByteOutput } from "../../net/mod.ts";
import { CLOSE_TIMEOUT, REFUSED_MESSAGE } from "./params.ts";
import { closeFrame, frame, Opcode } from "./wire/frame.ts";
import { FrameError, FrameReader, type FrameSink } from "./wire/frame_reader.ts";

/** Why a socket is not to be. */
export interface SocketRefusal {
  /** That of HTTP for the same reason: 403, 404 or 500. */
  readonly status: number;
  /** In full, such as `NetConnection.Connect.Rejected`. */
  readonly code: string;
  readonly description: string;
  /** Where the client should go instead. */
  readonly redirect?: string | undefined;
}

/** Close codes from here on are an application's own (RFC 6455 §7.4.2). */
const OWN_CODES = 4000;

/**
 * A socket that is opened to say why it is closed: of a handshake that is refused, a page learns
 * nothing. The close code is 4000 and the HTTP status, such as 4403; its reason are the words.
 */
export class RefusedSocket implements FrameSink {
  readonly #outbox: ByteOutput;
  readonly #clock: Clock;
  readonly #refusal: SocketRefusal;
  readonly #reader = new FrameReader(this, REFUSED_MESSAGE);
  #closeBy = Infinity;

  constructor(outbox: ByteOutput, clock: Clock, refusal: SocketRefusal) {
    this.#outbox = outbox;
    this.#clock = clock;
    this.#refusal = refusal;
  }

  open(): void {
    const { status, code, description, redirect } = this.#refusal;
    const writer = new JsonWriter(ByteWriter.brief(256));
    const info: Value = {
      level: "error",
      code,
      description,
      ...(redirect === undefined ? {} : { ex: { code: 302, redirect } }),
    };
    new ValueReader(["onStatus", info]).read(writer);
    this.#outbox.send(frame(Opcode.text, writer.take()));
    this.#outbox.send(closeFrame(OWN_CODES + status, description));
    this.#closeBy = this.#clock.now() + CLOSE_TIMEOUT;
  }

  onData(bytes: Uint8Array): void {
    try {
      this.#reader.readFrames(bytes);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#outbox.end();
    }
  }

  onClosed(): void {}

  /** The client answers the close, or is cut. */
  sweep(now: number): void {
    if (now >= this.#closeBy) this.#outbox.abort();
  }

  close(): void {
    this.#outbox.end();
  }

  onText(): void {}
  onBinary(): void {}
  onPing(): void {}
  onPong(): void {}

  onClose(): void {
    this.#outbox.end();
  }
}
