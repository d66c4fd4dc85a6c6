import { andThen, errorText, type Later, orElse } from "../base/mod.ts";
import { ownBytes, ProtocolError } from "../bytes/mod.ts";
import { readValues, type Value } from "../codecs/mod.ts";
import { type Client, type EndCause, type Hub, Refusal } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import { isTransport } from "../media/mod.ts";
import { HeldInput } from "../net/mod.ts";
import { type StreamAddress, streamType } from "./address.ts";
import { BANDWIDTH_FUNCTIONS, BandwidthCheck } from "./bandwidth_check.ts";
import {
  type Command,
  commandMessage,
  type FlashMessage,
  readCommand,
  statusInfo,
  statusMessage,
} from "./command.ts";
import { connectRequest } from "./connect.ts";
import { Connecting, type NetConnectionOptions } from "./connecting.ts";
import {
  CONNECTION_COMMANDS,
  type ConnectionMethods,
  type SendResult,
} from "./connection_commands.ts";
import { errorMessage, moveMessage, shutdownMessage } from "./connection_messages.ts";
import { FlashWriter, type WriterHost } from "./flow_writer.ts";
import { isDataCommand, isRequest, type Message, type MessageTarget, TAKE } from "./messages.ts";
import { type CallHost, MethodCall } from "./method_call.ts";
import { Misplaced } from "./misplaced.ts";
import { isStreamCommand, type NetStream, type PublisherHost } from "./net_stream.ts";
import { NetStreams } from "./net_streams.ts";
import type { FlashOutput, MessageFlow } from "./output.ts";
import { MAX_WAITING_REQUESTS } from "./params.ts";
import { FlashServerCalls } from "./server_calls.ts";
import { FlashObjects } from "./shared_objects/flash_objects.ts";
import { streamLength } from "./stream_length.ts";

type State = "waiting" | "deciding" | "connected" | "refused" | "closed";

/** The server's side of a NetConnection: commands, streams and calls, over any protocol. */
export class NetConnection
  implements PublisherHost, WriterHost, ConnectionMethods, MessageTarget, CallHost {
  readonly hub: Hub;
  readonly output: FlashOutput;
  readonly log: Log;
  /** Of the connection itself. */
  readonly writer: FlashWriter;
  readonly #options: NetConnectionOptions;
  readonly #streams = new NetStreams(this);
  readonly #requests: HeldInput;
  readonly #calls: FlashServerCalls;
  #bandwidth: BandwidthCheck | undefined;
  #state: State = "waiting";
  /** The connect that is, or was, decided about. */
  #connecting: Connecting | undefined;
  #held: (() => void)[] | undefined = [];
  #objects: FlashObjects | undefined;
  readonly #misplaced = new Misplaced(this);

  constructor(options: NetConnectionOptions) {
    this.#options = options;
    this.hub = options.hub;
    this.output = options.output;
    this.log = options.log;
    this.writer = new FlashWriter(this, options.output.mainFlow);
    this.#calls = new FlashServerCalls(this.hub.clock, this.writer);
    const { output } = options;
    this.#requests = new HeldInput({
      turns: options.turns,
      limit: MAX_WAITING_REQUESTS,
      onFull: () => {
        if (output.input) output.input.pause();
        else output.abort(`more than ${MAX_WAITING_REQUESTS} bytes of requests wait`);
      },
      onRoom: () => output.input?.resume(),
    });
  }

  /** True once connect was accepted, until the end. */
  get isConnected(): boolean {
    return this.#state === "connected";
  }

  /** Notes why the connection ends; false while it has no client whose end would tell. */
  endsBecause(cause: EndCause, reason: string): boolean {
    this.#connecting?.client.endsBecause(cause, reason);
    return this.isConnected;
  }

  /** The connected client. */
  get client(): Client {
    return this.#connected.client;
  }

  get #connected(): Connecting {
    if (this.#connecting === undefined) throw new Error("no client is connected");
    return this.#connecting;
  }

  /** True when the client reads AMF3 (object encoding 3). */
  get amf3(): boolean {
    return this.#connecting?.request.amf3 ?? false;
  }

  /** True for an encoder, or a player that lives in no page. */
  get isTool(): boolean {
    return this.#connecting?.isTool ?? false;
  }

  get isClosed(): boolean {
    return this.#state === "refused" || this.#state === "closed";
  }

  get held(): (() => void)[] | undefined {
    return this.#held;
  }

  openFlow(): MessageFlow {
    return this.output.openFlow();
  }

  /** The stream of that id; undefined when the client created none. */
  stream(id: number): NetStream | undefined {
    return this.#streams.get(id);
  }

  /**
   * Takes one message of a stream (0 is the connection's own); its payload is handed over.
   * False when its type is none that a NetConnection knows.
   * @throws ProtocolError when the message is malformed
   */
  receive(message: Message): boolean {
    if (!this.#requests.isWaiting || this.#mayPass(message)) return this.handleMessage(message);
    const kept = { ...message, payload: ownBytes(message.payload) };
    this.#requests.holdBack(kept.payload.length, () => this.#takeLate(kept));
    return true;
  }

  /** The application decides about the client: it does not have to connect in time any more. */
  get isDeciding(): boolean {
    return this.#state === "deciding";
  }

  /** The protocol's turn is over: requests wait for another one. */
  yield(): void {
    this.#requests.yield();
  }

  /** Media and answers go on; of a stream whose publication waits to begin they wait with it. */
  #mayPass(message: Message): boolean {
    if (isRequest(message.type)) return this.#calls.isAnswer(message);
    return this.sourceOf(message.streamId)?.isPublishing ?? false;
  }

  /** What waited; the client may be gone. */
  #takeLate(message: Message): void {
    if (this.isClosed) return;
    try {
      this.handleMessage(message);
      this.#flushStreams();
    } catch (error) {
      this.#fail(error, `message of type ${message.type}`);
    }
  }

  /** What goes wrong when no protocol looks. */
  #fail(error: unknown, what: string): void {
    if (error instanceof ProtocolError) {
      this.log.warn(`skipped a malformed ${what}: ${error.message}`);
    } else {
      this.log.error(`a ${what} failed: ${errorText(error)}`);
      this.output.abort("internal error");
    }
  }

  /** One message in its turn, or a part of one. */
  handleMessage(message: Message): boolean {
    const { streamId, type, payload } = message;
    const take = TAKE[type];
    if (take !== undefined) {
      take(this, message);
      return true;
    }
    if (!this.isConnected || !isTransport(payload)) return false;
    this.#refuseTransport(streamId);
    return true;
  }

  /** The end of a batch of input: listeners of what was published are told. */
  flush(): void {
    const client = this.#connecting?.client;
    if (client !== undefined) client.lastReception = this.hub.clock.epoch();
    this.#flushStreams();
  }

  #flushStreams(): void {
    for (const stream of this.#streams) stream.flush();
  }

  /** The client tells how much of a stream it wants to have in advance, in milliseconds. */
  setBufferTime(streamId: number, time: number): void {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) stream.bufferTime = time;
  }

  /** Brings the client's ping and its listeners' rates up to date; in milliseconds. */
  sample(ping: number): void {
    if (this.#connecting !== undefined) this.#connecting.client.ping = ping;
    for (const stream of this.#streams) stream.sample(ping / 2);
  }

  /** Tells the client that the server stops, and ends the connection. */
  shutdown(): void {
    if (this.endsBecause("stopping", "the server stops")) {
      this.#send(0, shutdownMessage(this.amf3));
      this.#send(0, commandMessage(this.amf3, "close", 0));
    }
    this.output.end();
  }

  /** The connection is gone; `error` when it broke. */
  close(error?: string): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#requests.close();
    this.#streams.closeAll();
    this.#objects?.close();
    if (this.#connecting !== undefined) this.hub.disconnect(this.#connecting.client, error);
    this.#calls.close();
  }

  /** @throws Refusal when a tool named an application that does not exist */
  address(text: string): StreamAddress {
    return this.#connected.application.address(text);
  }

  /** A command message: what comes behind it waits until it is decided. */
  command(message: Message): void {
    const command = readCommand(message.payload);
    if (isDataCommand(command.name)) {
      return this.sourceOf(message.streamId)?.data(message.payload);
    }
    this.#await(this.#command(message.streamId, command), `command ${command.name}`);
  }

  /** A shared object message: the same as a command. */
  sharedObject({ type, payload }: Message): void {
    const { objects } = this.#options;
    if (!this.isConnected || objects === undefined) return;
    const { client, application: { scope } } = this.#connected;
    this.#objects ??= new FlashObjects({
      objects,
      client,
      scope,
      amf3: this.amf3,
      log: this.log,
      send: (type, payload) => this.#send(0, { type, payload }),
    });
    this.#await(this.#objects.receive(type, payload), "shared object message");
  }

  #await(work: Later<void>, what: string): void {
    if (!(work instanceof Promise)) return;
    this.#requests.holdUntil(work.then(
      () => this.#flushStreams(),
      (error) => this.#fail(error, what),
    ));
  }

  #command(streamId: number, command: Command): Later<void> {
    const { name, transaction } = command;
    if (this.#calls.handleAnswer(command)) return;
    if (name === "connect") {
      if (this.#state === "waiting") return this.#connect(command);
      if (this.isConnected) this.#connectAgain(this.#connected, command);
      return;
    }
    if (!this.isConnected) return;
    return orElse(() => this.#run(streamId, command), (error) => {
      if (!(error instanceof Refusal)) throw error;
      this.log.debug(`${name} refused: ${error.message}`);
      if (transaction === 0 || this.isClosed) return;
      this.#send(streamId, errorMessage(this.amf3, transaction, error));
    });
  }

  /** @throws Refusal, or rejects with it */
  #run(streamId: number, command: Command): Later<void> {
    const { name, transaction } = command;
    const handle = CONNECTION_COMMANDS[name];
    if (handle !== undefined) {
      // librtmfp numbers none of its commands and waits for the stream's id all the same.
      const isExpected = transaction !== 0 || name === "createStream";
      const result = (...values: unknown[]) => {
        if (!isExpected) return;
        this.#send(streamId, commandMessage(this.amf3, "_result", transaction, ...values));
      };
      return handle(this, readValues(command.args, 8), result, {
        streamId,
        object: command.object,
      });
    }
    if (isStreamCommand(name)) {
      const stream = this.#streams.get(streamId);
      if (stream === undefined) return this.#misplaced.refuse(streamId, name);
      return stream.command(command);
    }
    const { client } = this;
    const bandwidth = BANDWIDTH_FUNCTIONS[name];
    if (bandwidth !== undefined && !this.hub.handler.hasMethod(client, name)) {
      this.#bandwidth ??= new BandwidthCheck(client, this.hub.clock);
      this.#bandwidth.start(bandwidth);
      if (transaction === 0) return;
      return this.#send(streamId, commandMessage(this.amf3, "_result", transaction, null));
    }
    return andThen(new MethodCall(this, command).run(), (result) => {
      if (result !== undefined && !this.isClosed) this.#send(streamId, result);
    });
  }

  /** Whose media come on a stream; undefined when the client created none of that id. */
  sourceOf(streamId: number): NetStream | undefined {
    const stream = this.#streams.sourceOf(streamId);
    if (stream === undefined && this.isConnected) this.#misplaced.note(streamId, "media");
    return stream;
  }

  /** FFmpeg with `-f mpegts` takes the transport stream for FLV, whose messages make no sense. */
  #refuseTransport(streamId: number): void {
    const text = "this is MPEG-TS, not FLV: publish with -f flv";
    this.log.warn(`refused: ${text}`);
    this.sendStatus(streamId, "NetStream.Publish.Failed", text);
    this.output.end();
  }

  #connect({ transaction, object, args }: Command): Later<void> {
    const connecting = new Connecting(this.#options, object, this.writer, this.#requests);
    this.#connecting = connecting;
    this.#calls.serve(connecting.client);
    this.#state = "deciding";
    this.output.greet();
    return orElse(
      () => andThen(connecting.ask(args), () => this.#accept(connecting, transaction)),
      (error) => this.#refuse(transaction, error),
    );
  }

  #accept(connecting: Connecting, transaction: number): void {
    const { client } = connecting;
    // Closed by the script that was asked: there is no client any more.
    if (this.isClosed) return this.hub.disconnect(client);
    this.#state = "connected";
    connecting.allowMove((to) => {
      // The client ends what it does here when it is there.
      if (this.isConnected) this.#send(0, moveMessage(this.amf3, to));
    });
    this.#send(0, connecting.success(transaction));
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const send of held) send();
  }

  #refuse(transaction: number, error: unknown): void {
    const isGone = this.#state === "closed";
    if (!isGone) this.#state = "refused";
    if (!(error instanceof Refusal)) throw error;
    if (isGone) return;
    if (error.reason !== "busy") this.log.info(`refused: ${error.message}`);
    this.#send(0, errorMessage(false, transaction, error));
    this.#send(0, commandMessage(false, "close", 0));
    this.output.end();
  }

  /** The same result for the same application; a connection has one. */
  #connectAgain(connecting: Connecting, { object, transaction }: Command): void {
    const request = connectRequest(object);
    if (connecting.application.isAt(request.app, request.tcUrl)) {
      return this.#send(0, connecting.success(transaction, request));
    }
    const text = `connected to ${this.client.path || "/"} already`;
    this.#send(0, errorMessage(false, transaction, new Refusal("Connect.Rejected", text)));
  }

  /** @throws Refusal when there are too many */
  createStream(result: SendResult): void {
    this.hub.countCreation(this.client, "Call.Failed");
    result(this.#streams.create());
  }

  deleteStream(id: Value, streamId: number): void {
    this.#streams.delete(id, streamId);
  }

  streamLength(target: Value): Later<number> {
    if (typeof target !== "string") return 0;
    const { name, parameters } = this.address(target);
    return streamLength(this.hub, {
      client: this.client,
      name,
      type: streamType(target),
      parameters,
    });
  }

  unpublish(name: string): void {
    this.#streams.unpublish(name);
  }

  unpublishElsewhere(name: string, here: NetStream): void {
    this.#streams.unpublish(name, here);
  }

  /** A method of the old live encoders, told that its stream is ready (or gone). */
  announce(method: string, code: string, name: Value): void {
    this.#send(
      0,
      commandMessage(this.amf3, method, 0, {
        level: "status",
        code,
        description: typeof name === "string" ? name : "",
      }),
    );
  }

  setPeerInfo(addresses: readonly Value[]): void {
    this.#options.onPeerInfo?.(addresses.filter((value) => typeof value === "string"));
  }

  sendStatus(streamId: number, code: string, description: string): void {
    this.#send(streamId, statusMessage(this.amf3, statusInfo(code, description)));
  }

  #send(streamId: number, message: FlashMessage): void {
    this.output.send(streamId, message.type, message.payload);
  }
}
