import { readValues, type Value, ValueWriter } from "../codecs/mod.ts";
import { Client, type Hub, type Protocol, Refusal } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import {
  appAddress,
  hostOfUrl,
  isTool,
  placeOf,
  portOfScheme,
  queryParameters,
  schemeOfUrl,
  type StreamAddress,
  streamAddress,
} from "./address.ts";
import { aggregateParts } from "./aggregate.ts";
import {
  type Command,
  commandMessage,
  CommandWriter,
  type FlashMessage,
  readCommand,
} from "./command.ts";
import { connectRequest, namedValues } from "./connect.ts";
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
import { isStreamCommand, NetStream, type StreamHost } from "./net_stream.ts";
import type { FlashOutput, Pipe } from "./output.ts";
import { MAX_STREAMS } from "./params.ts";

/** The protocol's side of a connection. */
export interface NetConnectionOptions {
  readonly hub: Hub;
  readonly output: FlashOutput;
  readonly log: Log;
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
  readonly #streams = new Map<number, NetStream>();
  readonly #writer: FlashWriter;
  #state: State = "waiting";
  #client: Client | undefined;
  #amf3 = false;
  #isTool = false;
  #held: (() => void)[] | undefined = [];
  /** Begins every stream name; see {@link placeOf}. */
  #instance = "";
  #instanceParameters: ReadonlyMap<string, string> = new Map();

  constructor(options: NetConnectionOptions) {
    this.#options = options;
    this.hub = options.hub;
    this.output = options.output;
    this.log = options.log;
    this.#writer = new FlashWriter(this, options.output.pipe);
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

  openPipe(): Pipe {
    return this.output.openPipe();
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
    switch (type) {
      case MessageType.command:
      case MessageType.commandAmf3:
        this.#command(streamId, readCommand(type, payload));
        return true;
      case MessageType.audio:
        this.#streams.get(streamId)?.audio(time, payload);
        return true;
      case MessageType.video:
        this.#streams.get(streamId)?.video(time, payload);
        return true;
      case MessageType.data:
      case MessageType.dataAmf3:
        this.#streams.get(streamId)?.data(type, payload);
        return true;
      case MessageType.aggregate:
        for (const part of aggregateParts(time, payload)) {
          if (part.type !== MessageType.aggregate) {
            this.receive(streamId, part.type, part.time, part.payload);
          }
        }
        return true;
      default:
        return false;
    }
  }

  /** The end of a batch of input: listeners of what was published are told. */
  flush(): void {
    if (this.#client !== undefined) this.#client.lastReception = this.hub.clock.epoch();
    for (const stream of this.#streams.values()) stream.flush();
  }

  /** Brings the client's ping and its listeners' rates up to date; in milliseconds. */
  sample(ping: number): void {
    if (this.#client !== undefined) this.#client.ping = ping;
    for (const stream of this.#streams.values()) stream.sample(ping / 2);
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
    for (const stream of this.#streams.values()) stream.close(false);
    this.#streams.clear();
    if (this.#client !== undefined) this.hub.disconnect(this.#client, error);
  }

  /** @throws Refusal when a tool named an application that does not exist */
  address(text: string): StreamAddress {
    const address = streamAddress(text);
    if (this.#instance === "") return address;
    if (address.name === "") return { name: this.#instance, parameters: this.#instanceParameters };
    if (this.client.path === "") throw invalidApp(`/${this.#instance}`);
    return { name: `${this.#instance}/${address.name}`, parameters: address.parameters };
  }

  #command(streamId: number, command: Command): void {
    const { name, transaction } = command;
    if (name === "connect") {
      if (this.#state === "waiting") this.#connect(command);
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
        handle(this, readValues(command.args, 8), answer);
      } else if (!this.#streams.get(streamId)?.command(command) && !isStreamCommand(name)) {
        this.#call(streamId, command);
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.log.debug(`${name} refused: ${error.message}`);
      if (transaction !== 0) this.#send(streamId, errorMessage(this.#amf3, transaction, error));
    }
  }

  #connect(command: Command): void {
    const request = connectRequest(command.object);
    const { hub } = this;
    const { protocol, address, rawId, redirectScheme } = this.#options;
    const scheme = redirectScheme && (schemeOfUrl(request.tcUrl) ?? redirectScheme);
    this.#amf3 = request.amf3;
    const { path: asked, query } = appAddress(request.app, request.tcUrl);
    this.#isTool = isTool(request.flashVersion, request.pageUrl);
    const isThere = (path: string) => hub.handler.hasApplication(path);
    const { path, instance } = placeOf(asked, this.#isTool, isThere);
    const parameters = queryParameters(query);
    this.#instance = streamAddress(instance).name;
    this.#instanceParameters = parameters;
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
    this.#accept(command.transaction, client, answer.values[0]);
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

  #accept(transaction: number, client: Client, added: Value): void {
    const values = namedValues(added);
    for (const [name, value] of values) {
      if (client.parameters.has(name)) client.parameters.set(name, String(value));
    }
    this.#send(0, successMessage(transaction, values, this.#amf3));
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const send of held) send();
  }

  #refuse(transaction: number, refusal: Refusal): void {
    this.log.info(`refused: ${refusal.message}`);
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
    let id = 1;
    while (this.#streams.has(id)) id++;
    if (id > MAX_STREAMS) {
      throw new Refusal("Call.Failed", `a connection has ${MAX_STREAMS} streams at most`);
    }
    this.#streams.set(id, new NetStream(this, id));
    answer(id);
  }

  deleteStream(id: Value): void {
    if (typeof id !== "number") return;
    this.#streams.get(id)?.close(false);
    this.#streams.delete(id);
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

function invalidApp(path: string): Refusal {
  return new Refusal("Connect.InvalidApp", `Application ${path} doesn't exist`, {
    reason: "missing",
  });
}
