import { andThen, type Later } from "../base/mod.ts";
import type { DataReader, DataWriter } from "../codecs/mod.ts";
import type { CallQuestion, Client, Hub } from "../hub/mod.ts";
import { type Command, commandMessage, CommandWriter, type FlashMessage } from "./command.ts";
import type { ExpectedResult, FlashWriter } from "./flow_writer.ts";

/** What a call needs of its connection. */
export interface CallHost {
  readonly hub: Hub;
  readonly client: Client;
  readonly amf3: boolean;
  readonly writer: FlashWriter;
}

/** A call of one of the client's methods, from its command to its result. */
export class MethodCall implements CallQuestion, ExpectedResult {
  readonly client: Client;
  readonly name: string;
  readonly args: DataReader;
  readonly transaction: number;
  isExpected: boolean;
  onAbandoned: (() => void) | undefined;
  readonly #host: CallHost;
  #result: CommandWriter | undefined;

  constructor(host: CallHost, { name, transaction, args }: Command) {
    this.#host = host;
    this.client = host.client;
    this.name = name;
    this.args = args;
    this.transaction = transaction;
    this.isExpected = transaction !== 0;
  }

  readonly reply = (): DataWriter => {
    this.#result ??= new CommandWriter(this.#host.amf3, "_result", this.transaction);
    return this.#result.args;
  };

  during<T>(run: () => T): T {
    return this.#host.writer.during(this, run);
  }

  /**
   * The message for the client; undefined when it waits for none, or has it.
   * @throws Refusal, or rejects with it
   */
  run(): Later<FlashMessage | undefined> {
    return andThen(this.#host.hub.questions.call(this), () => {
      if (!this.isExpected) return undefined;
      this.isExpected = false;
      return this.#result?.end() ??
        commandMessage(this.#host.amf3, "_result", this.transaction, null);
    });
  }
}
