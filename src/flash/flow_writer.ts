import { isUtf8 } from "../bytes/mod.ts";
import { type DataReader, ValueReader, ValueWriter } from "../codecs/mod.ts";
import type { FlowWriter } from "../hub/mod.ts";
import { CommandWriter, type FlashMessage, statusInfo, statusMessage } from "./command.ts";
import type { MessageFlow } from "./output.ts";

/** What all writers of one connection share. */
export interface WriterHost {
  readonly amf3: boolean;
  /** The connection is over: what is written has no effect. */
  readonly closed: boolean;
  /** What was written before the client is accepted, to be sent then; undefined from then on. */
  readonly held: (() => void)[] | undefined;
  openFlow(): MessageFlow;
}

/** Values whose strings may be bytes: those that are no UTF-8 are a ByteArray. */
class TextOrBytes extends ValueWriter {
  override string(source: Uint8Array, start: number, end: number): void {
    if (isUtf8(source.subarray(start, end))) super.string(source, start, end);
    else this.bytes(source, start, end);
  }
}

/** Sends script output to a Flash client. */
export class FlashWriter implements FlowWriter {
  reliable = true;
  readonly #host: WriterHost;
  readonly #flow: MessageFlow;
  #closed = false;
  #transaction = 0;
  #answered = false;

  constructor(host: WriterHost, flow: MessageFlow) {
    this.#host = host;
    this.#flow = flow;
  }

  get closed(): boolean {
    return this.#closed || this.#host.closed;
  }

  writeInvocation(name: string, args: DataReader): void {
    this.#command(name, 0, args);
  }

  /** The answer within a call that expects one and has none yet; else a call of `onMessage`. */
  writeMessage(args: DataReader): void {
    const transaction = this.#transaction;
    if (transaction === 0 || this.#answered) return this.#command("onMessage", 0, args);
    this.#answered = true;
    this.#command("_result", transaction, args);
  }

  /** A Flash client reads AMF only: as {@link writeMessage}, strings that are no text as bytes. */
  writeRaw(values: DataReader): void {
    const writer = new TextOrBytes();
    values.read(writer);
    this.writeMessage(new ValueReader(writer.values));
  }

  writeStatus(code: string, description: string): void {
    const info = statusInfo(`NetConnection.${code}`, description);
    this.#send(statusMessage(this.#host.amf3, info));
  }

  flush(full: boolean): void {
    if (!this.closed) this.#flow.flush(full);
  }

  newFlowWriter(): FlowWriter {
    return new FlashWriter(this.#host, this.#host.openFlow());
  }

  close(): void {
    if (this.closed) return;
    this.#closed = true;
    this.#flow.close();
  }

  /** A call begins, which expects an answer when `transaction` is not 0. */
  beginCall(transaction: number): void {
    this.#transaction = transaction;
    this.#answered = false;
  }

  /** The call is over; true when it was answered by {@link writeMessage}. */
  endCall(): boolean {
    this.#transaction = 0;
    return this.#answered;
  }

  #command(name: string, transaction: number, args: DataReader): void {
    if (this.closed) return;
    const command = new CommandWriter(this.#host.amf3, name, transaction);
    args.read(command.args);
    this.#send(command.end());
  }

  #send({ type, payload }: FlashMessage): void {
    if (this.closed) return;
    const { reliable } = this;
    const { held } = this.#host;
    if (held === undefined) this.#flow.send(type, payload, reliable);
    else held.push(() => this.#flow.send(type, payload, reliable));
  }
}
