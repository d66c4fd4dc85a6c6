import type { DataReader } from "../codecs/mod.ts";

/** A call for many clients: encoded once for each format that one of them reads. */
export class Invocation {
  readonly name: string;
  readonly #args: () => DataReader;
  readonly #encoded = new Map<string, unknown>();

  /** @param args gives all its values, each time it is called */
  constructor(name: string, args: () => DataReader) {
    this.name = name;
    this.#args = args;
  }

  /** All its values, for one reader. */
  args(): DataReader {
    return this.#args();
  }

  /** What `encode` makes of it, not to be changed: the same for all that read `format`. */
  encoded<T>(format: string, encode: (invocation: Invocation) => T): T {
    const known = this.#encoded.get(format);
    if (known !== undefined) return known as T;
    const made = encode(this);
    this.#encoded.set(format, made);
    return made;
  }
}

/** Writes messages of the server (its scripts) to one flow to a client. */
export interface FlowWriter {
  /** False: messages may be lost but come sooner, where the protocol has such a thing. */
  reliable: boolean;
  readonly isClosed: boolean;
  /** Calls a method of the client with all values of `args`. */
  writeInvocation(name: string, args: DataReader): void;
  /** The same of a call that others get too; without it each gets an encoding of its own. */
  writeShared?(invocation: Invocation): void;
  /** Answers the call that is being handled, or sends a message, with all values of `args`. */
  writeMessage(args: DataReader): void;
  /**
   * Sends bytes as they are, where the protocol has such a thing; otherwise the values that they
   * are, as {@link writeMessage} would.
   */
  writeRaw(values: DataReader, bytes: () => Uint8Array): void;
  /** Sends the status NetConnection.`code`. */
  writeStatus(code: string, description: string): void;
  /** Sends what is queued; `full` false keeps back what does not fill a packet. */
  flush(full: boolean): void;
  /** Opens a flow to the same client, independent of this one. */
  newFlowWriter(): FlowWriter;
  /** Closes the flow; closing the client's main flow closes its session. */
  close(): void;
}

/** The writer of a client that is gone: what is written to it has no effect. */
export const CLOSED_WRITER: FlowWriter = Object.freeze({
  reliable: true,
  isClosed: true,
  writeInvocation: () => {},
  writeMessage: () => {},
  writeRaw: () => {},
  writeStatus: () => {},
  flush: () => {},
  newFlowWriter: () => CLOSED_WRITER,
  close: () => {},
});

/** Calls a method of the client. */
export function invoke(writer: FlowWriter, invocation: Invocation): void {
  if (writer.writeShared !== undefined) writer.writeShared(invocation);
  else writer.writeInvocation(invocation.name, invocation.args());
}
