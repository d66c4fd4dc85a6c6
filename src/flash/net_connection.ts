import { errorText } from "../base/mod.ts";
import { ownBytes, ProtocolError } from "../bytes/mod.ts";
import { readValues, type Value, ValueWriter } from "../codecs/mod.ts";
import { Client, type Hub, type Protocol, Refusal } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import { isTransport } from "../media/mod.ts";
import { HeldInput, type Turns } from "../net/mod.ts";
import { hostOfUrl, isTool, portOfScheme, schemeOfUrl, type StreamAddress } from "./address.ts";
import { aggregateParts } from "./aggregate.ts";
import { ConnectedApplication } from "./application.ts";
import {
  type Command,
  commandMessage,
  CommandWriter,
  type FlashMessage,
  readCommand,
  statusInfo,
  statusMessage,
} from "./command.ts";
import { type ConnectRequest, connectRequest, namedValues } from "./connect.ts";
import { type Answer, CONNECTION_COMMANDS, type ConnectionMethods } from "./connection_commands.ts";
import {
  errorMessage,
  moveMessage,
  shutdownMessage,
  successMessage,
  urlOf,
} from "./connection_messages.ts";
import { FlashWriter, type WriterHost } from "./flow_writer.ts";
import { MessageType } from "./message_type.ts";
import { isStreamCommand, type NetStream, type StreamHost } from "./net_stream.ts";
import { NetStreams } from "./net_streams.ts";
import type { FlashOutput, MessageFlow } from "./output.ts";
import { MAX_WAITING_REQUESTS } from "./params.ts";

/** The protocol's side of a connection. */
export interface NetConnectionOptions {
  readonly hub: Hub;
  readonly output: FlashOutput;
  readonly log: Log;
  /** When requests that had to wait are worked off; without them at once. */
  readonly turns?: Turns | undefined;
  readonly protocol: Protocol;
  /** `host:port` of the peer. */
  readonly address: string;
  /** `host:port` of this side, when the client's URL does not tell. */
  readonly serverAddress?: string;
  /** 32 bytes, where the protocol has a peer id. */
  readonly rawId?: Uint8Array;
  /** Scheme of the URL that a redirected client gets; absent where redirection is no matter of connect. */
  readonly redirectScheme?: string;
  /** Protocol parameters that the answer of an application may override, such as `timeout`. */
  readonly parameters?: ReadonlyMap<string, string>;
  /** What `setPeerInfo` told; absent where it has no use. */
  readonly onPeerInfo?: (addresses: readonly string[]) => void;
}

type State = "waiting" | "connected" | "refused" | "closed";

/** The server's side of a NetConnection: commands, streams and calls, over any protocol. */
export class NetConnection implements StreamHost, WriterHost, ConnectionMethods {
  readonly hub: Hub;
  readonly output: FlashOutput;
  readonly log: Log;
  readonly #options: NetConnectionOptions;
  readonly #streams = new NetStreams(this);
  readonly #writer: FlashWriter;
  readonly #requests: HeldInput;
  #state: State = "waiting";
  #client: Client | undefined;
  #amf3 = false;
  #isTool = false;
  #held: (() => void)[] | undefined = [];
  #hasLeftOut = false;
  #application: ConnectedApplication | undefined;
  /** What the application put into the answer to connect. */
  #added: [name: string, value: Value][] = [];

  constructor(options: NetConnectionOptions) {
    this.#options = options;
    this.hub = options.hub;
    this.output = options.output;
    this.log = options.log;
    this.#writer = new FlashWriter(this, options.output.mainFlow);
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
  get connected(): boolean {
    return this.#state === "connected";
  }

  /** The connected client. */
  get client(): Client {
    if (this.#client === undefined) throw new Error("no client is connected");
    return this.#client;
  }

  /** True when the client reads AMF3 (object encoding 3). */
  get amf3(): boolean {
    return this.#amf3;
  }

  /** True for an encoder, or a player that lives in no page. */
  get isTool(): boolean {
    return this.#isTool;
  }

  get closed(): boolean {
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
   * Takes one message of a stream (0 is the connection's own); `payload` is handed over.
   * False when its type is none that a NetConnection knows.
   * @throws ProtocolError when the message is malformed
   */
  receive(streamId: number, type: number, time: number, payload: Uint8Array): boolean {
    if (this.#requests.isWaiting && !this.#mayPass(streamId, type)) {
      const kept = ownBytes(payload);
      this.#requests.add(kept.length, () => this.#takeLate(streamId, type, time, kept));
      return true;
    }
    return this.#take(streamId, type, time, payload);
  }

  /** What the client asks for has to wait. */
  get isWaiting(): boolean {
    return this.#requests.isWaiting;
  }

  /** The protocol's turn is over: requests wait for another one. */
  yield(): void {
    this.#requests.yield();
  }

  /** Media go on; of a stream whose publication waits to begin they wait with it. */
  #mayPass(streamId: number, type: number): boolean {
    if (type === MessageType.command || type === MessageType.commandAmf3) return false;
    return this.#sourceOf(streamId)?.isPublishing ?? false;
  }

  /** What waited; the client may be gone. */
  #takeLate(streamId: number, type: number, time: number, payload: Uint8Array): void {
    if (this.closed) return;
    try {
      this.#take(streamId, type, time, payload);
      this.flush();
    } catch (error) {
      if (error instanceof ProtocolError) {
        this.log.warn(`skipped a malformed message of type ${type}: ${error.message}`);
      } else {
        this.log.error(`a request broke: ${errorText(error)}`);
        this.output.abort("internal error");
      }
    }
  }

  #take(streamId: number, type: number, time: number, payload: Uint8Array): boolean {
    switch (type) {
      case MessageType.command:
      case MessageType.commandAmf3:
        this.#command(streamId, readCommand(payload));
        return true;
      case MessageType.audio:
        this.#sourceOf(streamId)?.audio(time, payload);
        return true;
      case MessageType.video:
        this.#sourceOf(streamId)?.video(time, payload);
        return true;
      case MessageType.data:
      case MessageType.dataAmf3:
        this.#sourceOf(streamId)?.data(payload);
        return true;
      case MessageType.aggregate:
        for (const part of aggregateParts(time, payload)) {
          if (part.type !== MessageType.aggregate) {
            this.#take(streamId, part.type, part.time, part.payload);
          }
        }
        return true;
      default:
        if (!this.connected || !isTransport(payload)) return false;
        this.#refuseTransport(streamId);
        return true;
    }
  }

  /** The end of a batch of input: listeners of what was published are told. */
  flush(): void {
    if (this.#client !== undefined) this.#client.lastReception = this.hub.clock.epoch();
    for (const stream of this.#streams) stream.flush();
  }

  /** Brings the client's ping and its listeners' rates up to date; in milliseconds. */
  sample(ping: number): void {
    if (this.#client !== undefined) this.#client.ping = ping;
    for (const stream of this.#streams) stream.sample(ping / 2);
  }

  /** Tells the client that the server stops, and ends the connection. */
  shutdown(): void {
    if (this.connected) {
      this.#send(0, shutdownMessage(this.#amf3));
      this.#send(0, commandMessage(this.#amf3, "close", 0));
    }
    this.output.end();
  }

  /** The connection is gone; `error` when it broke. */
  close(error?: string): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#requests.close();
    this.#streams.closeAll();
    if (this.#client !== undefined) this.hub.disconnect(this.#client, error);
  }

  /** @throws Refusal when a tool named an application that does not exist */
  address(text: string): StreamAddress {
    if (this.#application === undefined) throw new Error("no client is connected");
    return this.#application.address(text);
  }

  #command(streamId: number, command: Command): void {
    const { name, transaction } = command;
    if (name === "connect") {
      if (this.#state === "waiting") this.#connect(command);
      else if (this.#state === "connected") this.#connectAgain(command);
      return;
    }
    if (this.#state !== "connected") return;
    try {
      const handle = CONNECTION_COMMANDS[name];
      if (handle !== undefined) {
        // librtmfp numbers none of its commands and waits for the stream's id all the same.
        const isExpected = transaction !== 0 || name === "createStream";
        const answer = (...values: unknown[]) => {
          if (isExpected) this.#answer(streamId, transaction, ...values);
        };
        handle(this, readValues(command.args, 8), answer, { streamId, object: command.object });
      } else if (isStreamCommand(name)) {
        const stream = this.#streams.get(streamId);
        if (stream !== undefined) stream.command(command);
        else this.#refuseStream(streamId, name);
      } else {
        this.#call(streamId, command);
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.log.debug(`${name} refused: ${error.message}`);
      if (transaction !== 0) this.#send(streamId, errorMessage(this.#amf3, transaction, error));
    }
  }

  #sourceOf(streamId: number): NetStream | undefined {
    const stream = this.#streams.sourceOf(streamId);
    if (stream === undefined) this.#leaveOut(streamId, "media");
    return stream;
  }

  /** Told once a connection: what comes on such a stream comes on and on. */
  #leaveOut(streamId: number, what: string): void {
    if (this.#hasLeftOut || !this.connected) return;
    this.#hasLeftOut = true;
    this.log.warn(`left out ${what} on stream ${streamId}, which was not created`);
  }

  /** A command of a stream that does not exist; who waits for its answer gets one. */
  #refuseStream(streamId: number, name: string): void {
    const code = STREAM_FAILURES[name];
    this.#leaveOut(streamId, name);
    if (code === undefined) return;
    const text = `${name} needs a stream: stream ${streamId} was not created`;
    this.#send(streamId, statusMessage(this.#amf3, statusInfo(`NetStream.${code}`, text)));
    if (this.#isTool) this.output.end();
  }

  /** FFmpeg with `-f mpegts` takes the transport stream for FLV, whose messages make no sense. */
  #refuseTransport(streamId: number): void {
    const text = "this is MPEG-TS, not FLV: publish with -f flv";
    this.log.warn(`refused: ${text}`);
    const info = statusInfo("NetStream.Publish.Failed", text);
    this.#send(streamId, statusMessage(this.#amf3, info));
    this.output.end();
  }

  /** The same answer for the same application; a connection has one. */
  #connectAgain(command: Command): void {
    const request = connectRequest(command.object);
    const { transaction } = command;
    if (this.#application?.isAt(request.app, request.tcUrl)) {
      return this.#send(0, successMessage(transaction, this.#added, request));
    }
    const text = `connected to ${this.client.path || "/"} already`;
    this.#send(0, errorMessage(false, transaction, new Refusal("Connect.Rejected", text)));
  }

  #connect(command: Command): void {
    const request = connectRequest(command.object);
    const { hub } = this;
    const { protocol, address, rawId, redirectScheme } = this.#options;
    const scheme = redirectScheme && (schemeOfUrl(request.tcUrl) ?? redirectScheme);
    this.#amf3 = request.amf3;
    this.#isTool = isTool(request.flashVersion, request.pageUrl);
    const isThere = (path: string) => hub.handler.hasApplication(path);
    const { app, tcUrl } = request;
    const application = new ConnectedApplication(app, tcUrl, this.#isTool, isThere);
    this.#application = application;
    const { asked, path, query, parameters } = application;
    const serverAddress = hostOfUrl(request.tcUrl) ?? this.#options.serverAddress;
    const client = new Client({
      protocol,
      address,
      path,
      query,
      properties: new Map([...request.plain, ...parameters]),
      flashVersion: request.flashVersion,
      pageUrl: request.pageUrl,
      swfUrl: request.swfUrl,
      ...(rawId === undefined ? {} : { rawId }),
      ...(serverAddress === undefined ? {} : { serverAddress }),
    });
    client.writer = this.#writer;
    client.input = this.#requests;
    for (const [name, value] of this.#options.parameters ?? []) client.parameters.set(name, value);
    const answer = new ValueWriter();
    this.output.greet();
    try {
      if (scheme !== undefined) this.#redirect(client, parameters, scheme, asked);
      hub.connect(client, command.args, answer);
    } catch (error) {
      this.#state = "refused";
      if (!(error instanceof Refusal)) throw error;
      this.#refuse(command.transaction, error);
      return;
    }
    this.#client = client;
    // Closed by the script that was asked: there is nobody to tell any more.
    if (this.closed) return hub.disconnect(client);
    this.#state = "connected";
    if (request.reconnects && scheme !== undefined) {
      client.move = {
        port: portOfScheme(scheme),
        ask: (target) => this.#move(urlOf(scheme, target, asked, query), target),
      };
    }
    this.#accept(command.transaction, request, client, answer.values[0]);
  }

  #redirect(
    { protocol, address, path, query }: Client,
    parameters: ReadonlyMap<string, string>,
    scheme: string,
    asked: string,
  ): void {
    const { handler } = this.hub;
    const port = portOfScheme(scheme);
    const [target] = handler.onHandshake(protocol, address, path, parameters, 1, port) ?? [];
    if (target === undefined || target === "again") return;
    const redirect = urlOf(scheme, target, asked, query);
    throw new Refusal("Connect.Rejected", `redirected to ${target}`, { redirect });
  }

  /** Enhanced RTMP v2, "Reconnect Request": the client ends what it does here when it is there. */
  #move(tcUrl: string, target: string): void {
    if (this.connected) this.#send(0, moveMessage(this.#amf3, tcUrl, target));
  }

  #accept(transaction: number, request: ConnectRequest, client: Client, added: Value): void {
    const values = this.#added = namedValues(added);
    for (const [name, value] of values) {
      if (client.parameters.has(name)) client.parameters.set(name, String(value));
    }
    this.#send(0, successMessage(transaction, values, request));
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const send of held) send();
  }

  #refuse(transaction: number, refusal: Refusal): void {
    if (refusal.reason !== "busy") this.log.info(`refused: ${refusal.message}`);
    this.#send(0, errorMessage(false, transaction, refusal));
    this.#send(0, commandMessage(false, "close", 0));
    this.output.end();
  }

  /** A call of one of the client's methods. @throws Refusal */
  #call(streamId: number, { name, transaction, args }: Command): void {
    let reply: CommandWriter | undefined;
    let isAnswered = false;
    this.#writer.beginCall(transaction);
    try {
      this.hub.handler.onCall(this.client, name, args, () => {
        reply ??= new CommandWriter(this.#amf3, "_result", transaction);
        return reply.args;
      });
    } finally {
      isAnswered = this.#writer.endCall();
    }
    if (transaction === 0 || isAnswered) return;
    if (reply === undefined) this.#answer(streamId, transaction, null);
    else this.#send(streamId, reply.end());
  }

  /** @throws Refusal when there are too many */
  createStream(answer: Answer): void {
    this.hub.countCreation(this.client, "Call.Failed");
    answer(this.#streams.create());
  }

  deleteStream(id: Value, streamId: number): void {
    this.#streams.delete(id, streamId);
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
      commandMessage(this.#amf3, method, 0, {
        level: "status",
        code,
        description: typeof name === "string" ? name : "",
      }),
    );
  }

  setPeerInfo(addresses: readonly Value[]): void {
    this.#options.onPeerInfo?.(addresses.filter((value) => typeof value === "string"));
  }

  #answer(streamId: number, transaction: number, ...values: unknown[]): void {
    this.#send(streamId, commandMessage(this.#amf3, "_result", transaction, ...values));
  }

  #send(streamId: number, message: FlashMessage): void {
    this.output.send(streamId, message.type, message.payload);
  }
}

/** How commands fail that need a stream and whose answer is waited for. */
const STREAM_FAILURES: Readonly<Record<string, string | undefined>> = {
  publish: "Publish.Failed",
  play: "Play.Failed",
  play2: "Play.Failed",
};
