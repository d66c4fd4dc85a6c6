import { isUtf8 } from "../bytes/mod.ts";
import { type DataReader, ValueReader, ValueWriter } from "../codecs/mod.ts";
import type { FlowWriter, Invocation } from "../hub/mod.ts";
import { CommandWriter, type FlashMessage, statusInfo, statusMessage } from "./command.ts";
import type { MessageFlow } from "./output.ts";

/** What all writers of one connection share. */
export interface WriterHost {
  readonly amf3: boolean;
  /** The connection is over: what is written has no effect. */
  readonly isClosed: boolean;
  /** What was written before the client is accepted, to be sent then; undefined from then on. */
  readonly held: (() => void)[] | undefined;
  openFlow(): MessageFlow;
}

/** A call whose result may be written by the script. */
export interface ExpectedResult {
  readonly transaction: number;
  /** The client waits for a result, and has none yet. */
  isExpected: boolean;
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
  #isClosed = false;
  /** The call that is being worked off. */
  #call: ExpectedResult | undefined;

  constructor(host: WriterHost, flow: MessageFlow) {
    this.#host = host;
    this.#flow = flow;
  }

  get isClosed(): boolean {
    return this.#isClosed || this.#host.isClosed;
  }

  writeInvocation(name: string, args: DataReader): void {
    this.#command(name, 0, args);
  }

  /** A call that the client answers by this number, to be sent. */
  prepareCall(name: string, transaction: number, args: DataReader): () => void {
    const command = new CommandWriter(this.#host.amf3, name, transaction);
    args.read(command.args);
    const message = command.end();
    return () => this.#send(message);
  }

  writeShared(invocation: Invocation): void {
    if (this.isClosed) return;
    const { amf3 } = this.#host;
    this.#send(invocation.encoded(amf3 ? "amf3" : "amf0", () => {
      const command = new CommandWriter(amf3, invocation.name);
      invocation.args().read(command.args);
      return command.end();
    }));
  }

  /** The result of a call that expects one and has none yet; else a call of `onMessage`. */
  writeMessage(args: DataReader): void {
    const call = this.#call;
    if (call === undefined || !call.isExpected) return this.#command("onMessage", 0, args);
    call.isExpected = false;
    this.#command("_result", call.transaction, args);
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
    if (!this.isClosed) this.#flow.flush(full);
  }

  newFlowWriter(): FlowWriter {
    return new FlashWriter(this.#host, this.#host.openFlow());
  }

  close(): void {
    if (this.isClosed) return;
    this.#isClosed = true;
    this.#flow.close();
  }

  /** Runs a part of a call: the first message that is written in it is the call's result. */
  during<T>(call: ExpectedResult, run: () => T): T {
    const outer = this.#call;
    this.#call = call;
    try {
      return run();
    } finally {
      this.#call = outer;
    }
  }

  #command(name: string, transaction: number, args: DataReader): void {
    if (this.isClosed) return;
    const command = new CommandWriter(this.#host.amf3, name, transaction);
    args.read(command.args);
    this.#send(command.end());
  }

  #send({ type, payload }: FlashMessage): void {
    if (this.isClosed) return;
    const { reliable } = this;
    const { held } = this.#host;
    if (held === undefined) this.#flow.send(type, payload, reliable);
    else held.push(() => this.#flow.send(type, payload, reliable));
  }
}
