import { andThen, errorStack, type Later, orElse } from "../../base/mod.ts";
import { ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import {
  type DataReader,
  firstText,
  JsonReader,
  JsonWriter,
  StringReader,
  type Value,
} from "../../codecs/mod.ts";
import type { SharedObjects } from "../../flash/mod.ts";
import { type Client, type EndCause, type Hub, type InputCharge, Refusal } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { Container } from "../../media/mod.ts";
import {
  type ByteOutput,
  ENDLESS_TURN,
  HeldInput,
  type PausableInput,
  type Turn,
  type Turns,
} from "../../net/mod.ts";
import { SocketCalls } from "./calls.ts";
import { DataPlayer, type StreamName } from "./data_player.ts";
import { LivePlayer } from "./live_player.ts";
import {
  CLOSE_TIMEOUT,
  MAX_WAITING_CALLS,
  PING_INTERVAL,
  type WebSocketSettings,
} from "./params.ts";
import { ORDERS, type OrderTarget } from "./orders.ts";
import { Publisher } from "./publisher.ts";
import { SocketObjects } from "./shared_objects.ts";
import { CloseCode, closeFrame, frame, Opcode } from "./wire/frame.ts";
import { FrameError, FrameReader, type FrameSink } from "./wire/frame_reader.ts";
import { SocketWriter } from "./writer.ts";

/** Whose socket it is, and where its frames go to and come from. */
export interface SessionOptions {
  readonly hub: Hub;
  readonly client: Client;
  readonly outbox: ByteOutput;
  readonly settings: WebSocketSettings;
  readonly log: Log;
  /** Where its shared objects are; without it there are none. */
  readonly objects?: SharedObjects | undefined;
  readonly input?: PausableInput | undefined;
  /** When its calls that had to wait are worked off. */
  readonly turns?: Turns | undefined;
}

/** A client on a WebSocket: calls and messages as JSON arrays, and the streams it plays or publishes. */
export class WebSocketSession implements FrameSink, OrderTarget {
  /** Milliseconds without a sign of life after which the socket is closed; 0 for never. */
  timeout: number;
  readonly #hub: Hub;
  readonly #client: Client;
  readonly #outbox: ByteOutput;
  readonly #writer: SocketWriter;
  readonly calls: SocketCalls;
  readonly #reader: FrameReader;
  readonly #requests: HeldInput;
  readonly #log: Log;
  /** A log of its own, when what comes is dumped. */
  readonly #wire: Log | undefined;
  readonly #maxText: number;
  #publisher: Publisher | undefined;
  #live: LivePlayer | undefined;
  readonly #objects: SocketObjects | undefined;
  /** Made for the first one. */
  #players: Map<string, DataPlayer> | undefined;
  #isOpen = false;
  /** The code of the close frame that was sent, or is to be sent once the socket is open. */
  #closing: number | undefined;
  /** The code of the peer's close frame, which is behind requests that are to be run. */
  #peerClosed: number | undefined;
  /** Requests that run and have to wait. */
  #undecided = 0;
  /** When the connection is cut because the close frame was not answered. */
  #closeBy = Infinity;
  #failure: string | undefined;
  #lastHeard: number;
  readonly #held: InputCharge;
  /** When the last ping was sent that is not answered; undefined for none. */
  #pinged: number | undefined;

  /** The client is connected, and {@link open} called, by the caller. */
  constructor({ hub, client, outbox, settings, log, input, turns, objects }: SessionOptions) {
    this.#hub = hub;
    this.#client = client;
    this.#outbox = outbox;
    this.#log = log;
    this.#wire = log.dumps ? log.child(client.address) : undefined;
    this.timeout = settings.timeout;
    this.#maxText = settings.maxText;
    this.#held = hub.inputs.open(client.address);
    this.#reader = new FrameReader(this, settings.maxMessage);
    this.#writer = new SocketWriter((code) => this.#close(code));
    if (objects !== undefined) {
      this.#objects = new SocketObjects(objects, client, (text) => this.#writer.sendText(text));
    }
    this.calls = new SocketCalls(hub, client, this.#writer);
    client.writer = this.#writer;
    client.input = this.#requests = new HeldInput({
      turns,
      limit: MAX_WAITING_CALLS,
      onFull: () => input === undefined ? outbox.abort() : input.pause(),
      onRoom: () => input?.resume(),
    });
    this.#lastHeard = hub.clock.now();
  }

  /**
   * Plays a publication in binary frames, from the socket's opening on.
   * @throws Refusal, or rejects with it
   */
  playLive(name: string, container: Container): Later<void> {
    const [client, outbox] = [this.#client, this.#outbox];
    const onEnd = (code: number, reason: string) => this.#close(code, reason);
    const opened = LivePlayer.open(this.#hub, { client, name, container, outbox, onEnd });
    return andThen(opened, (live) => {
      this.#live = live;
    });
  }

  /** The handshake is answered. */
  open(): void {
    this.#isOpen = true;
    this.#writer.open(this.#outbox);
    this.#live?.start();
    const code = this.#closing;
    this.#closing = undefined;
    if (code !== undefined) this.#close(code);
  }

  onData(bytes: Uint8Array, turn: Turn = ENDLESS_TURN): number {
    if (this.#failure !== undefined) return bytes.length;
    this.#lastHeard = this.#hub.clock.now();
    this.#client.lastReception = this.#hub.clock.epoch();
    let taken = bytes.length;
    try {
      taken = this.#reader.readFrames(bytes, turn);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#fail("protocol", error.message);
      this.#close(error.code);
    }
    if (this.#held.hold(this.#reader.held) !== undefined) {
      this.#fail("limits", "too many bytes of unfinished messages at this time");
      this.#close(CloseCode.tryLater, "too much at this time");
    }
    return taken;
  }

  onClosed(reason: string | undefined): void {
    this.#requests.close();
    this.#objects?.close();
    this.#held.end();
    this.#leave();
    this.#writer.end();
    this.#hub.disconnect(this.#client, this.#failure ?? reason);
    this.calls.close();
  }

  sweep(now: number): void {
    const silence = now - this.#lastHeard;
    if (now >= this.#closeBy) return this.#outbox.abort();
    if (this.timeout > 0 && silence >= this.timeout) {
      this.#fail("silent", `is silent for ${Math.round(silence / 1000)} seconds`);
      return this.#outbox.abort();
    }
    const interval = this.timeout > 0 ? this.timeout / 2 : PING_INTERVAL;
    if (this.#pinged !== undefined || silence < Math.min(interval, PING_INTERVAL)) return;
    this.#pinged = now;
    this.#writer.send(Opcode.ping, new Uint8Array(0));
  }

  #fail(cause: EndCause, reason: string): void {
    this.#failure = reason;
    this.#client.endsBecause(cause, reason);
  }

  /** The server stops. */
  close(): void {
    this.#client.endsBecause("stopping", "the server stops");
    this.#close(CloseCode.goingAway);
  }

  onPayload(opcode: number, payload: Uint8Array): void {
    // Messages have a title of their own: a secret goes on in their next frame.
    this.#wire?.dump(opcode < Opcode.close ? "message received" : "control received", payload);
  }

  onText(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#requests.isWaiting) {
      if (this.calls.isAnswer(bytes)) return this.#guarded(() => this.#readText(bytes));
      bytes = bytes.slice();
    }
    this.#inOrder(() => this.#readText(bytes), bytes.length);
  }

  onBinary(bytes: Uint8Array<ArrayBuffer>): void {
    const publisher = this.#publisher;
    // Media go on while a call waits.
    if (publisher !== undefined && this.#closing === undefined) {
      this.#guarded(() => publisher.bytes(bytes));
    } else {
      this.#inOrder(() => {
        if (this.#publisher === undefined) return this.#call("", new StringReader(bytes));
        this.#publisher.bytes(bytes);
      }, bytes.length);
    }
  }

  /** Runs a request, once those before it have run. */
  #inOrder(run: () => Later<void>, size: number): void {
    if (this.#closing !== undefined) return;
    if (!this.#requests.isWaiting) return this.#guarded(run);
    this.#requests.holdBack(size, () => {
      if (this.#closing === undefined) this.#guarded(run);
    });
  }

  onPing(payload: Uint8Array<ArrayBuffer>): void {
    this.#writer.send(Opcode.pong, payload);
  }

  onPong(): void {
    if (this.#pinged !== undefined) this.#client.ping = this.#hub.clock.now() - this.#pinged;
    this.#pinged = undefined;
  }

  /** The peer closes, or answers a close: the connection ends. */
  onClose(code: number): void {
    // Calls that came before are answered before, unless one has to wait: that one is not waited for.
    if (this.#undecided === 0 && this.#requests.isWaiting && this.#closing === undefined) {
      this.#peerClosed = code;
      return this.#requests.holdBack(0, () => this.onClose(code));
    }
    if (this.#closing === undefined) this.#sendClose(code);
    this.#closing ??= code;
    this.#outbox.end();
  }

  /** Says that the socket closes; the peer has a while to say so too. */
  #close(code: number, reason?: string): void {
    if (this.#closing !== undefined) return;
    this.#closing = code;
    if (!this.#isOpen) return;
    this.#leave();
    this.#sendClose(code, reason);
    this.#closeBy = this.#hub.clock.now() + CLOSE_TIMEOUT;
    // A peer that breaks the protocol is not waited for.
    if (this.#failure !== undefined) this.#outbox.end();
  }

  #sendClose(code: number, reason?: string): void {
    this.#writer.end();
    const isEmpty = code === CloseCode.noStatus;
    this.#outbox.send(isEmpty ? frame(Opcode.close, new Uint8Array(0)) : closeFrame(code, reason));
  }

  /** Ends the streams. */
  #leave(): void {
    this.#live?.close();
    this.#live = undefined;
    this.#closePublisher();
    for (const player of this.#players?.values() ?? []) player.close();
    this.#players = undefined;
  }

  #readText(bytes: Uint8Array): Later<void> {
    const args = jsonArray(bytes, this.#maxText);
    if (args === undefined) return this.#message(undefined, () => new StringReader(bytes));
    const name = firstText(args);
    if (name === undefined) return this.#message(undefined, () => new JsonReader(bytes));
    const order = ORDERS[name];
    if (order === undefined) return this.#message(name, () => args);
    return order(this, args);
  }

  /** A message that is no order to the server: data of the publication, or a call. */
  #message(name: string | undefined, args: () => DataReader): Later<void> {
    if (this.#publisher === undefined) return this.#call(name ?? "", args());
    this.#publisher.values(name, args());
  }

  #call(name: string, args: DataReader): Later<void> {
    let result: JsonWriter | undefined;
    const decision = this.#hub.questions.call({
      client: this.#client,
      name,
      args,
      reply: () => result ??= newResult(),
      during: (run) => run(),
    });
    return andThen(decision, () => {
      if (result !== undefined) this.#writer.sendText(result.take());
    });
  }

  /** `["__publish", "name?key=value"]` */
  publish(stream: Value): Later<void> {
    this.#closePublisher();
    const { name, parameters } = streamOf(stream);
    const decision = this.#hub.publish(this.#client, name, {
      close: (code, description) => {
        this.#closePublisher();
        if (code !== undefined) this.#writer.sendStatus(`NetStream.${code}`, description);
      },
      probe: () => this.#writer.send(Opcode.ping, new Uint8Array(0)),
    }, { parameters });
    return andThen(decision, (publication) => {
      if (this.#closing !== undefined) return this.#hub.unpublish(publication);
      const log = this.#log.child(this.#client.address);
      const skipped = (what: string) => log.warn(`skipped a ${what}`);
      this.#publisher = new Publisher(this.#hub, publication, skipped);
    });
  }

  /** `["__play", "name?key=value"]` */
  play(stream: Value): Later<void> {
    const named = streamOf(stream);
    const opened = DataPlayer.open(this.#hub, this.#client, this.#writer, named);
    return andThen(opened, (player) => {
      if (this.#closing !== undefined) return player.close();
      (this.#players ??= new Map()).set(named.name, player);
    });
  }

  /** `["__sharedObject", name, action, …]` */
  sharedObject(values: readonly Value[]): Later<void> {
    return this.#objects?.receive(values);
  }

  /** `["__closePublish"]` */
  closePublish(): void {
    this.#closePublisher();
  }

  /** `["__close"]` */
  closeByClient(): void {
    this.#writer.close();
  }

  #closePublisher(): void {
    const publisher = this.#publisher;
    this.#publisher = undefined;
    publisher?.close();
  }

  /** `["__closePlay", "name"]`: without a name all of them. */
  closePlay(name: Value): void {
    for (const [key, player] of [...this.#players ?? []]) {
      if (typeof name === "string" && name !== key) continue;
      this.#players?.delete(key);
      player.close();
    }
  }

  /** Runs a request; what comes behind it waits until it is decided. */
  #guarded(run: () => Later<void>): void {
    const work = orElse(run, (error) => this.#tell(error));
    if (!(work instanceof Promise)) return;
    this.#undecided++;
    this.#requests.holdUntil(work.finally(() => this.#undecided--));
    if (this.#peerClosed !== undefined) this.onClose(this.#peerClosed);
  }

  /** What a request did wrong is told; the socket stays. */
  #tell(error: unknown): void {
    if (error instanceof Refusal) {
      // The client that asked is gone.
      if (!this.#client.isConnected) return;
      const isStream = /^(Publish|Play)\./.test(error.code);
      if (isStream && error.reason !== "busy") {
        this.#log.child(this.#client.address).info(`refused: ${error.message}`);
      }
      const code = `${isStream ? "NetStream" : "NetConnection"}.${error.code}`;
      this.#writer.sendStatus(code, error.message);
    } else if (error instanceof ProtocolError) {
      this.#closePublisher();
      this.#writer.sendStatus("NetConnection.Call.BadVersion", error.message);
    } else {
      this.#log.error(`${this.#client.address}: ${errorStack(error)}`);
    }
  }
}

/** `name?key=value`, as RTMP publishers write it. */
function streamOf(value: Value): StreamName {
  const text = typeof value === "string" ? value : "";
  const mark = text.indexOf("?");
  if (mark === -1) return { name: text, parameters: new Map() };
  return {
    name: text.slice(0, mark),
    parameters: new Map(new URLSearchParams(text.slice(mark + 1))),
  };
}

/** The result of a call, which is sent and forgotten. */
function newResult(): JsonWriter {
  return new JsonWriter(ByteWriter.brief(256));
}

/**
 * A reader of the array's values; undefined when the text is no JSON array.
 * @throws ProtocolError for one of more than `limit` bytes
 */
function jsonArray(bytes: Uint8Array, limit: number): JsonReader | undefined {
  if (bytes.find((byte) => byte > 0x20) !== 0x5b) return undefined;
  if (bytes.length > limit) {
    throw new ProtocolError(
      `${bytes.length} bytes of JSON, the limit of [lua] maxText is ${limit}`,
    );
  }
  try {
    return new JsonReader(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
