import type { Clock } from "../base/mod.ts";
import { ProtocolError } from "../bytes/mod.ts";
import { readValues, type Value } from "../codecs/mod.ts";
import { type Client, ServerCalls } from "../hub/mod.ts";
import { type Command, readCommand } from "./command.ts";
import type { FlashWriter } from "./flow_writer.ts";
import { isCommand, type Message } from "./messages.ts";

/**
 * Calls of a script that wait for the client's answer: commands with a transaction id, which the
 * client answers by `_result` or `_error` with the same (RTMP §7.2.1.2).
 */
export class FlashServerCalls {
  readonly #calls: ServerCalls;
  readonly #writer: FlashWriter;

  constructor(clock: Clock, writer: FlashWriter) {
    this.#calls = new ServerCalls(clock);
    this.#writer = writer;
  }

  /** Lets scripts call the client. */
  serve(client: Client): void {
    client.call = (name, args) =>
      this.#calls.prepare((id) => this.#writer.prepareCall(name, id, args), (send) => send());
  }

  /** Whether a message answers a call: it must not wait behind what waits for that answer. */
  isAnswer({ type, payload }: Message): boolean {
    if (!this.#calls.areOpen || !isCommand(type)) return false;
    try {
      return isAnswerName(readCommand(payload).name);
    } catch (error) {
      if (error instanceof ProtocolError) return false;
      throw error;
    }
  }

  /** True when a command is an answer; one to no known call is dropped. */
  handleAnswer({ name, transaction, args }: Command): boolean {
    if (!isAnswerName(name)) return false;
    if (name === "_result") this.#calls.succeed(transaction, args);
    else this.#calls.fail(transaction, failureText(readValues(args, 1)[0]));
    return true;
  }

  /** The client is gone. */
  close(): void {
    this.#calls.close();
  }
}

function isAnswerName(name: string): boolean {
  return name === "_result" || name === "_error";
}

/** What an `_error` says: the description of an information object, its code, or a text. */
function failureText(info: Value): string {
  if (typeof info === "string" && info !== "") return info;
  if (info instanceof Object || (typeof info === "object" && info !== null)) {
    const { description, code } = info as Record<string, Value>;
    for (const text of [description, code]) if (typeof text === "string" && text) return text;
  }
  return "the client failed";
}
