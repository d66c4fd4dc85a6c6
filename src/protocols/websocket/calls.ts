import { andThen, type Later, orElse } from "../../base/mod.ts";
import { ByteWriter, decodeText, ProtocolError } from "../../bytes/mod.ts";
import {
  type DataReader,
  firstText,
  JsonWriter,
  readValues,
  type Value,
  writeValues,
} from "../../codecs/mod.ts";
import { type Client, type Hub, Refusal, ServerCalls } from "../../hub/mod.ts";
import type { SocketWriter } from "./writer.ts";

/** Messages of calls with an id, by their first element: docs/calls.md. */
const CALL = "__call";
const RESULT = "__result";
const ERROR = "__error";
const PONG = "__pong";

/** How an answer begins, as bytes of Latin text. */
const ANSWER = /^\s*\[\s*"__(?:result|error)"/;
const ANSWER_HEAD = 64;
/** Characters of an id that is a text. */
const MAX_ID = 256;

type Id = string | number;

/** The calls with ids on one socket, of the client and of scripts: each is answered, by its id. */
export class SocketCalls {
  readonly #hub: Hub;
  readonly #client: Client;
  readonly #writer: SocketWriter;
  readonly #own: ServerCalls;

  constructor(hub: Hub, client: Client, writer: SocketWriter) {
    this.#hub = hub;
    this.#client = client;
    this.#writer = writer;
    this.#own = new ServerCalls(hub.clock);
    client.call = (name, args) =>
      this.#own.prepare((id) => {
        const json = message(CALL, id);
        writeValues(json, name);
        args.read(json);
        return json.take();
      }, (text) => writer.sendText(text));
  }

  /** Whether a text answers a call of a script: it must not wait behind what waits for it. */
  isAnswer(text: Uint8Array): boolean {
    return this.#own.areOpen &&
      ANSWER.test(decodeText(text, 0, Math.min(text.length, ANSWER_HEAD)));
  }

  /**
   * `["__call", id, "name", …]`: calls a method and answers with its results or its error.
   * @throws ProtocolError when there is no id to answer with
   */
  call(args: DataReader): Later<void> {
    const id = idOf(readValues(args, 1)[0]);
    if (id === undefined) {
      throw new ProtocolError(
        `the id of a call is a finite number, or a text of up to ${MAX_ID} characters`,
      );
    }
    return orElse(() => this.#call(id, args), (error) => this.#fail(id, error));
  }

  #call(id: Id, args: DataReader): Later<void> {
    const name = firstText(args);
    if (name === undefined) throw new ProtocolError("a call without the name of a method");
    let result: JsonWriter | undefined;
    const decision = this.#hub.questions.call({
      client: this.#client,
      name,
      args,
      reply: () => result ??= message(RESULT, id),
      during: (run) => run(),
    });
    return andThen(decision, () => this.#writer.sendText((result ?? message(RESULT, id)).take()));
  }

  #fail(id: Id, error: unknown): void {
    const isMalformed = error instanceof ProtocolError;
    if (!(error instanceof Refusal) && !isMalformed) throw error;
    const code = `NetConnection.${isMalformed ? "Call.BadVersion" : error.code}`;
    const json = message(ERROR, id);
    writeValues(json, { level: "error", code, description: error.message });
    this.#writer.sendText(json.take());
  }

  /** `["__result", id, …]` */
  succeed(args: DataReader): void {
    this.#own.succeed(readValues(args, 1)[0], args);
  }

  /** `["__error", id, reason]` */
  fail(args: DataReader): void {
    const [id, reason] = readValues(args, 2);
    this.#own.fail(id, textOf(reason));
  }

  /** `["__ping", …]`: the same values come back, behind the answers to what came before. */
  ping(args: DataReader): void {
    const json = new JsonWriter(ByteWriter.brief(256));
    writeValues(json, PONG);
    args.read(json);
    this.#writer.sendText(json.take());
  }

  /** The client is gone. */
  close(): void {
    this.#own.close();
  }
}

/** A message up to its id, which is sent and forgotten. */
function message(kind: string, id: Id): JsonWriter {
  const json = new JsonWriter(ByteWriter.brief(256));
  writeValues(json, kind, id);
  return json;
}

function idOf(value: Value): Id | undefined {
  // JSON's 1e999 is read as Infinity, which JSON cannot say.
  if (Number.isFinite(value)) return value as number;
  return typeof value === "string" && value.length <= MAX_ID ? value : undefined;
}

/** A text, or the description of an object as the server sends it. */
function textOf(reason: Value): string {
  if (typeof reason === "string" && reason !== "") return reason;
  const { description } = (reason ?? {}) as { description?: Value };
  return typeof description === "string" && description !== "" ? description : "the client failed";
}
