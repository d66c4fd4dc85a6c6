import type { DataReader, DataWriter } from "../../codecs/mod.ts";
import { ValueReader } from "../../codecs/mod.ts";
import { ByteWriter, encodeText } from "../../bytes/mod.ts";
import type { CallQuestion, Client, ExchangeQuestion, FlowWriter } from "../../hub/mod.ts";
import { type Format, statusValues, type ValueBody } from "./format.ts";

/** Content type of what a script writes as it is. */
export const RAW_TYPE = "text/html; charset=utf-8";

/** HTTP status of an error that a script answers by itself. */
const FAULT_STATUS = 400;

/** What a script writes while it handles one request: the body of the response. */
export class Exchange {
  readonly #format: Format;
  readonly #rawType: string;
  readonly #onInvocation: ((name: string, args: DataReader) => void) | undefined;
  #body: ValueBody | undefined;
  #raw: ByteWriter | undefined;
  #fault: { readonly code: string; readonly description: string } | undefined;

  /**
   * @param rawType content type of what a script writes as it is; by default RAW_TYPE
   * @param onInvocation takes calls of the client's functions, which are a part of the body without it
   */
  constructor(
    format: Format,
    rawType?: string,
    onInvocation?: (name: string, args: DataReader) => void,
  ) {
    this.#format = format;
    this.#rawType = rawType ?? RAW_TYPE;
    this.#onInvocation = onInvocation;
  }

  /** The error that a script answered by itself. */
  get fault(): { readonly code: string; readonly description: string } | undefined {
    return this.#fault;
  }

  /** Begins the answer that a script returns: it stands alone, whatever was written before. */
  reply(): DataWriter {
    this.#raw = undefined;
    this.#fault = undefined;
    this.#body = this.#format.newBody();
    return this.#body.writer;
  }

  /** Where the values go that a script writes. */
  values(): DataWriter {
    this.#body ??= this.#format.newBody();
    return this.#body.writer;
  }

  /** A script calls a function of the client. */
  invoke(name: string, args: DataReader): void {
    if (this.#onInvocation !== undefined) return this.#onInvocation(name, args);
    const values = this.values();
    const text = encodeText(name);
    values.string(text, 0, text.length);
    args.read(values);
  }

  /** A script's own error: `code` without its class, such as `Call.Failed`. */
  fail(code: string, description: string): void {
    this.#fault = { code, description };
    new ValueReader(statusValues(code, description)).read(this.values());
  }

  raw(bytes: Uint8Array): void {
    this.#raw ??= ByteWriter.brief(bytes.length + 64);
    this.#raw.bytes(bytes);
  }

  /** The response's body, type and status; without a word of the script the format's empty answer. */
  takeResponse(): {
    readonly body: Uint8Array<ArrayBuffer>;
    readonly type: string;
    readonly status: number;
  } {
    const status = this.#fault === undefined ? 200 : FAULT_STATUS;
    if (this.#raw !== undefined) return { body: this.#raw.take(), type: this.#rawType, status };
    const { type, hasFaults } = this.#format;
    if (this.#fault !== undefined && hasFaults) {
      const { code, description } = this.#fault;
      return { body: this.#format.error(status, code, description), type, status: 200 };
    }
    const body = this.#body ?? this.#format.newBody();
    return { body: body.finish(), type, status };
  }
}

/** Whose exchange it is. */
interface Exchanger {
  readonly client: Client;
  readonly writer: HttpWriter;
}

/** A question whose answer is the body of a response. */
export function exchangeQuestion(
  { client, writer }: Exchanger,
  exchange: Exchange,
): ExchangeQuestion {
  return { client, during: (run) => writer.during(exchange, run) };
}

/** A call whose result is the body of a response. */
export class HttpCall implements CallQuestion {
  readonly client: Client;
  readonly name: string;
  readonly args: DataReader;
  readonly exchange: Exchange;
  readonly #writer: HttpWriter;

  constructor({ client, writer }: Exchanger, exchange: Exchange, name: string, args: DataReader) {
    this.client = client;
    this.name = name;
    this.args = args;
    this.exchange = exchange;
    this.#writer = writer;
  }

  during<T>(run: () => T): T {
    return this.#writer.during(this.exchange, run);
  }

  readonly reply = (): DataWriter => this.exchange.reply();
}

/** Sends a script's output to an HTTP client: into the response under way, dropped without one. */
export class HttpWriter implements FlowWriter {
  reliable = true;
  readonly #close: () => void;
  #exchange: Exchange | undefined;
  #isClosed = false;

  /** @param close ends the connection after the answer */
  constructor(close: () => void) {
    this.#close = close;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Runs one event of a request, whose output is `exchange`. */
  during<T>(exchange: Exchange, run: () => T): T {
    const outer = this.#exchange;
    this.#exchange = exchange;
    try {
      return run();
    } finally {
      this.#exchange = outer;
    }
  }

  writeInvocation(name: string, args: DataReader): void {
    this.#exchange?.invoke(name, args);
  }

  writeMessage(args: DataReader): void {
    const values = this.#exchange?.values();
    if (values !== undefined) args.read(values);
  }

  writeRaw(_values: DataReader, bytes: () => Uint8Array): void {
    this.#exchange?.raw(bytes());
  }

  writeStatus(code: string, description: string): void {
    this.#exchange?.fail(code, description);
  }

  flush(): void {}

  /** A response has one body. */
  newFlowWriter(): FlowWriter {
    return this;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#close();
  }
}
