import { ByteWriter } from "../../src/bytes/mod.ts";
import { commandMessage } from "../../src/flash/command.ts";
import type { FlashMessage } from "../../src/flash/mod.ts";
import type { Hub } from "../../src/hub/mod.ts";
import type { ByteOutput } from "../../src/net/mod.ts";
import { RtmpSession, type RtmpSessionOptions } from "../../src/protocols/rtmp/mod.ts";
import { ChunkReader, type WireMessage } from "../../src/protocols/rtmp/wire/chunk_reader.ts";
import { writeMessage } from "../../src/protocols/rtmp/wire/chunk_writer.ts";
import { type ControlMessage, encodeControl } from "../../src/protocols/rtmp/wire/control.ts";
import { CaptureLog } from "./capture_log.ts";
import { connectMessage, FLASH_PLAYER, received } from "./flash_peer.ts";

type Source = { takeBytes(wanted: number): Uint8Array | undefined };

/** A connection's output that a test looks into: what a TCP connection would have written. */
export class RecordedOutput implements ByteOutput {
  readonly #parts: Uint8Array[] = [];
  #sources: Source[] = [];
  ended = false;
  aborted = false;
  /** How often bytes were queued. */
  sends = 0;
  wakes = 0;

  send(bytes: Uint8Array): void {
    if (this.ended || this.aborted) return;
    this.sends++;
    this.#parts.push(bytes);
  }

  attach(source: Source): void {
    this.#sources.push(source);
  }

  detach(source: Source): void {
    this.#sources = this.#sources.filter((other) => other !== source);
  }

  wake = (): void => {
    this.wakes++;
  };

  end(): void {
    this.ended = true;
  }

  abort(): void {
    this.aborted = true;
  }

  get sources(): number {
    return this.#sources.length;
  }

  /** The bytes of one write: those queued, then those of the sources. */
  take(): Uint8Array {
    const out = new ByteWriter();
    for (const part of this.#parts.splice(0)) out.bytes(part);
    for (const source of this.#sources) {
      for (let bytes = source.takeBytes(65_536); bytes; bytes = source.takeBytes(65_536)) {
        out.bytes(bytes);
      }
    }
    return out.take();
  }
}

const HANDSHAKE = 1536;

/** An RTMP client in bytes, at a session without a network. */
export class RtmpPeer {
  readonly output: RecordedOutput = new RecordedOutput();
  readonly log: CaptureLog = new CaptureLog("rtmp");
  readonly session: RtmpSession;
  readonly #hub: Hub;
  readonly #reader = new ChunkReader();
  #transaction = 0;
  chunkSize = 128;

  constructor(hub: Hub, options: Partial<RtmpSessionOptions> = {}) {
    this.#hub = hub;
    this.session = new RtmpSession({
      hub,
      output: this.output,
      log: this.log,
      address: "192.0.2.1:5000",
      now: hub.clock.now(),
      ...options,
    });
  }

  /** Gives bytes to the session, now. */
  give(bytes: Uint8Array): void {
    this.session.receive(bytes, this.#hub.clock.now());
  }

  /** C0, C1 and C2; returns what the server sent. */
  handshake(): Uint8Array {
    const bytes = new Uint8Array(1 + 2 * HANDSHAKE);
    bytes[0] = 3;
    this.give(bytes);
    return this.output.take();
  }

  /** Handshake, connect and createStream; returns the stream's id. */
  ready(object: Record<string, unknown> = {}): number {
    this.handshake();
    this.connect(object);
    this.take();
    this.command(0, "createStream");
    return received(0, this.take()[0] as WireMessage).values?.[3] as number;
  }

  connect(object: Record<string, unknown> = {}): void {
    const parameters = { ...FLASH_PLAYER, ...object };
    this.message(0, connectMessage(++this.#transaction, parameters));
  }

  command(stream: number, name: string, ...args: unknown[]): void {
    this.message(stream, commandMessage(false, name, ++this.#transaction, ...args));
  }

  control(message: ControlMessage): void {
    this.message(0, { type: message.type, payload: encodeControl(message) });
  }

  message(stream: number, { type, payload }: FlashMessage, time = 0): void {
    const out = new ByteWriter();
    const header = { chunkStreamId: 3, type, streamId: stream, time };
    writeMessage(out, header, payload, this.chunkSize);
    this.give(out.take());
  }

  /** Messages that the server has sent since the last call. */
  take(): WireMessage[] {
    const messages: WireMessage[] = [];
    this.#reader.readChunks(this.output.take(), (message) => messages.push(message));
    return messages;
  }

  /** The same, in a form to compare: command and status names, else type and payload. */
  takeNames(): string[] {
    return this.take().map(nameOf);
  }
}

/** `onStatus Code` for a status, the name of another command or data message, else `type N`. */
export function nameOf({ streamId, type, payload }: WireMessage): string {
  const { values } = received(streamId, { type, payload });
  if (values === undefined) return `${streamId}: type ${type}`;
  const info = values[3] as { code?: string } | undefined;
  const code = values[0] === "onStatus" ? ` ${info?.code}` : "";
  return `${streamId}: ${values[0]}${code}`;
}
