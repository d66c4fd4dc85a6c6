import { ByteWriter, ProtocolError } from "../../../bytes/mod.ts";
import { Amf0Writer, readValues, type Value, writeValues } from "../../../codecs/mod.ts";
import { randomBytes } from "../../../crypto/mod.ts";
import {
  aggregateParts,
  codecProperties,
  commandMessage,
  MessageType,
  readCommand,
  UserEvent,
} from "../../../flash/mod.ts";
import { ENDLESS_TURN, type Turn, weightOf } from "../../../net/mod.ts";
import { RtmpChannel } from "../channel.ts";
import { BLOCK_SIZE, CONNECT_TIMEOUT, RELAY_CHUNK_SIZE } from "../params.ts";
import type { WireMessage } from "../wire/chunk_reader.ts";
import type { StreamUrl } from "./url.ts";

/** What a client session tells its owner. */
export interface ClientEvents {
  /** The server plays the stream, or waits for ours, on this stream id. */
  started(streamId: number): void;
  /** Audio, video or data of the stream that is played; `payload` may be kept. */
  media(type: number, time: number, payload: Uint8Array): void;
  /** What came together has been given. */
  batch(): void;
  /** The server refuses, or what it plays has ended; called once. */
  ended(reason: string): void;
}

/** The stream of another server, what is done with it, and where its bytes go. */
export interface ClientOptions {
  readonly url: StreamUrl;
  readonly does: "play" | "publish";
  readonly send: (bytes: Uint8Array) => void;
  readonly events: ClientEvents;
  readonly now: number;
  readonly random?: (count: number) => Uint8Array;
}

const CONNECT = 1;
const CREATE_STREAM = 2;

/** C0 with C1, S0 with S1 and S2 (§5.2). */
const SERVER_HANDSHAKE = 1 + 2 * BLOCK_SIZE;

/** Milliseconds of media that we ask the server to send ahead (§7.1.7). */
const BUFFER_LENGTH = 1_000;

/** An RTMP client that plays or publishes one stream: bytes in, events and bytes out. */
export class RtmpClient {
  readonly #options: ClientOptions;
  readonly #channel: RtmpChannel;
  readonly #handshake = new Uint8Array(SERVER_HANDSHAKE);
  #shaken = 0;
  #streamId = 0;
  #turn: Turn = ENDLESS_TURN;
  #isStarted = false;
  #isEnded = false;
  readonly #startBefore: number;

  constructor(options: ClientOptions) {
    this.#options = options;
    const { send, now, random = randomBytes } = options;
    this.#startBefore = now + CONNECT_TIMEOUT;
    this.#channel = new RtmpChannel({ onOutput: send });
    // A version of zero: the simple handshake.
    const hello = new Uint8Array(1 + BLOCK_SIZE);
    hello[0] = 3;
    hello.set(random(BLOCK_SIZE - 8), 9);
    this.#channel.sendRaw(hello);
  }

  /** Takes input, however it was cut; returns how many bytes, when the turn ends before all. */
  receive(bytes: Uint8Array, turn: Turn = ENDLESS_TURN): number {
    if (this.#isEnded) return bytes.length;
    let taken = bytes.length;
    this.#turn = turn;
    this.#channel.hold();
    try {
      const start = this.#shake(bytes);
      taken = start + this.#channel.receive(bytes.subarray(start), turn.now, this.#onMessage);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#end(error.message);
    } finally {
      this.#channel.release();
    }
    this.#options.events.batch();
    return taken;
  }

  /** Looks at the time: to be called about every second. */
  onDeadline(now: number): void {
    if (!this.#isStarted && now >= this.#startBefore) this.#end("no answer in time");
  }

  /** What carried the session is gone. */
  closed(reason: string | undefined): void {
    this.#end(reason ?? "the server closed the connection");
  }

  #shake(bytes: Uint8Array): number {
    const count = Math.min(SERVER_HANDSHAKE - this.#shaken, bytes.length);
    if (count === 0) return 0;
    this.#handshake.set(bytes.subarray(0, count), this.#shaken);
    this.#shaken += count;
    if (this.#handshake[0] !== 3) throw new ProtocolError("the server does not speak RTMP");
    if (this.#shaken < SERVER_HANDSHAKE) return count;
    this.#channel.sendRaw(this.#handshake.slice(1, 1 + BLOCK_SIZE));
    this.#channel.sendControl({ type: MessageType.setChunkSize, size: RELAY_CHUNK_SIZE });
    this.#connect();
    return count;
  }

  #connect(): void {
    const { does, url: { app, tcUrl } } = this.#options;
    const request = {
      app,
      type: "nonprivate",
      flashVer: does === "publish" ? "FMLE/3.0 (compatible; MonaServer)" : "LNX 9,0,124,2",
      tcUrl,
      fpad: false,
      capabilities: 15,
      audioCodecs: 0x0fff,
      videoCodecs: 0x00ff,
      videoFunction: 1,
      objectEncoding: 0,
      ...codecProperties(true),
    };
    const writer = new Amf0Writer(new ByteWriter(256), "never");
    writeValues(writer, "connect", CONNECT, request);
    this.#channel.send(0, MessageType.command, writer.take());
  }

  /** True when the turn is over. */
  readonly #onMessage = (message: WireMessage): boolean => {
    if (this.#isEnded) return false;
    if (!this.#channel.handleControl(message)) this.#take(message);
    return this.#turn.spend(weightOf(message.payload.length));
  };

  #take({ type, time, payload }: WireMessage): void {
    const { does, events } = this.#options;
    if (type === MessageType.command || type === MessageType.commandAmf3) {
      this.#command(payload);
    } else if (does === "play" && this.#isStarted) {
      // Whatever stream it names: there is one, and node-media-server names stream 0.
      if (type !== MessageType.aggregate) return events.media(type, time, payload);
      for (const part of aggregateParts(time, payload)) {
        events.media(part.type, part.time, part.payload);
      }
    }
  }

  #command(payload: Uint8Array): void {
    const { name, transaction, args } = readCommand(payload);
    const [info] = readValues(args, 1);
    if (name === "_result" && transaction === CONNECT) this.#createStream();
    else if (name === "_result" && transaction === CREATE_STREAM) this.#begin(info);
    else if (name === "_error" && (transaction === CONNECT || transaction === CREATE_STREAM)) {
      this.#end(described(info));
    } else if (name === "close") this.#end("the server closes the stream");
    else if (name === "onStatus") this.#status(info);
  }

  #createStream(): void {
    const { does, url: { stream } } = this.#options;
    if (does === "publish") {
      this.#call(0, "releaseStream", 0, stream);
      this.#call(0, "FCPublish", 0, stream);
    }
    this.#call(0, "createStream", CREATE_STREAM);
  }

  #begin(streamId: Value): void {
    if (typeof streamId !== "number") throw new ProtocolError("createStream gave no stream");
    const { does, url: { stream } } = this.#options;
    this.#streamId = streamId;
    if (does === "publish") return this.#call(streamId, "publish", 0, stream, "live");
    this.#call(streamId, "play", 0, stream);
    this.#channel.sendEvent(UserEvent.setBufferLength, streamId, BUFFER_LENGTH);
  }

  #status(info: Value): void {
    const { level, code } = fields(info);
    if (level === "error") return this.#end(described(info));
    if (code === "NetStream.Play.Start" || code === "NetStream.Publish.Start") {
      if (this.#isStarted) return;
      this.#isStarted = true;
      this.#options.events.started(this.#streamId);
    } else if (code === "NetStream.Play.UnpublishNotify" || code === "NetStream.Play.Stop") {
      this.#end("the stream has ended");
    }
  }

  #call(streamId: number, name: string, transaction: number, ...args: readonly unknown[]): void {
    const { type, payload } = commandMessage(false, name, transaction, ...args);
    this.#channel.send(streamId, type, payload);
  }

  #end(reason: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#options.events.ended(reason);
  }
}

/** Level, code and description of a status; what is missing is empty. */
function fields(info: Value): { level: string; code: string; description: string } {
  const object = info instanceof Map ? Object.fromEntries(info) : info;
  const text = (name: string): string => {
    const value = (object as Record<string, unknown> | null | undefined)?.[name];
    return typeof value === "string" ? value : "";
  };
  return { level: text("level"), code: text("code"), description: text("description") };
}

/** What a server says of a failure, for one line of the log. */
function described(info: Value): string {
  const { code, description } = fields(info);
  const text = [code, description].filter(Boolean).join(": ") || "the server refuses";
  return text.replace(/\p{Cc}/gu, " ").slice(0, 500);
}
