import { andThen, type Later, orElse } from "../base/mod.ts";
import type { Value } from "../codecs/mod.ts";
import { type Client, type Hub, Refusal } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import type { StreamAddress } from "./address.ts";
import { type FlashMessage, type StatusInfo, statusMessage } from "./command.ts";
import { MessageType } from "./message_type.ts";
import type { FlashOutput } from "./output.ts";
import { encodeUserControl } from "./user_control.ts";

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly hub: Hub;
  readonly client: Client;
  readonly amf3: boolean;
  /** The client has one stream, and no use for its connection without it. */
  readonly isTool: boolean;
  readonly output: FlashOutput;
  readonly log: Log;
  /** The connection is over, be it that a script has closed it while it was asked. */
  readonly isClosed: boolean;
  /**
   * The publication's name and parameters of what a client calls a stream.
   * @throws Refusal when the client named an application that does not exist
   */
  address(text: string): StreamAddress;
}

/** What one stream asks the application, and tells its client. */
export class StreamReplies {
  readonly #host: StreamHost;
  readonly #id: number;
  /** What the application decides about now; another one when the stream was closed meanwhile. */
  #request: object | undefined;

  constructor(host: StreamHost, id: number) {
    this.#host = host;
    this.#id = id;
  }

  get amf3(): boolean {
    return this.#host.amf3;
  }

  /** What the application still decides about is not wanted any more. */
  cancel(): void {
    this.#request = undefined;
  }

  /** A request begins; the function tells later whether the stream and its client still want it. */
  begin(): () => boolean {
    const request = this.#request = {};
    return () => this.#request === request && !this.#host.isClosed;
  }

  /** Runs a request whose refusal is told on this stream; false when it was refused. */
  attempt(
    code: string,
    target: Value,
    run: (address: StreamAddress) => Later<void>,
  ): Later<boolean> {
    return orElse(() => {
      if (typeof target !== "string") throw new Refusal(code, "a stream needs a name");
      return andThen(run(this.#host.address(target)), () => true);
    }, (error) => {
      if (!(error instanceof Refusal)) throw error;
      if (!this.#host.isClosed) this.#refuse(error, target);
      return false;
    });
  }

  #refuse(refusal: Refusal, target: Value): void {
    if (refusal.reason !== "busy") this.#host.log.info(`refused: ${refusal.message}`);
    const isOfConnection = refusal.code.startsWith("Connect.");
    const prefix = isOfConnection ? "NetConnection" : "NetStream";
    this.inform({
      level: "error",
      code: `${prefix}.${refusal.code}`,
      description: refusal.message,
      ...(typeof target === "string" ? { details: target } : {}),
    });
    if (isOfConnection) this.#host.output.end();
  }

  status(code: string, description: string, details: string): void {
    this.inform({ level: "status", code, description, details });
  }

  inform(info: StatusInfo): void {
    this.send(statusMessage(this.#host.amf3, info));
  }

  control(event: number): void {
    const payload = encodeUserControl({ event, values: [this.#id] });
    this.send({ type: MessageType.userControl, payload });
  }

  send(message: FlashMessage): void {
    this.#host.output.send(this.#id, message.type, message.payload);
  }
}
